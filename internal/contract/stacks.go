package contract

// The stacks' names in CloudFormation. An account and Region has one of each at most.
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
