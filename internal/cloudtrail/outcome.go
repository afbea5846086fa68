package cloudtrail

import (
	"slices"
	"strings"
)

// Failed says that the call did not do what it was asked to. An errorCode of "200" is a success; sign-ins tell their failure by
// an errorMessage without a code, or only by "ConsoleLogin": "Failure" in the response.
func (r *Record) Failed() bool {
	switch r.ErrorCode {
	case "200":
		return false
	case "":
		return r.ErrorMessage != "" || r.responseError() != "" || r.resultIs("Failure")
	}
	return true
}

// responseError is an errorCode in the response: some services leave their errors there.
func (r *Record) responseError() string {
	code := text(object(r.ResponseElements)["errorCode"])
	if code == "200" {
		return ""
	}
	return code
}

// resultIs says that a sign-in event carries the given word under its own name, as in
// "responseElements": {"ConsoleLogin": "Failure"} or "serviceEventDetails": {"CredentialVerification": "Failure"}.
func (r *Record) resultIs(word string) bool {
	if r.EventName == "" {
		return false
	}
	return text(object(r.ResponseElements)[r.EventName]) == word || text(object(r.ServiceEventDetails)[r.EventName]) == word
}

// deniedCodes are what the error codes of refused calls contain, in lower case, whatever prefix or suffix the service adds:
// AccessDenied, AccessDeniedException, Client.UnauthorizedOperation, VpceAccessDenied, NotAuthorizedException, …
var deniedCodes = []string{"accessdenied", "unauthorized", "notauthorized", "authorizationerror", "forbidden"}

// Denied says that the call failed because the caller was not allowed to make it. Every denied call has [Record.Failed].
func (r *Record) Denied() bool {
	if !r.Failed() {
		return false
	}
	code := r.ErrorCode
	if code == "" {
		code = r.responseError()
	}
	return AccessDenied(code)
}

// AccessDenied says that an error code of an AWS service means that the caller is not allowed to make the call.
func AccessDenied(code string) bool {
	code = strings.ToLower(code)
	return slices.ContainsFunc(deniedCodes, func(d string) bool { return strings.Contains(code, d) })
}
