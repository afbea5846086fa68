// Package constructs holds the AWS CDK constructs of Trailbus, for use in any CDK app in Go:
//
//   - [CentralTrailBus], the event bus that CloudTrail events of every account and Region arrive at;
//   - [RegionalForwarder], which sends the events that rules want from a default event bus to the central one;
//   - [SlackNotifier], which tells people in Slack.
package constructs

import (
	"fmt"

	awsconstructs "github.com/aws/constructs-go/constructs/v10"
)

// problem is what a constructor panics with, as CDK's own do: the construct's path, what was found, what is allowed.
func problem(c awsconstructs.Construct, format string, args ...any) error {
	return fmt.Errorf("%s: %s", *c.Node().Path(), fmt.Sprintf(format, args...))
}
