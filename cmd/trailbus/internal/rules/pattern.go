package rules

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/eventpattern"
)

// NewPatternCommand makes the command pattern, with test.
func NewPatternCommand(s *cli.Streams) *cobra.Command {
	return cli.NewGroup("pattern", "Try EventBridge event patterns", newPatternTestCommand(s))
}

func newPatternTestCommand(s *cli.Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "test [FILE…]",
		Short: "Say whether events match event patterns, as EventBridge would",
		Long: `Say whether events match event patterns, as EventBridge would.

Reads JSON Lines {"pattern": …, "event": …}, each an object or a text that holds its JSON, from the files or standard input,
and answers each with one line: {"match": true}, {"match": false} or {"error": "…"}. Exit code 1 when a line could not be answered
with true or false.`,
		Example: `  echo '{"pattern": {"source": ["aws.iam"]}, "event": {"source": "aws.iam"}}' | trailbus pattern test`,
		RunE: func(_ *cobra.Command, files []string) error {
			return cli.EachFile(s, files, func(name string, in io.Reader) (wrong bool, err error) {
				lines := bufio.NewReaderSize(in, 1<<16)
				out := bufio.NewWriter(s.Out)
				defer out.Flush()
				for {
					line, err := lines.ReadBytes('\n')
					if line = bytes.TrimSpace(line); len(line) > 0 {
						answer := matchLine(line)
						wrong = wrong || answer.Error != ""
						if err := json.NewEncoder(out).Encode(answer); err != nil {
							return wrong, err
						}
					}
					if err == io.EOF {
						return wrong, out.Flush()
					}
					if err != nil {
						return true, fmt.Errorf("%s: cannot be read: %w", name, err)
					}
				}
			})
		},
	}
}

// matchJSON is what `pattern test` prints for a line: a match or an error.
type matchJSON struct {
	Match *bool  `json:"match,omitempty"`
	Error string `json:"error,omitempty"`
}

func matchLine(line []byte) matchJSON {
	var question struct{ Pattern, Event json.RawMessage }
	if err := json.Unmarshal(line, &question); err != nil {
		return matchJSON{Error: fmt.Sprintf(`the line is no {"pattern": …, "event": …}: %s`, cli.DescribeJSONError(err))}
	}
	if question.Pattern == nil || question.Event == nil {
		return matchJSON{Error: `the line has no pattern or no event, want {"pattern": …, "event": …}`}
	}
	pattern, err := eventpattern.Compile(unquoteJSON(question.Pattern))
	if err != nil {
		return matchJSON{Error: err.Error()}
	}
	matched, err := pattern.Matches(unquoteJSON(question.Event))
	if err != nil {
		return matchJSON{Error: err.Error()}
	}
	return matchJSON{Match: &matched}
}

// unquoteJSON returns the JSON inside of a JSON string, and other JSON as it is.
func unquoteJSON(value json.RawMessage) []byte {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return []byte(text)
	}
	return value
}
