package localaws_test

import (
	"encoding/json"
	"encoding/xml"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// organizations makes one call of Organizations and reads a part of its answer.
func (w world) organizations(action string, in object, into any) {
	w.t.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		w.t.Fatal(err)
	}
	answer := jsonCall(w.t, w.s, w.outsider, "organizations", "AWSOrganizationsV20161128."+action, "/", string(text))
	if strings.Contains(answer, "__type") {
		w.t.Fatalf("%s: %s", action, answer)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(answer), into); err != nil {
			w.t.Fatalf("%s: %v: %s", action, err, answer)
		}
	}
}

// newUnit and newAccount give the ids of what they make.
func (w world) newUnit(parent, name string) string {
	w.t.Helper()
	var made struct{ OrganizationalUnit struct{ ID string } }
	w.organizations("CreateOrganizationalUnit", object{"ParentId": parent, "Name": name}, &made)
	return made.OrganizationalUnit.ID
}

func (w world) newAccount(root, unit, name string) string {
	w.t.Helper()
	var made struct {
		CreateAccountStatus struct{ AccountID string }
	}
	w.organizations("CreateAccount", object{"Email": name + "@example.com", "AccountName": name}, &made)
	id := made.CreateAccountStatus.AccountID
	if len(id) != 12 {
		w.t.Fatalf("account %q", id)
	}
	if unit != root {
		w.organizations("MoveAccount", object{"AccountId": id, "SourceParentId": root, "DestinationParentId": unit}, nil)
	}
	return id
}

const stackSetsPrincipal = "member.org.stacksets.cloudformation.amazonaws.com"

