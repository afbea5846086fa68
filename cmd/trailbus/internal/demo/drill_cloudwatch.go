package demo

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/trailbus/trailbus/internal/local"
)

// cloudWatch is the CloudWatch of the local AWS, which keeps metrics and alarms but evaluates none;
// [alarm.state] does. It makes its three requests without the SDK.
type cloudWatch struct {
	config   aws.Config
	endpoint string
}

// alarm is one as CloudWatch has it.
type alarm struct {
	Name              string      `xml:"AlarmName"`
	Description       string      `xml:"AlarmDescription"`
	Namespace         string      `xml:"Namespace"`
	Metric            string      `xml:"MetricName"`
	Dimensions        []dimension `xml:"Dimensions>member"`
	Statistic         string      `xml:"Statistic"`
	Period            int         `xml:"Period"`
	Periods           int         `xml:"EvaluationPeriods"`
	DatapointsToAlarm int         `xml:"DatapointsToAlarm"`
	Threshold         float64     `xml:"Threshold"`
	Comparison        string      `xml:"ComparisonOperator"`
	Missing           string      `xml:"TreatMissingData"`
}

type dimension struct{ Name, Value string }

// datapoint is a value of a metric in a period, nil where there is none.
type datapoint *float64

// state is what CloudWatch would say of an alarm after these periods, the latest last.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
func (a alarm) state(points []datapoint) (string, error) {
	if a.DatapointsToAlarm != 0 && a.DatapointsToAlarm != a.Periods {
		return "", fmt.Errorf("%s rings after %d of %d periods, which the drill does not know", a.Name, a.DatapointsToAlarm,
			a.Periods)
	}
	if len(points) < a.Periods {
		return "", fmt.Errorf("%s looks at %d periods and has %d", a.Name, a.Periods, len(points))
	}
	for _, p := range points[len(points)-a.Periods:] {
		breaching := false
		switch {
		case p == nil && (a.Missing == "breaching" || a.Missing == "notBreaching"):
			breaching = a.Missing == "breaching"
		case p == nil:
			return "", fmt.Errorf("%s treats missing data as %q, which the drill does not know", a.Name, a.Missing)
		case a.Comparison == "GreaterThanOrEqualToThreshold":
			breaching = *p >= a.Threshold
		case a.Comparison == "LessThanThreshold":
			breaching = *p < a.Threshold
		default:
			return "", fmt.Errorf("%s compares by %s, which the drill does not know", a.Name, a.Comparison)
		}
		if !breaching {
			return "OK", nil
		}
	}
	return "ALARM", nil
}

// call makes a request of
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html.
func (c *cloudWatch) call(ctx context.Context, action string, form url.Values, into any) error {
	form.Set("Action", action)
	form.Set("Version", "2010-08-01")
	answer, err := local.SignedRequest(ctx, c.config, c.endpoint, "monitoring", http.MethodPost, "/",
		"application/x-www-form-urlencoded", form.Encode())
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	if into == nil {
		return nil
	}
	return xml.Unmarshal(answer, into)
}

// alarms are those whose names begin so.
func (c *cloudWatch) alarms(ctx context.Context, prefix string) ([]alarm, error) {
	var answer struct {
		Alarms []alarm `xml:"DescribeAlarmsResult>MetricAlarms>member"`
	}
	err := c.call(ctx, "DescribeAlarms", url.Values{"AlarmNamePrefix": {prefix}}, &answer)
	if err == nil && len(answer.Alarms) == 0 {
		err = fmt.Errorf("the local CloudWatch has no alarm %s…", prefix)
	}
	return answer.Alarms, err
}

// put puts a value of a metric.
func (c *cloudWatch) put(ctx context.Context, at time.Time, namespace, name string, dimensions []dimension,
	value float64) error {
	form := url.Values{"Namespace": {namespace}, "MetricData.member.1.MetricName": {name},
		"MetricData.member.1.Timestamp": {at.Format(time.RFC3339)},
		"MetricData.member.1.Value":     {strconv.FormatFloat(value, 'f', -1, 64)}}
	for i, d := range dimensions {
		prefix := fmt.Sprintf("MetricData.member.1.Dimensions.member.%d.", i+1)
		form.Set(prefix+"Name", d.Name)
		form.Set(prefix+"Value", d.Value)
	}
	return c.call(ctx, "PutMetricData", form, nil)
}

// points are the values of an alarm's metric in the periods that it evaluates, up to a time.
func (c *cloudWatch) points(ctx context.Context, a alarm, end time.Time) ([]datapoint, error) {
	var answer struct {
		Points []struct {
			Timestamp    string
			Sum, Maximum float64
		} `xml:"GetMetricStatisticsResult>Datapoints>member"`
	}
	period := time.Duration(a.Period) * time.Second
	start := end.Add(-time.Duration(a.Periods) * period)
	form := url.Values{"Namespace": {a.Namespace}, "MetricName": {a.Metric}, "Period": {strconv.Itoa(a.Period)},
		"Statistics.member.1": {a.Statistic},
		"StartTime":           {start.Format(time.RFC3339)}, "EndTime": {end.Format(time.RFC3339)}}
	for i, d := range a.Dimensions {
		form.Set(fmt.Sprintf("Dimensions.member.%d.Name", i+1), d.Name)
		form.Set(fmt.Sprintf("Dimensions.member.%d.Value", i+1), d.Value)
	}
	if !slices.Contains([]string{"Sum", "Maximum"}, a.Statistic) {
		return nil, fmt.Errorf("%s goes by the statistic %s, which the drill does not know", a.Name, a.Statistic)
	}
	if err := c.call(ctx, "GetMetricStatistics", form, &answer); err != nil {
		return nil, err
	}
	points := make([]datapoint, a.Periods)
	for _, p := range answer.Points {
		at, err := time.Parse(time.RFC3339, p.Timestamp)
		if err != nil {
			return nil, err
		}
		value := p.Sum
		if a.Statistic == "Maximum" {
			value = p.Maximum
		}
		if i := int(at.Sub(start) / period); i >= 0 && i < len(points) {
			points[i] = &value
		}
	}
	return points, nil
}
