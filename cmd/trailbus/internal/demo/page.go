package demo

import (
	"context"
	"os"
	"path/filepath"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/browser"
	"github.com/trailbus/trailbus/cmd/trailbus/internal/preview"
	"github.com/trailbus/trailbus/internal/local"
)

// writePage writes a page with the messages that Slack took, as Slack shows them, into a folder,
// and takes a picture of it where there is a Chromium. It gives the page's address, and the
// picture's path or why there is none.
func writePage(ctx context.Context, r *local.Result, dir string) (address, picture string, err error) {
	page := preview.Page{Title: "Trailbus: what the demo told",
		Note: "As Slack shows it. Nothing here is loaded from anywhere."}
	for _, m := range r.Messages {
		page.Messages = append(page.Messages, preview.Message{Payload: m.Payload, Channel: "webhook " + m.Webhook,
			Time: m.Time})
	}
	data, err := page.Bytes()
	if err != nil {
		return "", "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", "", err
	}
	file := filepath.Join(dir, "messages.html")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		return "", "", err
	}
	picture = filepath.Join(dir, "messages.png")
	if err := os.Remove(picture); err != nil && !os.IsNotExist(err) { // one of another run would be taken for this one's
		return "", "", err
	}
	return browser.FileURL(file, ""), takeScreenshot(ctx, file, picture), nil
}

// takeScreenshot takes the picture and gives its path, or else why there is none: a demo does not
// fail for want of a browser.
func takeScreenshot(ctx context.Context, page, picture string) string {
	chromium, err := browser.Find()
	if err != nil {
		return "no picture: " + err.Error()
	}
	data, err := browser.Screenshot(ctx, chromium, browser.FileURL(page, "theme=light"), 1)
	if err == nil {
		err = os.WriteFile(picture, data, 0o644)
	}
	if err != nil {
		return "no picture: " + err.Error()
	}
	return picture
}
