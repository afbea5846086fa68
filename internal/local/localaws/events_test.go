package localaws_test

import (
	"slices"
	"strings"
	"testing"
)

// topology deploys a central bus and one forwarder and returns the forwarder's stack.
func (w world) topology(policy, rule object) stack {
	w.t.Helper()
	stack{w.t, w.s, w.central, home, "central"}.must("CREATE", template(w.centralResources(policy)))
	f := stack{w.t, w.s, w.member, away, "forwarder"}
	f.must("CREATE", template(forwarderResources(w.member, w.bus, rule)))
	return f
}

func TestEventCrossesAccountAndRegion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.topology(busPolicy(orgOnly), nil)
	id := createUser.put(t, w.s, w.member, away, "").EventId
	got := receive(t, w.s, w.central, home, "events")
	if len(got) != 1 {
		t.Fatalf("%d messages on the central queue, wanted 1", len(got))
	}
	e := decode(t, got[0])
	if e.ID != *id || e.Version != "0" || e.Source != "aws.iam" || e.DetailType != createUser.detailType ||
		e.Account != w.member || e.Region != away || e.Time != "2026-11-01T12:30:00Z" ||
		!slices.Equal(e.Resources, createUser.resources) || !strings.Contains(string(e.Detail), "CreateUser") {
		t.Errorf("the envelope changed on its way: %s", *got[0].Body)
	}
	other := createUser
	other.source = "aws.s3" // not what the forwarder's pattern wants
	other.put(t, w.s, w.member, away, "")
	if got := receive(t, w.s, w.central, home, "events"); len(got) != 0 {
		t.Errorf("an event that the pattern does not want arrived: %s", *got[0].Body)
	}
	if u, err := w.undelivered(); err != nil || len(u) != 0 {
		t.Errorf("undelivered: %v, %v, wanted none", u, err)
	}
}

func TestSecondHopIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	resources := w.centralResources(busPolicy(orgOnly))
	resources["Letters"] = resource("AWS::SQS::Queue", object{"QueueName": "letters"})
	resources["LettersAccess"] = queuePolicy("Letters", w.central)
	resources["Third"] = resource("AWS::Events::EventBus", object{"Name": "third"})
	resources["ThirdQueue"] = resource("AWS::SQS::Queue", object{"QueueName": "third"})
	resources["ThirdAccess"] = queuePolicy("ThirdQueue", w.central)
	anything := object{"source": []any{object{"prefix": ""}}}
	resources["Relay"] = resource("AWS::Events::Rule", object{
		"EventBusName": ref("Bus"), "EventPattern": anything,
		"Targets": []any{object{"Id": "Third", "Arn": att("Third", "Arn"), "DeadLetterConfig": object{"Arn": att("Letters", "Arn")}}},
	}, object{"DependsOn": "LettersAccess"})
	resources["ThirdRule"] = resource("AWS::Events::Rule", object{
		"EventBusName": ref("Third"), "EventPattern": anything,
		"Targets": []any{object{"Id": "Queue", "Arn": att("ThirdQueue", "Arn")}},
	})
	stack{t, w.s, w.central, home, "central"}.must("CREATE", template(resources))
	stack{t, w.s, w.member, away, "forwarder"}.must("CREATE", template(forwarderResources(w.member, w.bus, nil)))

	createUser.put(t, w.s, w.member, away, "")
	if got := receive(t, w.s, w.central, home, "third"); len(got) != 0 {
		t.Errorf("a second hop was delivered: %s", *got[0].Body)
	}
	letters := receive(t, w.s, w.central, home, "letters")
	if len(letters) != 1 || attribute(letters[0], "ERROR_CODE") != "THIRD_ACCOUNT_HOP_DETECTED" {
		t.Fatalf("dead letters %+v, wanted one with THIRD_ACCOUNT_HOP_DETECTED", letters)
	}
	if got := receive(t, w.s, w.central, home, "events"); len(got) != 1 {
		t.Errorf("%d messages on the central queue, wanted 1: the first hop is allowed", len(got))
	}
	// From the bus itself it is the first hop.
	own := event{source: "my.app", detailType: "something", detail: `{}`}
	own.put(t, w.s, w.central, home, "central")
	if got := receive(t, w.s, w.central, home, "third"); len(got) != 1 {
		t.Errorf("%d messages after one hop, wanted 1", len(got))
	}
}

