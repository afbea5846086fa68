package deployed

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/smithy-go"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// invalidCredentials are the codes by which AWS refuses credentials:
// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
var invalidCredentials = []string{"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId",
	"UnrecognizedClientException", "SignatureDoesNotMatch"}

// Explain describes an error of AWS in one line: what was being done, and which permission it
// needs.
func Explain(doing, permission string, err error) error {
	api, ok := errors.AsType[smithy.APIError](err)
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case !ok:
		return fmt.Errorf("%s: %w", doing, err)
	case cloudtrail.AccessDenied(api.ErrorCode()):
		return fmt.Errorf("%s: access denied; %s is needed (%s)", doing, permission, api.ErrorMessage())
	case slices.Contains(invalidCredentials, api.ErrorCode()):
		return fmt.Errorf("%s: AWS does not take the credentials; they may have expired (%s: %s)", doing, api.ErrorCode(),
			api.ErrorMessage())
	}
	return fmt.Errorf("%s: %s: %s", doing, api.ErrorCode(), api.ErrorMessage())
}