// An organization of its own: the outsider manages it, and the central account is one that it made.
func TestAStackSetReachesAnOrganization(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var made struct{ Organization struct{ ID string } }
	w.organizations("CreateOrganization", object{"FeatureSet": "ALL"}, &made)
	var roots struct{ Roots []struct{ ID string } }
	w.organizations("ListRoots", object{}, &roots)
	root := roots.Roots[0].ID
	unit := w.newUnit(root, "workloads")
	child := w.newUnit(unit, "production")
	w.central = w.newAccount(root, root, "security")
	w.bus = "arn:aws:events:" + home + ":" + w.central + ":event-bus/central"
	inUnit, inChild, left := w.newAccount(root, unit, "a"), w.newAccount(root, child, "b"), w.newAccount(root, unit, "c")
	stack{t, w.s, w.central, home, "central"}.must("CREATE", template(w.centralResources(busPolicy(object{"StringEquals": object{"aws:PrincipalOrgID": made.Organization.ID}}))))

	k := stack{t, w.s, w.central, home, "set"}
	body := func(source string) string {
		return template(forwarderResources(ref("AWS::AccountId"), w.bus, object{"EventPattern": object{"source": []any{source}}}))
	}
	set := func(text string, change object) string {
		properties := object{
			"StackSetName": "Forwarders", "PermissionModel": "SERVICE_MANAGED", "CallAs": "DELEGATED_ADMIN", "TemplateBody": text,
			"Capabilities":   []any{"CAPABILITY_IAM"},
			"AutoDeployment": object{"Enabled": true, "RetainStacksOnAccountRemoval": false},
			"StackInstancesGroup": []any{object{
				"DeploymentTargets": object{"OrganizationalUnitIds": []any{unit}, "AccountFilterType": "DIFFERENCE", "Accounts": []any{left}},
				"Regions":           []any{home, away},
			}},
		}
		maps.Copy(properties, change)
		return template(object{"Set": resource("AWS::CloudFormation::StackSet", properties)})
	}
	fails := func(verb, text, why string) {
		t.Helper()
		status, reasons := k.deploy(verb, text)
		if !strings.Contains(status, "ROLLBACK") || !slices.ContainsFunc(reasons, func(r string) bool { return strings.Contains(r, why) }) {
			t.Errorf("%s, wanted a failure that says %q: %q", status, why, reasons)
		}
		if verb == "CREATE" {
			k.call("DeleteStack", nil)
		}
	}
	fails("CREATE", set(body("aws.iam"), nil), "You must enable organizations access")
	code, answer := call(t, w.s, "cloudformation", w.outsider, home, url.Values{"Action": {"ActivateOrganizationsAccess"}, "Version": {"2010-05-15"}})
	if code != 200 {
		t.Fatalf("activating access: %d %s", code, answer)
	}
	fails("CREATE", set(body("aws.iam"), nil), "is not a delegated administrator")
	w.organizations("RegisterDelegatedAdministrator", object{"AccountId": w.central, "ServicePrincipal": stackSetsPrincipal}, nil)
	fails("CREATE", set(body("aws.iam"), object{"CallAs": "SELF"}), "is not the management account")
	fails("CREATE", set(template(object{"X": resource("AWS::Nothing::AtAll", object{})}), nil), "in 2 accounts where 0 may fail")
	fails("CREATE", set(body("aws.iam")+strings.Repeat(" ", 51200), nil), "more than 51200 bytes")

	// stacks counts those of the stack set that an account and Region shows.
	stacks := func(account, region string) int {
		t.Helper()
		code, answer := call(t, w.s, "cloudformation", account, region, url.Values{
			"Action": {"ListStacks"}, "Version": {"2010-05-15"}, "StackStatusFilter.member.1": {"CREATE_COMPLETE"}, "StackStatusFilter.member.2": {"UPDATE_COMPLETE"},
		})
		if code != 200 {
			t.Fatalf("%d %s", code, answer)
		}
		return strings.Count(answer, "<StackName>StackSet-Forwarders-")
	}
	// instances are the stacks of the stack set by account and Region, each as its status.
	instances := func() map[string]string {
		t.Helper()
		var listed struct {
			Summaries []struct{ Account, Region, Status string } `xml:"ListStackInstancesResult>Summaries>member"`
		}
		code, answer := call(t, w.s, "cloudformation", w.central, home, url.Values{
			"Action": {"ListStackInstances"}, "Version": {"2010-05-15"}, "StackSetName": {"Forwarders"}, "CallAs": {"DELEGATED_ADMIN"},
		})
		if err := xml.Unmarshal([]byte(answer), &listed); code != 200 || err != nil {
			t.Fatalf("%d %v %s", code, err, answer)
		}
		found := map[string]string{}
		for _, i := range listed.Summaries {
			if n := stacks(i.Account, i.Region); n != 1 {
				t.Errorf("account %s, %s has %d stacks of the set", i.Account, i.Region, n)
			}
			found[i.Account+" "+i.Region] = i.Status
		}
		return found
	}
	everywhere := func(accounts ...string) map[string]string {
		wanted := map[string]string{}
		for _, account := range accounts {
			wanted[account+" "+home], wanted[account+" "+away] = "CURRENT", "CURRENT"
		}
		return wanted
	}
	crosses := func(when, account string, e event, wanted int) {
		t.Helper()
		e.put(t, w.s, account, away, "")
		if got := receive(t, w.s, w.central, home, "events"); len(got) != wanted {
			t.Errorf("%s: %d messages of account %s arrived, wanted %d", when, len(got), account, wanted)
		}
	}
	same := func(when string, wanted map[string]string) {
		t.Helper()
		if got := instances(); !maps.Equal(got, wanted) {
			t.Errorf("%s: the instances are %v, wanted %v", when, got, wanted)
		}
	}
	k.must("CREATE", set(body("aws.iam"), nil))
	same("after the creation", everywhere(inUnit, inChild))
	ofS3 := createUser
	ofS3.source = "aws.s3"
	for _, account := range []string{inUnit, inChild} {
		crosses("after the creation", account, createUser, 1)
		crosses("after the creation", account, ofS3, 0)
	}
	crosses("left out", left, createUser, 0)

	k.must("UPDATE", set(body("aws.s3"), nil))
	same("after an update of the template", everywhere(inUnit, inChild))
	for _, account := range []string{inUnit, inChild} {
		crosses("after an update of the template", account, createUser, 0)
		crosses("after an update of the template", account, ofS3, 1)
	}

	// A new account enrols, and one that leaves is taken out.
	joined := w.newAccount(root, child, "d")
	w.organizations("MoveAccount", object{"AccountId": inUnit, "SourceParentId": unit, "DestinationParentId": root}, nil)
	same("after accounts joined and left", everywhere(inChild, joined))
	crosses("joined", joined, ofS3, 1)
	crosses("gone", inUnit, ofS3, 0)

	// What fails in more accounts than may fail is said, and says where.
	broken := template(object{"X": resource("AWS::Nothing::AtAll", object{})})
	fails("UPDATE", set(broken, object{"OperationPreferences": object{"FailureTolerancePercentage": 50}}), "in 2 accounts where 1 may fail")
	k.must("UPDATE", set(body("aws.iam"), object{"StackInstancesGroup": []any{object{
		"DeploymentTargets": object{"OrganizationalUnitIds": []any{root}, "AccountFilterType": "INTERSECTION", "Accounts": []any{left, joined, w.outsider}}, "Regions": []any{home, away},
	}}}))
	same("after other accounts were asked for", everywhere(left, joined))
	crosses("after other accounts were asked for", left, createUser, 1)

	if code, answer := k.call("DeleteStack", nil); code != 200 {
		t.Fatalf("deleting: %d %s", code, answer)
	}
	crosses("after the stack set is gone", left, createUser, 0)
	if n := stacks(left, home) + stacks(left, away); n != 0 {
		t.Errorf("%d instances stay", n)
	}
}
