package message

import (
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

// word stands in the first line where a call did not succeed.
func (o outcome) word() string {
	switch o {
	case denied:
		return "⛔ DENIED"
	case failed:
		return "❌ FAILED"
	}
	return ""
}

// encoded begins the part of an error message that only sts:DecodeAuthorizationMessage can read.
const encoded = "Encoded authorization failure message:"

// reason gives the error's code and message.
func reason(r *cloudtrail.Record) string {
	if !r.Failed() {
		return ""
	}
	message, _, _ := strings.Cut(r.ErrorMessage, encoded)
	message = oneLine(redactText(message))
	code := oneLine(redactText(r.ErrorCode))
	switch {
	case code == "":
		return cut(message, errorLimit)
	case message == "":
		return cut(code, errorLimit)
	}
	return cut(code+": "+message, errorLimit)
}
