package config

import (
	"strings"
	"testing"
)

// A webhook URL is a secret; wherever somebody puts one, no message repeats it.
func TestNoMessageRepeatsAWebhookURL(t *testing.T) {
	places := map[string]func(url string) string{
		"the secret":    func(url string) string { return with(t, "trailbus/slack", url) },
		"a webhook":     func(url string) string { return good + "  routes: [{webhook: \"" + url + "\"}]\n" },
		"a key":         func(url string) string { return good + "  \"" + url + "\": x\n" },
		"slack":         func(url string) string { return with(t, "slack:\n  secret: trailbus/slack", "slack: \""+url+"\"") },
		"the routes":    func(url string) string { return good + "  routes: \"" + url + "\"\n" },
		"a route":       func(url string) string { return good + "  routes: [\"" + url + "\"]\n" },
		"a severity":    func(url string) string { return good + "  routes: [{webhook: x, severities: [\"" + url + "\"]}]\n" },
		"a rule file":   func(url string) string { return with(t, "packs: [cis]", "files: [\""+url+"\"]") },
		"a pack":        func(url string) string { return with(t, "packs: [cis]", "packs: [\""+url+"\"]") },
		"the top":       func(url string) string { return "\"" + url + "\"\n" },
		"organization":  func(url string) string { return with(t, "o-a1b2c3d4e5", "\""+url+"\"") },
		"a broken line": func(url string) string { return good + "  routes: [{webhook: " + url + "\n" },
	}
	for place, put := range places {
		for _, url := range []string{
			"https://hooks.slack.com/services/T0/B0/hush", "HTTPS://HOOKS.SLACK.COM/services/T0/B0/hush", "hooks.slack.com/services/T0/B0/hush",
			"https://hooks.slack-gov.com/services/T0/B0/hush", "//hooks.slack.com/triggers/T0/B0/hush", "https://example.com/services/T0/B0/hush",
		} {
			c, got := parse(put(url))
			if c != nil || got == "" {
				t.Errorf("%s: %s was taken", place, url)
			}
			if strings.Contains(got, "hush") {
				t.Errorf("%s: the URL is repeated: %s", place, got)
			}
		}
	}
}

func TestAWebhookURLWhereANameBelongsIsRecognized(t *testing.T) {
	_, got := parse(with(t, "trailbus/slack", "https://hooks.slack.com/services/T0/B0/hush") + "  routes:\n    - webhook: https://hooks.slack-gov.com/services/T0/B0/hush\n")
	want := `etc/trailbus.yaml:14:11: found a webhook URL, allowed: the name of the Secrets Manager secret that holds it; take the URL out of this file and its history
etc/trailbus.yaml:16:16: found a webhook URL, allowed: the name that the URL has in the secret; take the URL out of this file and its history`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
