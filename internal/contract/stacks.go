package contract

// The names of the stacks in CloudFormation. An account and Region has one of each at most.
const (
	CentralStackName           = "TrailbusCentral"
	ForwarderStackName         = "TrailbusForwarder"
	ForwarderStackSetStackName = "TrailbusForwarderStackSet"
	TrailStackName             = "TrailbusTrail"
	PipelineStackName          = "TrailbusPipeline"
)

// The outputs of the central stack.
const (
	OutputBusARN             = "BusArn"
	OutputQueueURL           = "QueueUrl"
	OutputDeadLetterQueueURL = "DeadLetterQueueUrl"
	OutputNotifierName       = "NotifierName"
	OutputNotifierLogGroup   = "NotifierLogGroup"
	OutputArchiveARN         = "ArchiveArn"
	OutputNotifierRuleARN    = "NotifierRuleArn"
	OutputTableName          = "TableName"
)

// InspectionRole is the name of the role that a forwarder may offer to the central account. The
// name is fixed, since the central account must know it, and begins with the name of the
// forwarder's stack, since the service control policy of `trailbus scp` protects roles by that
// prefix.
const InspectionRole = "TrailbusForwarder-Inspection"
