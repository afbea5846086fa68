package stacks

import (
	"regexp"
	"slices"
	"testing"
)

var arnPartition = regexp.MustCompile(`\barn:([a-z*-]+):`)

// EventBridge and IAM do not cross a partition, and CloudFormation takes no ARN of another one.
func TestEveryARNIsOfThePartitionOfTheStack(t *testing.T) {
	var crossed []string
	forEachMode(t, func(t *testing.T, b synthesizedMode) {
		found := 0
		for id, text := range b.templates {
			for _, match := range arnPartition.FindAllStringSubmatch(text, -1) {
				// A pattern may match ARNs of any partition, and the CDK lets the pipeline update
				// itself in any.
				if found++; match[1] != b.partition && match[1] != "aws*" && match[1] != "*" {
					t.Errorf("%s has an ARN of %s", id, match[1])
				}
			}
		}
		if found < len(b.templates) {
			t.Errorf("%d ARNs in %d templates, so this test sees nothing", found, len(b.templates))
		}
		crossed = append(crossed, b.partition)
	})
	for _, partition := range []string{"aws", "aws-us-gov", "aws-cn", "aws-eusc"} {
		if !slices.Contains(crossed, partition) {
			t.Errorf("no deployment mode is in %s", partition)
		}
	}
}
