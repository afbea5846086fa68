package trailbus

import (
	"cmp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// ForwarderStackSetName is the default name of a stack set. The names of the stacks of its
// instances are StackSet-, this name, and a UUID.
const ForwarderStackSetName = "TrailbusForwarders"

// ForwarderStackSetProps are the properties of a [ForwarderStackSet].
type ForwarderStackSetProps struct {
	// Forwarder makes the forwarder, a [RegionalForwarder], in the stack whose template every
	// account and Region gets. That stack has no account and no Region, and is in another app: it
	// cannot refer to anything of this app.
	Forwarder func(stack awscdk.Stack) `field:"required"`
	// OrganizationalUnits are the ids of units, whose child units count too, or the id of the root
	// alone.
	OrganizationalUnits []*string `field:"required"`
	// Regions are those of every account. An opt-in Region must be enabled in each account and in
	// the management account:
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs.html
	Regions []*string `field:"required"`
	// Accounts is a filter for the accounts of the units: [OnlyAccounts] or [ExceptAccounts].
	// Default: all of them, but never the management account.
	Accounts AccountFilter `field:"optional"`
	// AutomaticDeployment is what happens when accounts join and leave the units.
	// Default: an account that joins gets the forwarder, and one that leaves loses it.
	AutomaticDeployment AutomaticDeployment `field:"optional"`
	// CallAs is whether the account of the stack is the management account or a delegated
	// administrator.
	// Default: [CallAsSelf], the management account.
	CallAs CallAs `field:"optional"`
	// StackSetName is the name, unique within the account of the stack and within the management
	// account.
	// Default: [ForwarderStackSetName].
	StackSetName *string `field:"optional"`
	// OperationPreferences are how a change is rolled out to the accounts and Regions.
	// Default: Regions in parallel, half of the accounts at once, until a tenth have failed.
	OperationPreferences *awscdk.CfnStackSet_OperationPreferencesProperty `field:"optional"`
}

// AccountFilter is a filter for the accounts of organizational units. The zero value takes all of
// them.
type AccountFilter struct {
	kind     string // AccountFilterType in CloudFormation
	accounts []*string
}

const intersection = "INTERSECTION"

// OnlyAccounts takes the accounts with these ids that are in the units. It requires
// [AutomaticDeploymentOff]: automatic deployment ignores filters
// (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html).
func OnlyAccounts(ids ...*string) AccountFilter { return AccountFilter{intersection, ids} }

// ExceptAccounts leaves the accounts with these ids out. Automatic deployment, which ignores
// filters, takes one that later joins a unit.
func ExceptAccounts(ids ...*string) AccountFilter { return AccountFilter{"DIFFERENCE", ids} }

// AutomaticDeployment is what happens when accounts join and leave the units of a stack set.
type AutomaticDeployment int

const (
	// AutomaticDeploymentOn gives the forwarder to accounts that join, and takes it away from those
	// that leave.
	AutomaticDeploymentOn AutomaticDeployment = iota
	// AutomaticDeploymentRetain gives it to accounts that join, and leaves it in those that leave.
	AutomaticDeploymentRetain
	// AutomaticDeploymentOff does nothing.
	AutomaticDeploymentOff
)

// CallAs is the role in the organization of the account that makes a stack set.
type CallAs int

const (
	// CallAsSelf is for a stack in the management account.
	CallAsSelf CallAs = iota
	// CallAsDelegatedAdmin is for a stack in an account that the management account has registered
	// as a delegated administrator of CloudFormation StackSets. The stack set itself is in the
	// management account.
	CallAsDelegatedAdmin
)

// String is the value in CloudFormation.
func (c CallAs) String() string {
	return map[CallAs]string{CallAsSelf: "SELF", CallAsDelegatedAdmin: "DELEGATED_ADMIN"}[c]
}

// ForwarderStackSet deploys a forwarder to the accounts of organizational units: a stack set with
// service-managed permissions, whose accounts need no bootstrapping and no roles. CloudFormation
// never deploys it to the management account of the organization, which needs a stack of its own.
type ForwarderStackSet struct {
	constructs.Construct
	stackSet awscdk.CfnStackSet
}

// NewForwarderStackSet makes the stack set. The central bus and its policy must exist before it is
// deployed, as for each [RegionalForwarder].
func NewForwarderStackSet(scope constructs.Construct, id *string, props *ForwarderStackSetProps) *ForwarderStackSet {
	f := &ForwarderStackSet{}
	constructs.NewConstruct_Override(f, scope, id)
	props = cmp.Or(props, &ForwarderStackSetProps{})
	require(f, requirement{"Forwarder", props.Forwarder == nil}, requirement{"OrganizationalUnits",
		len(props.OrganizationalUnits) == 0},
		requirement{"Regions", len(props.Regions) == 0})
	check(f, props.check())
	body, err := stackSetTemplate(f, props.Forwarder)
	check(f, err)
	targets := &awscdk.CfnStackSet_DeploymentTargetsProperty{OrganizationalUnitIds: &props.OrganizationalUnits}
	if filter := props.Accounts; filter.kind != "" {
		targets.AccountFilterType, targets.Accounts = jsii.String(filter.kind), &filter.accounts
	}
	f.stackSet = awscdk.NewCfnStackSet(f, jsii.String("StackSet"), &awscdk.CfnStackSetProps{
		StackSetName:    cmp.Or(props.StackSetName, jsii.String(ForwarderStackSetName)),
		Description:     jsii.String("Trailbus: forwards CloudTrail events to the central event bus"),
		PermissionModel: jsii.String("SERVICE_MANAGED"),
		CallAs:          jsii.String(props.CallAs.String()),
		AutoDeployment:  props.AutomaticDeployment.property(),
		// Operations that do not conflict, such as the enrolment of two accounts, run at the same
		// time. The CDK copies this map as it is.
		ManagedExecution:     map[string]any{"Active": true},
		OperationPreferences: operationPreferences(props.OperationPreferences),
		Capabilities:         jsii.Strings(capability(body)),
		StackInstancesGroup: []any{&awscdk.CfnStackSet_StackInstancesProperty{
			DeploymentTargets: targets, Regions: &props.Regions,
		}},
		TemplateBody: jsii.String(body),
	})
	return f
}

func (a AutomaticDeployment) property() *awscdk.CfnStackSet_AutoDeploymentProperty {
	if a == AutomaticDeploymentOff {
		// the other property requires it to be enabled
		return &awscdk.CfnStackSet_AutoDeploymentProperty{Enabled: jsii.Bool(false)}
	}
	return &awscdk.CfnStackSet_AutoDeploymentProperty{
		Enabled: jsii.Bool(true), RetainStacksOnAccountRemoval: jsii.Bool(a == AutomaticDeploymentRetain),
	}
}

// capability is what a template needs for its roles. Only one with an inspection role gets
// CAPABILITY_NAMED_IAM: a role with a name would exist already in the second Region of an account.
func capability(body string) string {
	if strings.Contains(body, `"RoleName"`) {
		return "CAPABILITY_NAMED_IAM"
	}
	return "CAPABILITY_IAM"
}

// operationPreferences are by default such that a change of the rules is everywhere within minutes,
// and stops where more than a tenth of the accounts of a Region fail. Without
// SOFT_FAILURE_TOLERANCE the number of accounts at once would be limited to the number that may
// fail.
func operationPreferences(
	given *awscdk.CfnStackSet_OperationPreferencesProperty,
) *awscdk.CfnStackSet_OperationPreferencesProperty {
	if given != nil {
		return given
	}
	return &awscdk.CfnStackSet_OperationPreferencesProperty{
		RegionConcurrencyType:      jsii.String("PARALLEL"),
		ConcurrencyMode:            jsii.String("SOFT_FAILURE_TOLERANCE"),
		MaxConcurrentPercentage:    jsii.Number(50),
		FailureTolerancePercentage: jsii.Number(10),
	}
}

// StackSet is the stack set. Its Ref is its id.
func (f *ForwarderStackSet) StackSet() awscdk.CfnStackSet { return f.stackSet }
