package stacks

import (
	"cmp"
	"maps"
	"slices"
	"testing"
)

// statefulTypes are the types of resource that hold data.
var statefulTypes = map[string]bool{
	"AWS::Events::EventBus": true, "AWS::Events::Archive": true, "AWS::SQS::Queue": true, "AWS::Logs::LogGroup": true,
	"AWS::DynamoDB::Table": true, "AWS::DynamoDB::GlobalTable": true, "AWS::S3::Bucket": true, "AWS::KMS::Key": true,
	"AWS::SecretsManager::Secret": true, "AWS::CloudTrail::Trail": true,
	"AWS::CloudFormation::StackSet": true, // deletes every forwarder
}

// statefulResources are the resources with data and their deletion policies, by the name of the
// stack. Another logical id is another resource, which is empty. constructs/README.md explains the
// policies.
var statefulResources = map[string]map[string]string{
	"TrailbusCentral": {
		"CentralTrailBusAC4EB075":              "Delete",
		"CentralTrailBusArchive540DD69F":       "Delete",
		"SlackNotifierQueue33F9A744":           "Delete",
		"SlackNotifierDeadLetterQueueE95166B3": "Delete",
		"SlackNotifierLogsCD42A147":            "Delete",
		"SlackNotifierTable1D0B819F":           "Delete",
	},
	"TrailbusForwarder": {
		"RegionalForwarderDeadLetterQueue46316447": "Delete",
	},
	"TrailbusForwarderStackSet": {
		"ForwarderStackSetE78D1813": "Delete",
	},
	"TrailbusTrail": {
		"TrailLogs73276642": "Retain", // the record that lasts
		"Trail8987F129":     "Delete",
	},
	"TrailbusForwarders": {
		"RegionalForwarderDeadLetterQueue46316447": "Delete",
	},
	"TrailbusPipeline": {
		"Artifacts82DD59A1":   "Retain",
		"ArtifactKey8D84C5F0": "Delete",
		"Logs6819BB44":        "Delete",
	},
	"TrailbusPipeline-support-us-east-1":      supportStackResources,
	"TrailbusPipeline-support-eu-west-1":      supportStackResources,
	"TrailbusPipeline-support-us-gov-east-1":  supportStackResources,
	"TrailbusPipeline-support-cn-northwest-1": supportStackResources,
}

// supportStackResources are the resources with data in the other Regions of a pipeline.
var supportStackResources = map[string]string{
	"CrossRegionCodePipelineReplicationBucketFC3227F2":              "Retain",
	"CrossRegionCodePipelineReplicationBucketEncryptionKey70216490": "Delete",
}

func TestLogicalIDsAndDeletionPoliciesOfDataStay(t *testing.T) {
	seen := map[string]bool{}
	forEachMode(t, func(t *testing.T, b synthesizedMode) {
		for id, name := range b.names {
			seen[name] = true
			got := map[string]string{}
			for logicalID, r := range resourcesOf(t, b.templates[id]) {
				if statefulTypes[r.Type] {
					got[logicalID] = cmp.Or(r.DeletionPolicy, "Delete")
					if replaced := cmp.Or(r.UpdateReplacePolicy, "Delete"); replaced != got[logicalID] {
						t.Errorf("%s: %s has the policy %s when it is deleted and %s when it is replaced", id, logicalID, got[logicalID], replaced)
					}
				}
			}
			if want := statefulResources[name]; !maps.Equal(got, want) {
				t.Errorf("%s holds state in\n%v\nwant\n%v", id, got, want)
			}
		}
	})
	if got, want := slices.Sorted(maps.Keys(seen)), slices.Sorted(maps.Keys(statefulResources)); !slices.Equal(got, want) {
		t.Errorf("the stacks are %q, and here are %q", got, want)
	}
}
