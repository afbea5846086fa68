package demo

import "testing"

func TestAlarmsAreEvaluatedAsCloudWatchDoes(t *testing.T) {
	one, zero := 1.0, 0.0
	failures := alarm{Periods: 2, Threshold: 1, Comparison: "GreaterThanOrEqualToThreshold", Missing: "notBreaching"}
	heard := alarm{Periods: 2, Threshold: 1, Comparison: "LessThanThreshold", Missing: "breaching"}
	for name, test := range map[string]struct {
		alarm  alarm
		points []datapoint
		want   string
	}{
		"failures all the time":       {failures, []datapoint{&one, &one}, "ALARM"},
		"a failure":                   {failures, []datapoint{&zero, &one}, "OK"},
		"a failure, then no data":     {failures, []datapoint{&one, nil}, "OK"},
		"no data of failures":         {failures, []datapoint{nil, nil}, "OK"},
		"failures long ago":           {failures, []datapoint{&one, &one, &zero, &one}, "OK"},
		"heard":                       {heard, []datapoint{&zero, &one}, "OK"},
		"nothing heard":               {heard, []datapoint{&one, &zero, &zero}, "ALARM"},
		"nobody looks":                {heard, []datapoint{nil, nil}, "ALARM"},
		"heard, then nobody looks":    {heard, []datapoint{&one, nil}, "OK"},
		"too few periods":             {heard, []datapoint{&one}, ""},
		"a comparison of another way": {alarm{Periods: 1, Comparison: "GreaterThanUpperThreshold"}, []datapoint{&one}, ""},
		"missing data of another way": {alarm{Periods: 1, Comparison: "LessThanThreshold", Missing: "ignore"}, []datapoint{nil}, ""},
		"some of its periods":         {alarm{Periods: 3, DatapointsToAlarm: 2}, []datapoint{nil, nil, nil}, ""},
	} {
		got, err := test.alarm.state(test.points)
		if got != test.want || (err == nil) == (test.want == "") {
			t.Errorf("%s: %q (%v), want %q", name, got, err, test.want)
		}
	}
}

func TestAlarmHasID(t *testing.T) {
	for name, want := range map[string]bool{
		alarmPrefix + "Errors5E6F7A8B-L1K2": true, alarmPrefix + "ErrorsOfOthers5E6F7A8B-L1K2": false, alarmPrefix + "Errors-L1K2": false, "Errors5E6F7A8B-x": false,
	} {
		if got := (alarm{Name: name}).hasID("Errors"); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
