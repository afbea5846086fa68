package logfiles

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// CloudTrail puts log files into
// PREFIX/AWSLogs/[ORGANIZATION/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/, Insights' into
// CloudTrail-Insight, and digests into CloudTrail-Digest:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-find-log-files.html
var datedPath = regexp.MustCompile(`(?:^|/)CloudTrail(?:-Insight|-NetworkActivity)?/[a-z0-9-]+/(\d{4})/(?:(\d\d)/(?:(\d\d)/)?)?`)

// isDigest reports whether a path is of digests, which prove that log files were not modified.
func isDigest(path string) bool {
	return strings.Contains("/"+path, "/CloudTrail-Digest/")
}

// isDayFolder reports whether a path is within the folder of one day.
func isDayFolder(path string) bool {
	found := datedPath.FindStringSubmatch(path)
	return found != nil && found[3] != ""
}

// outsideDates reports whether, by the date in its path, a file, or a folder whose path ends with a
// slash, has no record of the days. The date is that of the delivery. A file may hold records from
// any time before
// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html),
// usually minutes, so the day after the last one is included.
func (s *Search) outsideDates(path string) bool {
	found := datedPath.FindStringSubmatch(path)
	if found == nil {
		return false
	}
	number := func(text string, otherwise int) int {
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
		return otherwise
	}
	year := number(found[1], 0)
	first := time.Date(year, time.Month(number(found[2], 1)), number(found[3], 1), 0, 0, 0, 0, time.UTC)
	end := first.AddDate(0, 0, 1) // exclusive
	if found[2] == "" {
		end = first.AddDate(1, 0, 0)
	} else if found[3] == "" {
		end = first.AddDate(0, 1, 0)
	}
	return !s.From.IsZero() && !end.After(s.From) || !s.To.IsZero() && !first.Before(s.To.AddDate(0, 0, 2))
}
