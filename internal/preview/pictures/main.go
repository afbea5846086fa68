// Pictures takes the pictures of messages that stand in the README, into docs/images: records of the tests, matched by the rules of the
// catalogue, written as the notifier writes them and drawn as on the page of trailbus preview. Run it with: make pictures
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/trailbus/trailbus/internal/browser"
	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/preview"
	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/rules"
)

// maxBytes is how large a picture may be, so that the README loads on a train.
const maxBytes = 150 << 10

var (
	accounts = map[string]string{"111111111111": "production", "222222222222": "sandbox", "333333333333": "staging"}
	portal   = message.Portal{URL: "https://example.awsapps.com/start", Role: "ReadOnly"}
)

// shots are the pictures: of which record, in which theme.
var shots = []struct{ name, record, theme, mention string }{
	{"root-sign-in", "internal/message/testdata/root-console-login.record.json", "dark", "<!here>"},
	{"denied", "internal/message/testdata/denied-stop-logging.record.json", "light", ""},
	{"security-group", "internal/message/testdata/open-security-group.record.json", "light", ""},
	{"trust-policy", "rules/catalog/testdata/role-trust-changed.jsonl", "dark", ""},
	{"folded", "", "light", ""},
}

func main() {
	if err := run(context.Background(), "docs/images"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, to string) error {
	chromium, err := browser.Find()
	if err != nil {
		return err
	}
	set, err := rules.NewSet(rules.CatalogRules()...)
	if err != nil {
		return err
	}
	page := preview.Page{Title: "Pictures"}
	for _, shot := range shots {
		group, err := folded(set)
		if shot.record != "" {
			var event *cloudtrail.Event
			if event, err = read(shot.record); err == nil {
				group, err = add(nil, set, event, shot.mention)
			}
		}
		if err != nil {
			return err
		}
		payload, err := slack.Payload(group.Slack())
		if err != nil {
			return err
		}
		page.Messages = append(page.Messages, preview.Message{Payload: payload, Time: group.Last.Add(4 * time.Second)})
	}
	data, err := page.Bytes()
	if err != nil {
		return err
	}
	file, err := os.CreateTemp("", "trailbus-pictures-*.html")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if _, err := file.Write(data); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	for i, shot := range shots {
		picture, err := browser.Picture(ctx, chromium, browser.FileURL(file.Name(), fmt.Sprintf("only=%d&theme=%s", i, shot.theme)), 2)
		if err != nil {
			return err
		}
		path := filepath.Join(to, shot.name+".png")
		fmt.Printf("%s  %d KB\n", path, len(picture)>>10)
		if len(picture) > maxBytes {
			return fmt.Errorf("%s: found %d bytes, allowed: %d", path, len(picture), maxBytes)
		}
		if err := os.WriteFile(path, picture, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// read reads a record, or the first event of a rule's fixtures.
func read(path string) (*cloudtrail.Event, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if filepath.Ext(path) != ".jsonl" {
		return cloudtrail.FromRecord(data)
	}
	var fixture struct{ Event json.RawMessage }
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&fixture); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return cloudtrail.Parse(fixture.Event)
}

// add makes the message of a record and adds it to a group, a new one where there is none.
func add(group *message.Group, set *rules.Set, event *cloudtrail.Event, mention string) (*message.Group, error) {
	matched, err := set.Match(event.JSON)
	if err != nil {
		return nil, err
	}
	if len(matched) == 0 {
		return nil, fmt.Errorf("no rule matches %s", event.Record.EventID)
	}
	m := message.New(message.Alert{Event: event, Rules: matched, AccountNames: accounts, Portal: portal, Mention: mention})
	if group == nil {
		return message.NewGroup(m), nil
	}
	group.Add(m.Brief())
	return group, nil
}

// folded is a storm: one role refused 37 secrets from three addresses.
func folded(set *rules.Set) (*message.Group, error) {
	var group *message.Group
	start := time.Date(2026, 3, 14, 12, 4, 55, 0, time.UTC)
	for i := range 37 {
		arn := fmt.Sprintf("arn:aws:secretsmanager:eu-west-1:111111111111:secret:prod/db-%02d", i%12)
		record, err := json.Marshal(map[string]any{
			"eventVersion": "1.11", "eventTime": start.Add(time.Duration(i) * time.Second).Format(time.RFC3339), "awsRegion": "eu-west-1",
			"eventID": fmt.Sprintf("0a1b2c3d-0011-4000-8000-%012d", i), "eventType": "AwsApiCall", "eventCategory": "Management", "managementEvent": true,
			"readOnly": true, "recipientAccountId": "111111111111", "eventSource": "secretsmanager.amazonaws.com", "eventName": "GetSecretValue",
			"sourceIPAddress": fmt.Sprintf("198.51.100.%d", 7+i%3), "userAgent": "Boto3/1.40.1 md/Botocore#1.40.1", "errorCode": "AccessDenied",
			"errorMessage": "User: arn:aws:sts::111111111111:assumed-role/web/i-0abc1234def567890 is not authorized to perform: secretsmanager:GetSecretValue " +
				"on resource: " + arn + " because no identity-based policy allows the secretsmanager:GetSecretValue action",
			"userIdentity": map[string]any{"type": "AssumedRole", "accountId": "111111111111", "principalId": "AROAEXAMPLE111111111:i-0abc1234def567890",
				"arn":            "arn:aws:sts::111111111111:assumed-role/web/i-0abc1234def567890",
				"sessionContext": map[string]any{"sessionIssuer": map[string]any{"type": "Role", "userName": "web"}}},
			"requestParameters": nil, "responseElements": nil,
		})
		if err != nil {
			return nil, err
		}
		event, err := cloudtrail.FromRecord(record)
		if err != nil {
			return nil, err
		}
		if group, err = add(group, set, event, ""); err != nil {
			return nil, err
		}
	}
	return group, nil
}
