package constructs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/cost"
)

// costs says what Trailbus cost since the first of the month: what AWS counted, by the list prices that trailbus cost has, less the
// free tier as if nothing else in the account used it. It is arithmetic, and knows neither discounts nor the prices of other Regions.
func costs(n *SlackNotifier, alarms int) awscloudwatch.IWidget {
	day := awscdk.Duration_Days(jsii.Number(1))
	known := n.counted(&awscloudwatch.MetricOptions{Statistic: awscloudwatch.Stats_SUM(), Period: day})
	var shown []awscloudwatch.IMetric
	for _, term := range costTerms(cost.ListPrices, alarms) {
		using := map[string]awscloudwatch.IMetric{} // no more than it names: the CDK writes out what is nested, again and again
		for _, id := range identifier.FindAllString(term.expression, -1) {
			using[id] = known[id]
		}
		expression := awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
			Label: jsii.String(term.label), Expression: jsii.String(term.expression), UsingMetrics: &using, Period: day,
		})
		known[term.id] = expression
		if term.label != "" {
			shown = append(shown, expression)
		}
	}
	return awscloudwatch.NewSingleValueWidget(&awscloudwatch.SingleValueWidgetProps{
		Title: jsii.String("Cost so far this month in USD, by the list prices of " + cost.ListPrices.Region + " of " + cost.ListPrices.Date),
		Width: jsii.Number(24), Height: jsii.Number(4), Metrics: &shown, Period: day,
		// The longest month, whatever the dashboard shows; of these days, those of the month before count nothing.
		Start: jsii.String("-P31D"), End: jsii.String("P0D"),
	})
}

// counted are AWS' own counts of what costs something, by the names that the expressions give them.
func (n *SlackNotifier) counted(options *awscloudwatch.MetricOptions) map[string]awscloudwatch.IMetric {
	table := func(name string) awscloudwatch.Metric {
		return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: jsii.String("AWS/DynamoDB"), MetricName: jsii.String(name), Statistic: options.Statistic, Period: options.Period,
			DimensionsMap: &map[string]*string{"TableName": n.table.TableName()},
		})
	}
	return map[string]awscloudwatch.IMetric{
		"sent": n.queue.MetricNumberOfMessagesSent(options), "bytes": n.queue.MetricSentMessageSize(options),
		"empty": n.queue.MetricNumberOfEmptyReceives(options), "taken": n.queue.MetricNumberOfMessagesReceived(options),
		"runs": n.function.MetricInvocations(options), "ms": n.function.MetricDuration(options),
		"writes": table("ConsumedWriteCapacityUnits"), "reads": table("ConsumedReadCapacityUnits"),
		"logged": n.logGroup.MetricIncomingBytes(options),
	}
}

// identifier is the name of a metric or a term; those of functions have upper case.
var identifier = regexp.MustCompile(`\b[a-z]+\b`)

// costTerm is a term of metric math, which those behind it may name. Those with a label are shown.
type costTerm struct{ id, label, expression string }

// costTerms are the costs so far as time series by the day, of which the last value is that of today.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
func costTerms(prices *cost.Prices, alarms int) []costTerm {
	var terms []costTerm
	add := func(id, label, expression string) string {
		terms = append(terms, costTerm{id, label, expression})
		return id
	}
	add("month", "", "MONTH(sent)==MAX(IF(EPOCH(sent)==MAX(EPOCH(sent)),MONTH(sent),0))") // 1 for the days that are in the month of today
	// of is what is to be paid this month for a count of each day.
	of := func(id, price, counts string) string {
		p := prices.Price(price)
		sum := add("n"+id, "", "RUNNING_SUM(month*("+counts+"))")
		if p.Free > 0 {
			sum = fmt.Sprintf("IF(%[1]s>%[2]s,%[1]s-%[2]s,0)", sum, decimal(p.Free))
		}
		return add(id, "", sum+"*"+decimal(p.Of(1)))
	}
	const gb = "/1000000000"
	delivered := []string{of("delivery", "bus-delivery", "FILL(sent,0)"), of("transfer", "region-transfer", "FILL(bytes,0)"+gb)}
	used := []string{
		// Messages are taken out in tens, and deleted in tens.
		of("requests", "queue-request", "FILL(sent,0)+FILL(empty,0)+2*FILL(runs,0)+FILL(taken,0)/5"),
		of("starts", "function-request", "FILL(runs,0)"),
		of("seconds", "function-time", "FILL(ms,0)*"+decimal(contract.FunctionMemory/1024.0/1000)),
		of("written", "table-write", "FILL(writes,0)"),
		of("read", "table-read", "FILL(reads,0)"),
		of("log", "log-ingested", "FILL(logged,0)"+gb),
		of("archive", "archive-processed", "FILL(bytes,0)"+gb),
	}
	kept := cost.New(cost.Usage{Alarms: alarms, Metrics: len(contract.Metrics), Dashboards: 1}, prices).PayFor("secret", "metric", "alarm", "dashboard")
	senders := add("senders", "Delivery to the central bus (sending accounts)", strings.Join(delivered, "+"))
	counted := add("counted", "Queue, function, table, log, archive", strings.Join(used, "+"))
	daily := add("daily", "Secret, metrics, alarms, dashboard", "DATE(sent)*"+decimal(kept/30)) // a month of 30 days, as in trailbus cost
	add("total", "In all", senders+"+"+counted+"+"+daily)
	return terms
}

// decimal writes a number as metric math surely reads it: with no exponent.
func decimal(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
