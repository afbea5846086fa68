package message

import (
	"regexp"
	"strings"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// outcome says whether a call succeeded. Its numbers are stored.
type outcome int

const (
	succeeded outcome = iota
	denied
	failed
)

func outcomeOf(r *cloudtrail.Record) outcome {
	switch {
	case r.Denied():
		return denied
	case r.Failed():
		return failed
	}
	return succeeded
}

// badge is in the headline of a call that did not succeed.
func (o outcome) badge() string {
	switch o {
	case denied:
		return "⛔ DENIED"
	case failed:
		return "❌ FAILED"
	}
	return ""
}

// verdict is shown for every call, also for one that succeeded, so that the reader need not infer
// it.
func (o outcome) verdict() string {
	switch o {
	case denied:
		return "denied"
	case failed:
		return "failed"
	}
	return "succeeded"
}

// failures are words of titles about calls that did not succeed, in lower case.
var failures = []string{"denied", "failed", "failure", "refused", "rejected", "attempt", "tried"}

// saysFailure reports whether a title says that a call did not succeed. Other titles read as if it
// had.
func saysFailure(title string) bool {
	return containsAny(strings.ToLower(title), failures)
}

// encodedMarker begins the part of an error message that is encoded for
// sts:DecodeAuthorizationMessage.
const encodedMarker = "Encoded authorization failure message:"

// ec2Unauthorized begins error messages of EC2 that continue with a message like IAM's.
const ec2Unauthorized = "You are not authorized to perform this operation."

// iamCaller begins IAM's error messages. It names the caller, whom the message names already.
var iamCaller = regexp.MustCompile(`^User: \S+ is not authorized\b`)

// iamDenial is IAM's error message: the denied action, which the message names already if it is the
// call, and the reason:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
var iamDenial = regexp.MustCompile(`^not authorized to perform: (\S+)(?: on resource: \S+)? (?:because|with) (.+)$`)

// reason gives the error's code and message.
func reason(r *cloudtrail.Record) string {
	if !r.Failed() {
		return ""
	}
	message, _, _ := strings.Cut(r.ErrorMessage, encodedMarker)
	if rest, ok := strings.CutPrefix(message, ec2Unauthorized); ok && strings.Contains(rest,
		"is not authorized to perform") {
		message = rest
	}
	message = iamCaller.ReplaceAllString(oneLine(redactText(message)), "not authorized")
	if m := iamDenial.FindStringSubmatch(message); m != nil && m[1] == call(r) {
		message = m[2]
	}
	code := oneLine(redactText(r.ErrorCode))
	switch {
	case code == "":
		return cut(message, errorLimit)
	case message == "":
		return cut(code, errorLimit)
	}
	return cut(code+": "+message, errorLimit)
}
