package trailbus_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
	"github.com/trailbus/trailbus/internal/contract"
)

type widget struct {
	Type                string
	X, Y, Width, Height int
	Properties          struct {
		Title, View, Query, Region, Start, End string
		Period                                 int
		Stacked                                bool
		Metrics                                [][]any
		Alarms                                 []any
	}
}

// dashboardBody is the body of the one dashboard, in which references are logical ids in angle
// brackets.
func dashboardBody(t *testing.T, tt template) (body struct {
	Start, PeriodOverride string
	Widgets               []widget
}) {
	t.Helper()
	var text strings.Builder
	for _, part := range tt.only("AWS::CloudWatch::Dashboard")["DashboardBody"].(map[string]any)["Fn::Join"].([]any)[1].([]any) {
		switch part := part.(type) {
		case string:
			text.WriteString(part)
		case map[string]any:
			if ref, ok := part["Ref"].(string); ok {
				fmt.Fprintf(&text, "<%s>", ref)
			} else {
				fmt.Fprintf(&text, "<%s>", part["Fn::GetAtt"].([]any)[0])
			}
		}
	}
	if err := json.Unmarshal([]byte(text.String()), &body); err != nil {
		t.Fatalf("%v in %s", err, text.String())
	}
	return body
}

func TestTheDashboard(t *testing.T) {
	stack := newStack(t)
	notifier := newNotifier(stack, someRules(t))
	alarms := trailbus.NewNotifierAlarms(stack, jsii.String("NotifierAlarms"), &trailbus.NotifierAlarmsProps{Notifier: notifier})
	made := trailbus.NewNotifierDashboard(stack, jsii.String("NotifierDashboard"), &trailbus.NotifierDashboardProps{Notifier: notifier, Alarms: alarms})
	if made.Dashboard() == nil {
		t.Error("there is no dashboard")
	}
	tt := synth(t, stack)
	if name := tt.only("AWS::CloudWatch::Dashboard")["DashboardName"]; name != "Stack-eu-central-1" {
		t.Errorf("it is named %v", name)
	}
	body := dashboardBody(t, tt)
	if body.PeriodOverride != "inherit" || body.Start != "-P7D" {
		t.Errorf("it shows %s, with periods %s", body.Start, body.PeriodOverride)
	}
	const (
		queue = `AWS/SQS %s QueueName <SlackNotifierQueue33F9A744>`
		query = `SOURCE '<SlackNotifierLogsCD42A147>' | filter msg = "event" and outcome in ["posted", "folded"] | stats count(*) as events by %s | sort events desc | limit 50`
	)
	// Each widget with its metrics, by its title.
	want := map[string]string{
		"What became of the events":               `Trailbus Posted Sum, Trailbus Folded Sum, Trailbus Muted Sum, Trailbus Duplicate Sum, Trailbus Unmatched Sum, Trailbus Returned Sum, Trailbus Dead Sum`,
		"From the call to Slack, in ms":           `Trailbus TimeToSlack p50, Trailbus TimeToSlack p99`,
		"By rule, the most urgent of each event":  fmt.Sprintf(query, "rules.0"),
		"By account":                              fmt.Sprintf(query, "account"),
		"By Region":                               fmt.Sprintf(query, "region"),
		"Forwarders":                              `Trailbus ForwardersHeard Maximum, Trailbus ForwardersSilent Maximum`,
		"The queue: age in seconds, and messages": fmt.Sprintf(queue+` Maximum, `+queue+` Maximum, `+queue+` Maximum`, "ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"),
		"Dead letters":                            `AWS/SQS ApproximateNumberOfMessagesVisible QueueName <SlackNotifierDeadLetterQueueE95166B3> Maximum`,
		"What goes wrong":                         `AWS/Lambda Errors FunctionName <SlackNotifierFunction> Sum, AWS/Lambda Throttles FunctionName <SlackNotifierFunction> Sum, Trailbus Refused Sum, Trailbus Unaccounted Sum`,
		"Alarms":                                  "7 alarms",
	}
	hash := regexp.MustCompile(`(SlackNotifierFunction)[0-9A-F]{8}`)
	shown := map[string]bool{}
	for _, w := range body.Widgets {
		p := w.Properties
		for _, m := range p.Metrics {
			if m[0] == contract.MetricsNamespace {
				shown[m[1].(string)] = true
			}
		}
		got := hash.ReplaceAllString(strings.Join(metricsOf(w), ", ")+strings.ReplaceAll(p.Query, "\n", " "), "$1")
		if w.Type == "alarm" {
			got = fmt.Sprint(len(p.Alarms), " alarms")
		} else if p.Region != "<AWS::Region>" {
			t.Errorf("%s is of the Region %q", p.Title, p.Region)
		}
		if w.Type == "metric" && p.Period != 900 {
			t.Errorf("%s has a period of %d s, and the notifier looks once in 900 s", p.Title, p.Period)
		}
		if got != want[p.Title] {
			t.Errorf("%q shows\n%s, want\n%s", p.Title, got, want[p.Title])
		}
		delete(want, p.Title)
	}
	if len(want) != 0 || len(body.Widgets) != 10 {
		t.Errorf("%d widgets, missing %q", len(body.Widgets), slices.Collect(maps.Keys(want)))
	}
	for _, name := range contract.Metrics {
		if hidden := name == contract.MetricReceived || name == contract.MetricNoted; shown[name] == hidden {
			t.Errorf("%s is shown: %v", name, shown[name])
		}
		delete(shown, name)
	}
	if len(shown) > 0 {
		t.Errorf("no such metrics are made: %v", shown)
	}
	// Only dashboards of 50 metrics or fewer are in the free tier:
	// https://aws.amazon.com/cloudwatch/pricing/
	if n := countMetrics(body.Widgets); n > 50 || n < 19 {
		t.Errorf("it has %d metrics", n)
	}
}

