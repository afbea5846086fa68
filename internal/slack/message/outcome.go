package message

import (
	"regexp"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// outcome says whether a call did what it was asked to.
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

// badge stands in the first line where a call did not succeed.
func (o outcome) badge() string {
	switch o {
	case denied:
		return "⛔ DENIED"
	case failed:
		return "❌ FAILED"
	}
	return ""
}

// verdict is said of every call, also of one that succeeded: silence could be a record that does not tell.
func (o outcome) verdict() string {
	switch o {
	case denied:
		return "denied"
	case failed:
		return "failed"
	}
	return "succeeded"
}

// failures are words of titles that already say that something did not succeed, in lower case.
var failures = []string{"denied", "failed", "failure", "refused", "rejected", "attempt", "tried"}

// saysFailure says that a title already tells that something did not succeed; another one would read as if it had.
func saysFailure(title string) bool {
	lower := strings.ToLower(title)
	return slices.ContainsFunc(failures, func(w string) bool { return strings.Contains(lower, w) })
}

// encodedMarker begins the part of an error message that only sts:DecodeAuthorizationMessage can read.
const encodedMarker = "Encoded authorization failure message:"

// ec2Unauthorized begins messages of EC2, which go on to say who may not do what.
const ec2Unauthorized = "You are not authorized to perform this operation."

// iamCaller begins IAM's messages, with who it was, which the message says above in a person's words.
var iamCaller = regexp.MustCompile(`^User: \S+ is not authorized\b`)

// iamDenial is IAM's message with what was refused, which the message says above where it is the call itself, and why it was:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
var iamDenial = regexp.MustCompile(`^not authorized to perform: (\S+)(?: on resource: \S+)? (?:because|with) (.+)$`)

// reason gives the error's code and message.
func reason(r *cloudtrail.Record) string {
	if !r.Failed() {
		return ""
	}
	message, _, _ := strings.Cut(r.ErrorMessage, encodedMarker)
	if rest, ok := strings.CutPrefix(message, ec2Unauthorized); ok && strings.Contains(rest, "is not authorized to perform") {
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
