package preview

import (
	"fmt"
	"os"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/browser"
	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/internal/slack/message"
)

// MaxPageMessages is how many messages a page shows: a browser draws each of them twice.
const MaxPageMessages = 200

// pageBuilder collects the messages of a page.
type pageBuilder struct {
	messages []Message
	omitted  int // that are not shown
}

func (p *pageBuilder) add(m *message.Message, event *cloudtrail.Event, channel string) error {
	if len(p.messages) == MaxPageMessages {
		p.omitted++
		return nil
	}
	payload, err := slack.Payload(m.Slack())
	if err != nil {
		return err
	}
	p.messages = append(p.messages, Message{Payload: payload, Channel: channel, Time: event.Time})
	return nil
}

// write writes the page to a file, a temporary one where none is named, and opens it if asked to.
func (p *pageBuilder) write(s *cli.Streams, note, file string, open bool) error {
	if p.omitted > 0 {
		note += fmt.Sprintf("; the page shows the first %d", MaxPageMessages)
	}
	page, err := Page{Title: "Trailbus: what people would be told", Note: note, Messages: p.messages}.Bytes()
	if err != nil {
		return cli.NewInputError(err)
	}
	if file == "" {
		// Records are confidential, and files of CreateTemp are readable by the user only. The file
		// stays: the browser reads it later.
		temporary, err := os.CreateTemp("", "trailbus-preview-*.html")
		if err != nil {
			return cli.NewInputError(err)
		}
		file = temporary.Name()
		if err := temporary.Close(); err != nil {
			return cli.NewInputError(err)
		}
	}
	if err := os.WriteFile(file, page, 0o600); err != nil {
		return cli.NewInputError(fmt.Errorf("%s: cannot be written: %w", file, cli.WithoutPath(err)))
	}
	address := browser.FileURL(file, "")
	fmt.Fprintln(s.Out, address)
	if open {
		if err := OpenBrowser(address); err != nil {
			fmt.Fprintf(s.Err, "no browser was opened (%v): open the address above yourself\n", err)
		}
	}
	return nil
}

// OpenBrowser is [browser.Open], for tests.
var OpenBrowser = browser.Open
