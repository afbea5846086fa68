package localaws_test

import (
	"encoding/json"
	"maps"
)

// object is a part of a template.
type object = map[string]any

func resource(kind string, properties object, more ...object) object {
	r := object{"Type": kind, "Properties": properties}
	for _, m := range more {
		maps.Copy(r, m)
	}
	return r
}

func template(resources object, outputs ...object) string {
	t := object{"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
	for _, o := range outputs {
		t["Outputs"] = o
	}
	text, err := json.Marshal(t)
	if err != nil {
		panic(err) // only a test's own mistake
	}
	return string(text)
}

func att(id, name string) object { return object{"Fn::GetAtt": []string{id, name}} }
func ref(id string) object       { return object{"Ref": id} }

// queuePolicy lets EventBridge send to a queue, for the rules of one account.
func queuePolicy(queue string, account any) object {
	return resource("AWS::SQS::QueuePolicy", object{
		"Queues": []any{ref(queue)},
		"PolicyDocument": object{"Version": "2012-10-17", "Statement": []any{object{
			"Effect": "Allow", "Principal": object{"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
			"Resource":  att(queue, "Arn"),
			"Condition": object{"StringEquals": object{"aws:SourceAccount": account}},
		}}},
	})
}

// busPolicy admits the accounts of the organization with events of AWS services, on top of what
// more says.
func busPolicy(condition object) object {
	return resource("AWS::Events::EventBusPolicy", object{
		"EventBusName": ref("Bus"), "StatementId": "Organization",
		"Statement": object{
			"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": att("Bus", "Arn"),
			"Condition": condition,
		},
	})
}

var orgOnly = object{"StringEquals": object{"aws:PrincipalOrgID": orgID}}

// centralResources is the central account's side: a bus, its policy, a rule and a queue.
func (w world) centralResources(policy object) object {
	return object{
		"Bus":    resource("AWS::Events::EventBus", object{"Name": "central"}),
		"Policy": policy,
		"Queue":  resource("AWS::SQS::Queue", object{"QueueName": "events", "VisibilityTimeout": 60}),
		"Access": queuePolicy("Queue", w.central),
		"Rule": resource("AWS::Events::Rule", object{
			"EventBusName": ref("Bus"), "State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
			"EventPattern": object{"source": []any{object{"prefix": "aws."}}},
			"Targets":      []any{object{"Id": "Queue", "Arn": att("Queue", "Arn")}},
		}),
	}
}

// forwarderRole may be assumed by EventBridge and may put events on one bus.
func forwarderRole(bus any) object {
	return resource("AWS::IAM::Role", object{
		"AssumeRolePolicyDocument": object{"Version": "2012-10-17", "Statement": []any{object{
			"Effect": "Allow", "Principal": object{"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole",
		}}},
		"Policies": []any{object{"PolicyName": "forward", "PolicyDocument": object{"Version": "2012-10-17", "Statement": []any{
			object{"Effect": "Allow", "Action": "events:PutEvents", "Resource": bus},
		}}}},
	})
}

// forwarderResources is a member's side: a rule on the default bus that forwards to a bus, a role
// and a dead-letter queue.
func forwarderResources(account, bus any, rule object) object {
	properties := object{
		"EventPattern": object{"source": []any{"aws.iam"}},
		"Targets": []any{object{
			"Id": "Central", "Arn": bus, "RoleArn": att("Role", "Arn"),
			"DeadLetterConfig": object{"Arn": att("Letters", "Arn")},
		}},
	}
	maps.Copy(properties, rule)
	return object{
		"Role":    forwarderRole(bus),
		"Letters": resource("AWS::SQS::Queue", object{"QueueName": "letters"}),
		"Access":  queuePolicy("Letters", account),
		"Rule":    resource("AWS::Events::Rule", properties, object{"DependsOn": []any{"Access"}}),
	}
}
