// Package constructs holds the AWS CDK constructs of Trailbus, for use in any CDK app in Go:
//
//   - [CentralTrailBus], the event bus that CloudTrail events of every account and Region arrive at;
//   - [RegionalForwarder], which sends the events that rules want from a default event bus to the central one;
//   - [ForwarderStackSet], a stack set that brings a forwarder to the accounts of an organization, new ones too;
//   - [Trail], a CloudTrail trail where there is none: without one EventBridge gets no events;
//   - [SlackNotifier], which tells people in Slack;
//   - [NotifierAlarms], which tell by e-mail when the notifier does not work;
//   - [NotifierDashboard], a CloudWatch dashboard of what it does.
//
// [ForwarderTemplate] makes a forwarder once for apps with hundreds of stacks.
//
// As in the CDK, what is given wrongly, or is missing, makes a constructor panic: with an error of one line that has the path of the
// construct, what was found and what is allowed.
package trailbus

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/rules"
)

// validationError is what a constructor panics with, as CDK's own do: the construct's path, what was found, what is allowed.
func validationError(c constructs.Construct, format string, args ...any) error {
	return fmt.Errorf("%s: %s", *c.Node().Path(), fmt.Sprintf(format, args...))
}

// requirement is one that a constructor needs.
type requirement struct {
	name    string
	missing bool
}

// require panics when any of the properties is missing, and names them all.
func require(c constructs.Construct, properties ...requirement) {
	var missing []string
	for _, p := range properties {
		if p.missing {
			missing = append(missing, p.name)
		}
	}
	switch len(missing) {
	case 0:
	case 1:
		panic(validationError(c, "%s is missing", missing[0]))
	default:
		last := len(missing) - 1
		panic(validationError(c, "%s and %s are missing", strings.Join(missing[:last], ", "), missing[last]))
	}
}

// isEmpty says that there is no rule. Without one a forwarder would forward nothing and a notifier tell nothing, and neither would
// say so.
func isEmpty(set *rules.Set) bool { return set == nil || len(set.Rules()) == 0 }

// checkDays refuses what is no whole number of days, which archives and life cycles of buckets count in, or none.
func checkDays(name string, d awscdk.Duration) error {
	if days := *d.ToDays(&awscdk.TimeConversionOptions{Integral: jsii.Bool(false)}); days < 1 || days != math.Trunc(days) {
		return fmt.Errorf("%s: found %s, allowed: whole days, 1 at least", name, *d.ToHumanString())
	}
	return nil
}

func duration(d time.Duration) awscdk.Duration {
	return awscdk.Duration_Seconds(jsii.Number(d.Seconds()))
}
