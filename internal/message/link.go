package message

import (
	"cmp"
	"strings"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// link gives the address of the event in CloudTrail's event history, in the Region and partition of the event:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events-console.html
// The history holds management events of the last 90 days, so others have none. The console opens it in the account that the reader
// is signed in to; no address can choose that.
func link(e *cloudtrail.Event) string {
	r := &e.Record
	region, id := cmp.Or(e.Region, r.Region), r.EventID
	if c := r.EventCategory; c != "" && c != "Management" || r.InsightDetails != nil {
		return ""
	}
	if r.EventType == "AwsCloudTrailInsight" || r.EventType == "AwsVpceEvent" {
		return ""
	}
	domain := console(region)
	if domain == "" || !isName(id, eventIDLimit) || redactText(id) != id {
		return ""
	}
	return "https://" + region + "." + domain + "/cloudtrailv2/home?region=" + region + "#/events/" + id
}

// console gives the domain of the console that knows a Region, "" for none:
// https://docs.aws.amazon.com/general/latest/gr/mgmt-console.html
func console(region string) string {
	switch {
	// A Region has three parts or more: eu-west-1, us-gov-west-1.
	case !isName(region, regionLimit) || strings.Count(region, "-") < 2 || region != strings.ToLower(region):
		return ""
	case strings.HasPrefix(region, "us-gov-"):
		return "console.amazonaws-us-gov.com"
	case strings.HasPrefix(region, "cn-"):
		return "console.amazonaws.cn"
	case strings.Contains(region, "-iso"), strings.HasPrefix(region, "eusc-"):
		return "" // partitions whose console nobody could look at for this
	}
	return "console.aws.amazon.com"
}

// isName says that a stranger's text can stand in an address as it is: letters, digits and hyphens, beginning and ending with a
// letter or digit.
func isName(s string, limit int) bool {
	if s == "" || len(s) > limit || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' {
			return false
		}
	}
	return true
}
