package trailbus

import (
	"cmp"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/contract"
)

// NotifierDashboardProps are the properties of a [NotifierDashboard].
type NotifierDashboardProps struct {
	// Notifier is the notifier that the dashboard shows.
	Notifier *SlackNotifier `field:"required"`
	// Alarms are shown with their states.
	// Default: no alarms are shown.
	Alarms *NotifierAlarms `field:"optional"`
	// DashboardName is the name in CloudWatch, unique in the account, whatever the Region.
	// Default: the names of the stack and of its Region with a hyphen between them. CloudFormation
	// would take the logical id, which does not show whose dashboard it is.
	DashboardName *string `field:"optional"`
}

// NotifierDashboard is a CloudWatch dashboard of outcomes of events, the time to Slack, heartbeats
// of forwarders, and the queues.
type NotifierDashboard struct {
	constructs.Construct
	dashboard awscloudwatch.Dashboard
}

// NewNotifierDashboard makes the dashboard.
func NewNotifierDashboard(scope constructs.Construct, id *string, props *NotifierDashboardProps) *NotifierDashboard {
	d := &NotifierDashboard{}
	constructs.NewConstruct_Override(d, scope, id)
	props = cmp.Or(props, &NotifierDashboardProps{})
	require(d, requirement{"Notifier", props.Notifier == nil})
	stack := awscdk.Stack_Of(d)
	name := cmp.Or(props.DashboardName, jsii.String(*stack.StackName()+"-"+*stack.Region()))
	d.dashboard = awscloudwatch.NewDashboard(d, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: name, DefaultInterval: awscdk.Duration_Days(jsii.Number(7)),
		PeriodOverride: awscloudwatch.PeriodOverride_INHERIT, // a period of 15 minutes is one check of the forwarders
	})
	n := props.Notifier
	d.row(outcomesWidget(), timeToSlackWidget())
	d.row(postedWidget(n, "By rule, the most urgent of each event", "rules.0"), postedWidget(n, "By account", "account"),
		postedWidget(n, "By Region", "region"))
	d.row(forwardersWidget(), queueWidget(n), deadLettersWidget(n), failuresWidget(n))
	var alarms []interfacesawscloudwatch.IAlarmRef
	if props.Alarms != nil {
		for _, alarm := range props.Alarms.alarms {
			alarms = append(alarms, alarm)
		}
	}
	if len(alarms) > 0 {
		d.row(awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
			Title: jsii.String("Alarms"), Alarms: &alarms, Width: jsii.Number(24), Height: jsii.Number(3),
		}))
	}
	return d
}

// Dashboard is the dashboard.
func (d *NotifierDashboard) Dashboard() awscloudwatch.Dashboard { return d.dashboard }

func (d *NotifierDashboard) row(widgets ...awscloudwatch.IWidget) { d.dashboard.AddWidgets(widgets...) }

// notifierMetric is a metric of the notifier. It has no dimension; see [contract.MetricsNamespace].
func notifierMetric(name, statistic, label string) awscloudwatch.IMetric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String(contract.MetricsNamespace), MetricName: jsii.String(name), Statistic: jsii.String(statistic),
		Label: jsii.String(label), Period: duration(contract.ForwarderCheckPeriod),
	})
}

func sumMetrics(names ...string) *[]awscloudwatch.IMetric {
	var all []awscloudwatch.IMetric
	for _, name := range names {
		all = append(all, notifierMetric(name, "Sum", name))
	}
	return &all
}

// graphProps are the properties of a graph. The grid is 24 wide.
func graphProps(title string, width float64, left *[]awscloudwatch.IMetric) *awscloudwatch.GraphWidgetProps {
	return &awscloudwatch.GraphWidgetProps{
		Title: jsii.String(title), Width: jsii.Number(width), Height: jsii.Number(6),
		Period: duration(contract.ForwarderCheckPeriod), Left: left,
		LeftYAxis: &awscloudwatch.YAxisProps{Min: jsii.Number(0), ShowUnits: jsii.Bool(false)},
	}
}

