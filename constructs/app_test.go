package trailbus_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/local/cdktest"
	"github.com/trailbus/trailbus/rules"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

func newApp(t *testing.T, bundle bool) awscdk.App {
	t.Helper()
	return cdktest.NewApp(t, bundle)
}

func newStack(t *testing.T) awscdk.Stack {
	t.Helper()
	return awscdk.NewStack(newApp(t, false), jsii.String("Stack"), &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String("111111111111"), Region: jsii.String("eu-central-1")},
	})
}

// template is the template of a stack.
type template struct {
	t    *testing.T
	root map[string]any
}

// synth must be the last call for an app.
func synth(t *testing.T, stack awscdk.Stack) template {
	t.Helper()
	return template{t, *assertions.Template_FromStack(stack, nil).ToJSON()}
}

// shared are the texts of templates that several tests read.
var shared = map[string]string{}

// sharedTemplate synthesizes what build adds to a stack once for all tests. Each test gets a copy.
func sharedTemplate(t *testing.T, name string, build func(awscdk.Stack)) template {
	t.Helper()
	if shared[name] == "" {
		stack := newStack(t)
		build(stack)
		shared[name] = synth(t, stack).text()
	}
	tt := template{t: t}
	if err := json.Unmarshal([]byte(shared[name]), &tt.root); err != nil {
		t.Fatal(err)
	}
	return tt
}

// notifierTemplate has a notifier with the default properties.
func notifierTemplate(t *testing.T) template {
	t.Helper()
	return sharedTemplate(t, "notifier", func(stack awscdk.Stack) { newNotifier(stack, someRules(t)) })
}

func (tt template) text() string {
	tt.t.Helper()
	text, err := json.Marshal(tt.root)
	if err != nil {
		tt.t.Fatal(err)
	}
	return string(text)
}

// resources are the resources of a type by their logical ids.
func (tt template) resources(kind string) map[string]map[string]any {
	found := map[string]map[string]any{}
	for id, resource := range tt.root["Resources"].(map[string]any) {
		if resource := resource.(map[string]any); resource["Type"] == kind {
			found[id] = resource
		}
	}
	return found
}

// only are the properties of the one resource of a type.
func (tt template) only(kind string) map[string]any {
	tt.t.Helper()
	found := tt.resources(kind)
	if len(found) != 1 {
		tt.t.Fatalf("%d resources of type %s, want one", len(found), kind)
	}
	for _, resource := range found {
		return resource["Properties"].(map[string]any)
	}
	return nil
}

// properties are the properties of the resource with a logical id.
func (tt template) properties(id string) map[string]any {
	tt.t.Helper()
	resource, ok := tt.root["Resources"].(map[string]any)[id].(map[string]any)
	if !ok {
		tt.t.Fatalf("no resource %s", id)
	}
	return resource["Properties"].(map[string]any)
}

// propertiesOf are the properties of a resource, which may have none.
func propertiesOf(resource map[string]any) map[string]any {
	properties, _ := resource["Properties"].(map[string]any)
	return properties
}

// equal compares a part of a template with JSON, both ways.
func equal(t *testing.T, what string, got any, want string) {
	t.Helper()
	var wanted, gotten any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatalf("%s: what is wanted is no JSON: %v", what, err)
	}
	text, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &gotten); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(gotten, wanted) {
		t.Errorf("%s is\n%s\nwant\n%s", what, text, want)
	}
}

// statements lists the grants of a policy as "action on resource", with "not " before those that
// are denied.
func statements(t *testing.T, document any) []string {
	t.Helper()
	var all []string
	for _, s := range document.(map[string]any)["Statement"].([]any) {
		s := s.(map[string]any)
		prefix := ""
		if s["Effect"] != "Allow" {
			prefix = "not "
		}
		resource, err := json.Marshal(s["Resource"])
		if err != nil {
			t.Fatal(err)
		}
		for _, action := range list(s["Action"]) {
			all = append(all, fmt.Sprintf("%s%v on %s", prefix, action, resource))
		}
	}
	return all
}

func list(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}

// panicMessage is the message of the panic of f.
func panicMessage(t *testing.T, f func()) (message string) {
	t.Helper()
	defer func() {
		failure := recover()
		if failure == nil {
			t.Fatal("no panic")
		}
		message = fmt.Sprint(failure)
		if strings.Contains(message, "\n") {
			t.Errorf("more than one line: %s", message)
		}
	}()
	f()
	return ""
}

// someRules are a rule for read-only events and another one.
func someRules(t *testing.T) *rules.Set {
	t.Helper()
	set, err := rules.NewSet(
		&rules.Rule{ID: "made", Title: "A user was made", Severity: rules.High, Why: "x", Calls: []string{"iam:CreateUser"}},
		&rules.Rule{ID: "read", Title: "A secret was read", Severity: rules.Low, Why: "x", Calls: []string{"secretsmanager:GetSecretValue"}, ReadOnly: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// catalog are the rules of the pack cis.
func catalog(t *testing.T) *rules.Set {
	t.Helper()
	set, err := rules.NewCatalogSet("cis")
	if err != nil {
		t.Fatal(err)
	}
	return set
}
