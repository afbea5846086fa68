package logfiles

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// CloudTrail puts log files into PREFIX/AWSLogs/[ORGANIZATION/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/, Insights' into CloudTrail-Insight,
// and digests into CloudTrail-Digest: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-find-log-files.html
var datedPath = regexp.MustCompile(`(?:^|/)CloudTrail(?:-Insight|-NetworkActivity)?/[a-z0-9-]+/(\d{4})/(?:(\d\d)/(?:(\d\d)/)?)?`)

// isDigest says that a path is of a file, or a folder of files, that proves that log files were not changed.
func isDigest(path string) bool {
	return strings.Contains("/"+path, "/CloudTrail-Digest/")
}

// isDayFolder says that a path is within the folder of one day.
func isDayFolder(path string) bool {
	found := datedPath.FindStringSubmatch(path)
	return found != nil && found[3] != ""
}

// outsideDates says that by its date a file, or all of a folder whose path ends with a slash, has no record of the days that are looked
// for. The date is that of the delivery. A file may hold records from any time before
// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html); that they are delivered minutes later
// is normal, so the day after the last one is read too.
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
	end := first.AddDate(0, 0, 1) // the first moment behind it
	if found[2] == "" {
		end = first.AddDate(1, 0, 0)
	} else if found[3] == "" {
		end = first.AddDate(0, 1, 0)
	}
	return !s.From.IsZero() && !end.After(s.From) || !s.To.IsZero() && !first.Before(s.To.AddDate(0, 0, 2))
}