func outcomesWidget() awscloudwatch.IWidget {
	// An event that Slack refuses is counted again when it is received again. Heartbeats are not
	// counted.
	props := graphProps("What became of the events", 14, sumMetrics(contract.MetricPosted, contract.MetricFolded,
		contract.MetricMuted,
		contract.MetricDuplicate, contract.MetricUnmatched, contract.MetricReturned, contract.MetricDead))
	props.Stacked = jsii.Bool(true)
	return awscloudwatch.NewGraphWidget(props)
}

func timeToSlackWidget() awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(graphProps("From the call to Slack, in ms", 10, &[]awscloudwatch.IMetric{
		notifierMetric(contract.MetricTimeToSlack, "p50", "p50"), notifierMetric(contract.MetricTimeToSlack, "p99", "p99"),
	}))
}

// postedWidget counts the events that were posted by a field of the notifier's log. As metrics
// these counts would cost $0.30 a month for each rule, each account and each Region; a query costs
// $0.005 for each GB of log that it reads, when the dashboard is open.
func postedWidget(n *SlackNotifier, title, field string) awscloudwatch.IWidget {
	return awscloudwatch.NewLogQueryWidget(&awscloudwatch.LogQueryWidgetProps{
		Title: jsii.String(title), Width: jsii.Number(8), Height: jsii.Number(8),
		View:          awscloudwatch.LogQueryVisualizationType_TABLE,
		LogGroupNames: jsii.Strings(*n.logGroup.LogGroupName()),
		// A list in a line of JSON is flattened: rules.0 is its first item.
		// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
		QueryLines: jsii.Strings(
			`filter msg = "event" and outcome in ["posted", "folded"]`,
			fmt.Sprintf("stats count(*) as events by %s", field),
			"sort events desc", "limit 50"),
	})
}

func forwardersWidget() awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(graphProps("Forwarders", 6, &[]awscloudwatch.IMetric{
		notifierMetric(contract.MetricForwardersHeard, "Maximum", "heard in time"),
		notifierMetric(contract.MetricForwardersSilent, "Maximum", "silent"),
	}))
}

func queueWidget(n *SlackNotifier) awscloudwatch.IWidget {
	props := graphProps("The queue: age in seconds, and messages", 6, &[]awscloudwatch.IMetric{
		n.MetricOldestMessage(&awscloudwatch.MetricOptions{Label: jsii.String("oldest, not yet tried three times")}),
	})
	props.Right = &[]awscloudwatch.IMetric{
		n.queue.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{Label: jsii.String("waiting")}),
		n.queue.MetricApproximateNumberOfMessagesNotVisible(&awscloudwatch.MetricOptions{Label: jsii.String("held back")}),
	}
	props.RightYAxis = &awscloudwatch.YAxisProps{Min: jsii.Number(0), ShowUnits: jsii.Bool(false)}
	return awscloudwatch.NewGraphWidget(props)
}

func deadLettersWidget(n *SlackNotifier) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(graphProps("Dead letters", 6, &[]awscloudwatch.IMetric{
		n.MetricDeadLetters(&awscloudwatch.MetricOptions{Label: jsii.String("in the dead-letter queue")}),
	}))
}

func failuresWidget(n *SlackNotifier) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(graphProps("What goes wrong", 6, &[]awscloudwatch.IMetric{
		n.function.MetricErrors(&awscloudwatch.MetricOptions{Label: jsii.String("the function failed")}),
		n.function.MetricThrottles(&awscloudwatch.MetricOptions{Label: jsii.String("it was throttled")}),
		notifierMetric(contract.MetricRefused, "Sum", "Slack did not take an event"),
		notifierMetric(contract.MetricUnaccounted, "Sum", "an event has no outcome"),
	}))
}
