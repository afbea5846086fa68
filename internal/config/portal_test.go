package config

import "testing"

func TestAccessPortal(t *testing.T) {
	for text, want := range map[string]AccessPortal{
		"": {},
		"accessPortal: {url: https://example.awsapps.com/start, role: ReadOnly}\n":            {"https://example.awsapps.com/start", "ReadOnly"},
		"accessPortal: {url: https://start.home.awsapps.cn/directory/example}\n":              {"https://start.home.awsapps.cn/directory/example", ""},
		"accessPortal: {url: https://start.us-gov-home.awsapps.com/directory/d-0123456789}\n": {"https://start.us-gov-home.awsapps.com/directory/d-0123456789", ""},
		"accessPortal: {url: https://ssoins-0123.portal.eu-west-1.app.aws/}\n":                {"https://ssoins-0123.portal.eu-west-1.app.aws/", ""},
	} {
		c, problems := parse(good + text)
		if c == nil || c.AccessPortal != want {
			t.Errorf("%q: got %+v, want %+v; %s", text, c, want, problems)
		}
	}
}