// metricsOf names the metrics of a widget: namespace, name, dimensions, statistic.
func metricsOf(w widget) []string {
	var all []string
	for _, m := range w.Properties.Metrics {
		options, ok := m[len(m)-1].(map[string]any)
		if !ok {
			options, m = map[string]any{"stat": "Average"}, append(m, nil)
		}
		if options["stat"] == nil {
			options["stat"] = "Average"
		}
		all = append(all, joinValues(m[:len(m)-1]...)+" "+joinValues(options["stat"]))
	}
	return all
}

// countMetrics counts those that are no expressions.
func countMetrics(widgets []widget) int {
	n := 0
	for _, w := range widgets {
		for _, m := range w.Properties.Metrics {
			if _, isExpression := m[0].(map[string]any); !isExpression {
				n++
			}
		}
	}
	return n
}

func TestADashboardWithoutAlarmsAndWithANameOfItsOwn(t *testing.T) {
	stack := newStack(t)
	trailbus.NewNotifierDashboard(stack, jsii.String("NotifierDashboard"), &trailbus.NotifierDashboardProps{
		Notifier: newNotifier(stack, someRules(t)), DashboardName: jsii.String("audit"),
	})
	tt := synth(t, stack)
	if name := tt.only("AWS::CloudWatch::Dashboard")["DashboardName"]; name != "audit" {
		t.Errorf("it is named %v", name)
	}
	body := dashboardBody(t, tt)
	for _, w := range body.Widgets {
		if w.Type == "alarm" {
			t.Error("it shows alarms")
		}
	}
	if len(body.Widgets) != 9 {
		t.Errorf("%d widgets", len(body.Widgets))
	}
}

func TestADashboardNeedsANotifier(t *testing.T) {
	stack := newStack(t)
	if got := panicMessage(t, func() { trailbus.NewNotifierDashboard(stack, jsii.String("Dashboard"), nil) }); got != "Stack/Dashboard: Notifier is missing" {
		t.Errorf("got %q", got)
	}
}
