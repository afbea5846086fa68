package message

import (
	"testing"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

func TestLink(t *testing.T) {
	const id = "0a1b2c3d-0001-4000-8000-000000000001"
	tests := map[string]struct {
		region string
		record cloudtrail.Record
		want   string
	}{
		"commercial":       {"eu-west-1", cloudtrail.Record{EventID: id}, "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/" + id},
		"management":       {"eu-west-1", cloudtrail.Record{EventID: id, EventCategory: "Management"}, "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/" + id},
		"GovCloud":         {"us-gov-west-1", cloudtrail.Record{EventID: id}, "https://us-gov-west-1.console.amazonaws-us-gov.com/cloudtrailv2/home?region=us-gov-west-1#/events/" + id},
		"China":            {"cn-north-1", cloudtrail.Record{EventID: id}, "https://cn-north-1.console.amazonaws.cn/cloudtrailv2/home?region=cn-north-1#/events/" + id},
		"record's Region":  {"", cloudtrail.Record{EventID: id, Region: "eu-west-1"}, "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/" + id},
		"another":          {"us-iso-east-1", cloudtrail.Record{EventID: id}, ""},
		"data event":       {"eu-west-1", cloudtrail.Record{EventID: id, EventCategory: "Data"}, ""},
		"network activity": {"eu-west-1", cloudtrail.Record{EventID: id, EventType: "AwsVpceEvent"}, ""},
		"insight":          {"eu-west-1", cloudtrail.Record{EventID: id, EventType: "AwsCloudTrailInsight"}, ""},
		"no id":            {"eu-west-1", cloudtrail.Record{}, ""},
		"no Region":        {"", cloudtrail.Record{EventID: id}, ""},
		"Region no Region": {"evil.example.com/", cloudtrail.Record{EventID: id}, ""},
		"Region too short": {"evil", cloudtrail.Record{EventID: id}, ""},
		"Region with |":    {"eu-west-1|x", cloudtrail.Record{EventID: id}, ""},
		"id with >":        {"eu-west-1", cloudtrail.Record{EventID: id + "> <!channel"}, ""},
		"id with /":        {"eu-west-1", cloudtrail.Record{EventID: "../../iam"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := link(&cloudtrail.Event{Region: test.region, Record: test.record}); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