func TestRuleStates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	read := createUser
	read.detail = `{"eventName":"GetUser","readOnly":true,"managementEvent":true}`
	data := createUser
	data.detail = `{"eventName":"GetObject","readOnly":true,"managementEvent":false}`
	stack{t, w.s, w.central, home, "central"}.must("CREATE", template(w.centralResources(busPolicy(orgOnly))))
	f := stack{t, w.s, w.member, away, "forwarder"}
	kind := "CREATE"
	for _, c := range []struct {
		state             string
		write, read, data int
	}{
		{"ENABLED", 1, 0, 1},
		{"DISABLED", 0, 0, 0},
		{"ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", 1, 1, 1},
	} {
		f.must(kind, template(forwarderResources(w.member, w.bus, object{"State": c.state})))
		kind = "UPDATE"
		for _, put := range []struct {
			name   string
			event  event
			wanted int
		}{{"a write", createUser, c.write}, {"a read", read, c.read}, {"a data event", data, c.data}} {
			put.event.put(t, w.s, w.member, away, "")
			if got := receive(t, w.s, w.central, home, "events"); len(got) != put.wanted {
				t.Errorf("state %s, %s: %d messages, wanted %d", c.state, put.name, len(got), put.wanted)
			}
		}
	}
}

func TestPutTargetsAsksTheBus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stack{t, w.s, w.central, home, "central"}.must("CREATE", template(w.centralResources(busPolicy(orgOnly))))
	for _, c := range []struct {
		name, account, bus string
		change             func(resources object)
		wanted             string // in the reason of the failure
	}{
		{"an account outside the organization", w.outsider, w.bus, nil, "is denied"},
		{"no such bus", w.member, strings.TrimSuffix(w.bus, "central") + "none", nil, "does not exist"},
		{"no role", w.member, w.bus, func(r object) {
			delete(r["Rule"].(object)["Properties"].(object)["Targets"].([]any)[0].(object), "RoleArn")
		}, "RoleArn is required"},
		{"no such role", w.member, w.bus, func(r object) {
			r["Rule"].(object)["Properties"].(object)["Targets"].([]any)[0].(object)["RoleArn"] = "arn:aws:iam::" + w.member + ":role/none"
		}, "role/none does not exist"},
		{"input for a bus", w.member, w.bus, func(r object) {
			r["Rule"].(object)["Properties"].(object)["Targets"].([]any)[0].(object)["Input"] = "{}"
		}, "Modifying the input"},
		{"an unknown operator", w.member, w.bus, func(r object) {
			r["Rule"].(object)["Properties"].(object)["EventPattern"] = object{"source": []any{object{"begins": "aws."}}}
		}, "Unrecognized match type begins"},
		{"a pattern that is too long", w.member, w.bus, func(r object) {
			r["Rule"].(object)["Properties"].(object)["EventPattern"] = object{"source": []any{strings.Repeat("x", 2048)}}
		}, "allowed: 2048"},
	} {
		resources := forwarderResources(c.account, c.bus, nil)
		if c.change != nil {
			c.change(resources)
		}
		k := stack{t, w.s, c.account, away, "forwarder"}
		status, reasons := k.deploy("CREATE", template(resources))
		if status != "ROLLBACK_COMPLETE" || !strings.Contains(strings.Join(reasons, "\n"), c.wanted) {
			t.Errorf("%s: status %s, reasons %q, wanted ROLLBACK_COMPLETE and %q", c.name, status, reasons, c.wanted)
		}
		if code, body := k.call("DeleteStack", nil); code != 200 {
			t.Errorf("deleting the failed stack: %d %s", code, body)
		}
	}
	// The same with nothing wrong.
	stack{t, w.s, w.member, away, "forwarder"}.must("CREATE", template(forwarderResources(w.member, w.bus, nil)))
}

