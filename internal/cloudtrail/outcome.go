package cloudtrail

import (
	"cmp"
	"slices"
	"strings"
)

// Failed reports whether the call failed. An errorCode of "200" is a success; a failed sign-in has
// an errorMessage without a code, or only "ConsoleLogin": "Failure" in the response.
func (r *Record) Failed() bool {
	switch r.ErrorCode {
	case "200":
		return false
	case "":
		return r.ErrorMessage != "" || r.responseError() != "" || r.resultIs("Failure")
	}
	return true
}

// responseError gives the errorCode in the response, where some services put their errors.
func (r *Record) responseError() string {
	code := text(object(r.ResponseElements)["errorCode"])
	if code == "200" {
		return ""
	}
	return code
}

// resultIs reports whether a sign-in event has a result under its own name, as in
// "responseElements": {"ConsoleLogin": "Failure"} or "serviceEventDetails":
// {"CredentialVerification": "Failure"}.
func (r *Record) resultIs(word string) bool {
	if r.EventName == "" {
		return false
	}
	return text(object(r.ResponseElements)[r.EventName]) == word ||
		text(object(r.ServiceEventDetails)[r.EventName]) == word
}

// deniedCodes are parts of the error codes of denied calls, in lower case. Services add prefixes
// and suffixes: AccessDenied, AccessDeniedException, Client.UnauthorizedOperation,
// VpceAccessDenied, NotAuthorizedException.
var deniedCodes = []string{"accessdenied", "unauthorized", "notauthorized", "authorizationerror", "forbidden"}

// Denied reports whether the call failed because the caller was not allowed to make it. Every
// denied call has also [Record.Failed].
func (r *Record) Denied() bool {
	return r.Failed() && AccessDenied(cmp.Or(r.ErrorCode, r.responseError()))
}

// AccessDenied reports whether an error code of an AWS service means that the caller is not allowed
// to make the call.
func AccessDenied(code string) bool {
	code = strings.ToLower(code)
	return slices.ContainsFunc(deniedCodes, func(d string) bool { return strings.Contains(code, d) })
}
