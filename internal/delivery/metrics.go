package delivery

import (
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/trailbus/trailbus/internal/contract"
)

// maxValues is how many values a metric may have in one line:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
const maxValues = 100

// reportMetrics logs how many messages have each outcome and writes that as metrics. A message
// without an outcome is a defect, logged as an error: received = posted + folded + muted +
// duplicate + unmatched + returned + dead + noted.
func (r *run) reportMetrics(jobs []*job) {
	counts := map[Outcome]int{}
	refused := 0
	var times []int64
	for _, j := range jobs {
		counts[j.outcome]++
		if j.outcome == Returned && !j.held {
			refused++
		}
		if (j.outcome == Posted || j.outcome == Folded) && !j.eventTime.IsZero() {
			times = append(times, time.Since(j.eventTime).Milliseconds())
		}
	}
	total := 0
	attributes := []slog.Attr{slog.Int("received", len(jobs))}
	metrics := map[string]any{contract.MetricReceived: len(jobs)}
	for _, outcome := range outcomes {
		total += counts[outcome]
		attributes = append(attributes, slog.Int(string(outcome), counts[outcome]))
		if counts[outcome] > 0 {
			metrics[metricName(outcome)] = counts[outcome]
		}
	}
	if refused > 0 {
		metrics[contract.MetricRefused] = refused
	}
	attributes = append(attributes, slog.Int64("ms", time.Since(r.start).Milliseconds()))
	level := slog.LevelInfo
	if total != len(jobs) {
		level = slog.LevelError
		metrics[contract.MetricUnaccounted] = len(jobs) - total
		attributes = append(attributes, slog.Int("unaccounted", len(jobs)-total))
	}
	r.Log.LogAttrs(r.deadline.queueCtx, level, "batch", attributes...)
	for first := true; first || len(times) > 0; first = false {
		n := min(len(times), maxValues)
		if n > 0 {
			metrics[contract.MetricTimeToSlack] = times[:n]
		}
		r.writeMetrics(metrics)
		times, metrics = times[n:], map[string]any{}
	}
}

// metricName is the name of an outcome's metric.
func metricName(o Outcome) string { return string(o[0]-'a'+'A') + string(o[1:]) }

// writeMetrics writes metrics in CloudWatch's embedded metric format, as one line of JSON.
func (r *run) writeMetrics(metrics map[string]any) {
	type metric struct {
		Name string
		Unit string
	}
	var all []metric
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		unit := "Count"
		if name == contract.MetricTimeToSlack {
			unit = "Milliseconds"
		}
		all = append(all, metric{name, unit})
	}
	line := map[string]any{"_aws": map[string]any{
		"Timestamp": time.Now().UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{"Namespace": contract.MetricsNamespace, "Dimensions": [][]string{{}},
			"Metrics": all}},
	}}
	maps.Copy(line, metrics)
	if err := json.NewEncoder(r.Metrics).Encode(line); err != nil {
		r.warn("the metrics could not be written", err)
	}
}
