package trailbus

import (
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

var rolePath = regexp.MustCompile(`^/([!-.0-~]+/)*$`)

// checkRolePath refuses what IAM would, in the middle of a deployment
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names).
func checkRolePath(path *string) error {
	if path == nil || *awscdk.Token_IsUnresolved(*path) {
		return nil
	}
	if len(*path) > 512 {
		return fmt.Errorf("RolePath: found %d characters, allowed: 512", len(*path))
	}
	if !rolePath.MatchString(*path) {
		return fmt.Errorf("RolePath: found %q, allowed: a path that begins and ends with a slash, such as /platform/", *path)
	}
	return nil
}
