package scp

import (
	"maps"
	"slices"
	"strings"
)

// CloudFormation names what has no name of its own by the stack, so that Trailbus' resources are
// known by the names of its stacks.
const (
	central   = "TrailbusCentral-*"
	forwarder = "TrailbusForwarder-*"
	instance  = "StackSet-Trailbus*" // stacks of a stack set are StackSet-, its name and a UUID
)

// statements are those of the policy.
func statements(o Options, a arns, exempt []string) []Statement {
	notifier := append(slices.Clone(exempt), a.arn("iam", "", "role/"+central))
	list := []Statement{
		statement("EveryAccount", exempt, nil, everyAccountParts(o, a, exempt)),
		statement("CentralAccount", exempt, nil, centralAccountParts(o, a)),
		statement("Contents", notifier, nil, contentParts(o, a)),
		statement("NotifierQueue", exempt, Conditions{"ArnLike": {"lambda:FunctionArn": a.list("lambda", "function:"+
			central)}}, []Part{{
			"What connects the queue with the notifier", actions("lambda", "DeleteEventSourceMapping UpdateEventSourceMapping"),
			[]string{"*"},
			"Without it the notifier reads its queue no more. It has a name that nobody knows beforehand, so it goes by the function."}}),
	}
	if o.CentralAccount != "" {
		list = append(list, statement("BusPolicy", exempt,
			Conditions{"StringEquals": {"aws:PrincipalAccount": {o.CentralAccount}}}, []Part{{
				"The policy of the central bus", actions("events", "PutPermission RemovePermission"), []string{"*"},
				"It lets the accounts send. The calls name no resource, so this holds for every bus of the central account, and of no other."}}))
	}
	return list
}

func statement(sid string, allowed []string, conditions Conditions, parts []Part) Statement {
	s := Statement{Sid: sid, Effect: "Deny", Condition: Conditions{"ArnNotLike": {"aws:PrincipalArn": allowed}},
		Parts: parts}
	maps.Copy(s.Condition, conditions)
	for _, part := range parts {
		s.Action = append(s.Action, part.Action...)
		s.Resource = append(s.Resource, part.Resource...)
	}
	return s
}

// Which resources an action goes by, and which by none, is in
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
func everyAccountParts(o Options, a arns, exempt []string) []Part {
	var trails, roles []string
	for _, name := range o.Trails {
		trails = append(trails, "trail/"+name)
	}
	for _, name := range []string{forwarder, central, instance} {
		roles = append(roles, a.arn("iam", "", "role/"+name))
	}
	return []Part{
		{"Forwarding rules and their targets", actions("events", "DeleteRule DisableRule PutRule PutTargets RemoveTargets"),
			a.list("events", "rule/"+forwarder, "rule/"+central, "rule/"+instance, "rule/trailbus/*"),
			"Without them an account is not seen any more; a stranger's rule on the central bus reads along."},
		{"Queues", actions("sqs", "AddPermission DeleteQueue PurgeQueue RemovePermission SetQueueAttributes"),
			a.list("sqs", forwarder, central, instance),
			"What waits in them are alerts that were not told yet, and events that did not cross."},
		{"Roles, and those that are exempt", actions("iam",
			"AttachRolePolicy CreateRole DeleteRole* DetachRolePolicy PutRole* UpdateAssumeRolePolicy"),
			append(roles, exempt...),
			"Events cross, and messages are told, with the rights of these roles. And whoever could make a role with an exempt name, or let " +
				"themselves into one, would be exempt: bootstrap accounts before the policy is attached, by a stack set, or with an --allow-role."},
		{"Stacks and stack sets", actions("cloudformation", "C* DeleteStack* Execute* ImportStacks* Rollback* S* Update*"),
			a.list("cloudformation", "stack/Trailbus*", "stack/"+instance, "stackset/Trailbus*"),
			"CloudFormation would change for others what they may not change themselves. A stack set in the management account is out of " +
				"reach: no such policy holds there."},
		{"Trails", actions("cloudtrail", "DeleteTrail PutEventSelectors StopLogging UpdateTrail"),
			a.list("cloudtrail", trails...),
			"EventBridge gets the events only of accounts in which a trail logs. Members cannot change an organization trail anyway; others they can."},
	}
}

func centralAccountParts(o Options, a arns) []Part {
	return []Part{
		{"The central bus and its archive", actions("events", "DeleteArchive DeleteEventBus UpdateArchive UpdateEventBus"),
			a.list("events", "event-bus/trailbus", "archive/TrailbusCentral*", "archive/CentralTrailBus*"),
			"Every account sends to this bus, and its archive is what can be told again after a failure."},
		{"The notifier", actions("lambda", "AddPermission DeleteFunction Put* UpdateFunction*"),
			a.list("lambda", "function:"+central),
			"The function that tells people: with other code or none it tells what somebody else wants, or nothing. Whoever else may call it tells lies."},
		{"The state", actions("dynamodb", "DeleteTable PutR* UpdateContinuous* UpdateT*"),
			a.list("dynamodb", "table/"+central),
			"It holds what was told already, and when each forwarder was last heard."},
		{"The log", actions("logs", "AssociateK* DeleteLog* PutD* PutR* PutT*"), a.list("logs", "log-group:"+central),
			"It says what became of each event. Without it nobody can show what was not told."},
		{"The alarms, their topic, the dashboard", append(actions("cloudwatch", "Delete* Disable* Put* Set*"),
			actions("sns", "AddPermission DeleteT* PutD* RemovePermission SetT*")...),
			append(append(a.list("cloudwatch", "alarm:"+central), a.list("sns", central)...),
				a.arn("cloudwatch", "", "dashboard/"+central)),
			"They say, or show, that Trailbus does not work when it cannot say so itself."},
		{"The Slack secret", actions("secretsmanager", "Delete* Put* RotateSecret UpdateSecret*"),
			a.list("secretsmanager", "secret:"+o.Secret+"-*"),
			"With another webhook or token the messages go to somebody else, or to nobody. Who makes or renews the secret needs an --allow-role."},
		{"The pipeline", actions("codepipeline", "DeleteP* Disable* Stop* UpdateP*"), a.list("codepipeline", "Trailbus*"),
			"It deploys all of it, with rights in every account."},
	}
}

// contentParts are what only the notifier may read and write.
func contentParts(o Options, a arns) []Part {
	return []Part{
		{"Messages in queues", actions("sqs", "DeleteMessage ReceiveMessage StartMessageMoveTask"),
			a.list("sqs", forwarder, central, instance),
			"Whoever takes a message out silences it. People who look at dead letters or move them back need an --allow-role."},
		{"What the state holds", actions("dynamodb", "BatchWriteItem DeleteItem PutItem UpdateItem"),
			a.list("dynamodb", "table/"+central),
			"An event that is noted as told is not told."},
		{"The value of the Slack secret", actions("secretsmanager", "GetSecretValue"),
			a.list("secretsmanager", "secret:"+o.Secret+"-*"),
			"Whoever reads it can post in the name of Trailbus."},
	}
}

// actions writes those of a service. In a policy they end with * where that is short: each is
// denied for Trailbus' own resources alone, and what else begins so changes them too, or is not
// done to them.
func actions(service, names string) []string {
	var list []string
	for name := range strings.FieldsSeq(names) {
		list = append(list, service+":"+name)
	}
	return list
}
