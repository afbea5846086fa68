package inspect

import (
	"errors"
	"slices"

	"github.com/aws/smithy-go"

	"github.com/trailbus/trailbus/internal/inspect/deployed"
	"github.com/trailbus/trailbus/internal/inspect/doctor"
)

// notFoundCodes are error codes of resources that do not exist.
var notFoundCodes = []string{"ResourceNotFoundException", "NoSuchEntity", "AWS.SimpleQueueService.NonExistentQueue",
	"QueueDoesNotExist", "TrailNotFoundException"}

func isNotFound(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && slices.Contains(notFoundCodes, api.ErrorCode())
}

// toAnswer makes an answer of a value and the error of the call.
func toAnswer[T any](value T, doing, permission string, err error) doctor.Answer[T] {
	switch {
	case isNotFound(err):
		return doctor.Answer[T]{}
	case err != nil:
		return doctor.Answer[T]{Err: deployed.Explain(doing, permission, err)}
	}
	return doctor.Found(value)
}