func TestDeniedDeliveryIsADeadLetter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admits := busPolicy(object{
		"StringEquals": object{"aws:PrincipalOrgID": orgID, "events:detail-type": []any{createUser.detailType}},
		"StringLike":   object{"events:source": "aws.*"},
		"Bool":         object{"events:eventBusInvocation": "true"},
	})
	f := w.topology(busPolicy(orgOnly), nil)
	k := stack{t, w.s, w.central, home, "central"}
	for i, c := range []struct {
		name    string
		central object // the central account's resources after the forwarder is there
		wanted  string
		message string
	}{
		{"the policy no longer admits the organization",
			w.centralResources(busPolicy(object{"StringEquals": object{"aws:PrincipalOrgID": "o-another000"}})), "NO_PERMISSIONS", "aws:PrincipalOrgID"},
		{"the policy wants another source",
			w.centralResources(busPolicy(object{"StringEquals": object{"aws:PrincipalOrgID": orgID}, "StringLike": object{"events:source": "aws.s3*"}})), "NO_PERMISSIONS", "events:source"},
		{"the policy wants another detail type",
			w.centralResources(busPolicy(object{"StringEquals": object{"events:detail-type": []any{"AWS Service Event via CloudTrail"}}})), "NO_PERMISSIONS", "events:detail-type"},
		{"the policy wants PutEvents instead of a rule",
			w.centralResources(busPolicy(object{"Bool": object{"events:eventBusInvocation": "false"}})), "NO_PERMISSIONS", "eventBusInvocation"},
		{"the bus is gone", object{"Queue": w.centralResources(nil)["Queue"]}, "NO_RESOURCE", "does not exist"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k.must("UPDATE", template(w.centralResources(admits)))
			createUser.put(t, w.s, w.member, away, "")
			if got := receive(t, w.s, w.central, home, "events"); len(got) != 1 {
				t.Fatalf("%d messages while all is well, wanted 1", len(got))
			}
			k.must("UPDATE", template(c.central))
			createUser.put(t, w.s, w.member, away, "")
			if got := receive(t, w.s, w.central, home, "events"); len(got) != 0 {
				t.Errorf("the event arrived: %s", *got[0].Body)
			}
			letters := receive(t, w.s, w.member, away, "letters")
			if len(letters) != 1 {
				t.Fatalf("%d dead letters, wanted 1", len(letters))
			}
			if code := attribute(letters[0], "ERROR_CODE"); code != c.wanted {
				t.Errorf("ERROR_CODE %q, wanted %q", code, c.wanted)
			}
			if m := attribute(letters[0], "ERROR_MESSAGE"); !strings.Contains(m, c.message) {
				t.Errorf("ERROR_MESSAGE %q does not speak of %q", m, c.message)
			}
			if a := attribute(letters[0], "TARGET_ARN"); a != w.bus {
				t.Errorf("TARGET_ARN %q, wanted %q", a, w.bus)
			}
			if a := attribute(letters[0], "RULE_ARN"); !strings.HasPrefix(a, "arn:aws:events:"+away+":"+w.member+":rule/"+f.name+"-Rule-") {
				t.Errorf("RULE_ARN %q is not that of the forwarder's rule", a)
			}
			if e := decode(t, letters[0]); e.Account != w.member || e.Source != "aws.iam" {
				t.Errorf("the letter is not the event: %s", *letters[0].Body)
			}
			u, err := w.undelivered()
			if last := len(u) - 1; err != nil || last != i || u[last].Code != c.wanted || u[last].Lost != "" {
				t.Errorf("undelivered %+v, %v, wanted one more, with %s and not lost", u, err, c.wanted)
			}
		})
	}
}

func TestRoleOfTheForwarderCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.topology(busPolicy(orgOnly), nil)
	for _, c := range []struct{ name, path, wanted string }{
		{"may not put events", "Policies", "may not put events"},
		{"may not be assumed", "AssumeRolePolicyDocument", "may not assume"},
	} {
		resources := forwarderResources(w.member, w.bus, nil)
		properties := resources["Role"].(object)["Properties"].(object)
		if c.path == "Policies" {
			properties["Policies"] = []any{}
		} else {
			properties[c.path] = object{"Version": "2012-10-17", "Statement": []any{object{
				"Effect": "Allow", "Principal": object{"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
			}}}
		}
		f.must("UPDATE", template(resources))
		createUser.put(t, w.s, w.member, away, "")
		if got := receive(t, w.s, w.central, home, "events"); len(got) != 0 {
			t.Errorf("a role that %s: the event arrived", c.name)
		}
		letters := receive(t, w.s, w.member, away, "letters")
		if len(letters) != 1 || !strings.Contains(attribute(letters[0], "ERROR_MESSAGE"), c.wanted) {
			t.Errorf("a role that %s: letters %+v, wanted one that says %q", c.name, letters, c.wanted)
		}
	}
	f.must("UPDATE", template(forwarderResources(w.member, w.bus, nil)))
	createUser.put(t, w.s, w.member, away, "")
	if got := receive(t, w.s, w.central, home, "events"); len(got) != 1 {
		t.Errorf("%d messages once the role is right again, wanted 1", len(got))
	}
}

func TestQueuePolicyCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	resources := w.centralResources(busPolicy(orgOnly))
	resources["Access"] = queuePolicy("Queue", w.member) // the rule is the central account's
	stack{t, w.s, w.central, home, "central"}.must("CREATE", template(resources))
	own := createUser
	own.source = "my.app"
	stack{t, w.s, w.member, away, "forwarder"}.must("CREATE", template(forwarderResources(w.member, w.bus, nil)))
	createUser.put(t, w.s, w.member, away, "")
	if got := receive(t, w.s, w.central, home, "events"); len(got) != 0 {
		t.Errorf("the queue took what its policy does not admit: %s", *got[0].Body)
	}
	u, err := w.undelivered()
	if err != nil || len(u) != 1 || u[0].Code != "NO_RESOURCE" || u[0].Lost == "" {
		t.Errorf("undelivered %+v, %v, wanted one that is lost", u, err)
	}
}

func TestNobodyForgesAWSSources(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.topology(busPolicy(orgOnly), nil)
	// A member of the organization straight on the central bus, and the central account itself.
	for _, from := range []struct{ account, region, bus string }{{w.member, away, w.bus}, {w.central, home, "central"}} {
		entry := createUser.put(t, w.s, from.account, from.region, from.bus)
		if entry.ErrorCode == nil || *entry.ErrorCode != "NotAuthorizedForSourceException" {
			t.Errorf("account %s: %+v, wanted NotAuthorizedForSourceException", from.account, entry)
		}
	}
	own := event{source: "my.app", detailType: "AWS API Call via CloudTrail", detail: `{"eventName":"CreateUser"}`}
	if entry := own.put(t, w.s, w.member, away, w.bus); entry.EventId == nil {
		t.Errorf("a member's own event on the central bus: %+v, wanted it taken, as the policy says", entry)
	}
	if entry := own.put(t, w.s, w.outsider, away, w.bus); entry.ErrorCode == nil || *entry.ErrorCode != "AccessDeniedException" {
		t.Errorf("an outsider's event on the central bus: %+v, wanted AccessDeniedException", entry)
	}
	if got := receive(t, w.s, w.central, home, "events"); len(got) != 0 {
		t.Errorf("the rule for aws. took %s", *got[0].Body)
	}
}
