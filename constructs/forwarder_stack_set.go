package trailbus

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// ForwarderStackSetName is the name of a stack set that is given none. The stacks of its instances are named StackSet-, this, and
// a UUID.
const ForwarderStackSetName = "TrailbusForwarders"

// ForwarderStackSetProps are the properties of a [ForwarderStackSet].
type ForwarderStackSetProps struct {
	// Forwarder makes the forwarder, a [RegionalForwarder], in the stack whose template every account and Region gets. That stack
	// is in no account and no Region, and in another app: nothing of the app around it can be referred to.
	Forwarder func(stack awscdk.Stack) `field:"required"`
	// OrganizationalUnits are the ids of units, whose child units count too, or the id of the root alone.
	OrganizationalUnits []*string `field:"required"`
	// Regions are those of every account. An opt-in Region must be enabled in each account and in the management account:
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs.html
	Regions []*string `field:"required"`
	// Accounts narrows which accounts of the units are taken: [OnlyAccounts] or [ExceptAccounts].
	// Default: all of them. The management account is never taken.
	Accounts AccountFilter `field:"optional"`
	// AutomaticDeployment is what happens when accounts join and leave the units.
	// Default: an account that joins gets the forwarder, and one that leaves loses it.
	AutomaticDeployment AutomaticDeployment `field:"optional"`
	// CallAs is as whom the stack set is made, from the account of its stack.
	// Default: as the management account.
	CallAs CallAs `field:"optional"`
	// StackSetName is unique within the account that makes it, and within the management account.
	// Default: [ForwarderStackSetName].
	StackSetName *string `field:"optional"`
	// OperationPreferences say how a change goes through the accounts and Regions.
	// Default: Regions in parallel, half of the accounts at once, until a tenth have failed.
	OperationPreferences *awscdk.CfnStackSet_OperationPreferencesProperty `field:"optional"`
}

// AccountFilter narrows the accounts of organizational units. The zero value takes them all.
type AccountFilter struct {
	kind     string
	accounts []*string
}

// OnlyAccounts takes the accounts with these ids, where they are in the units. It needs [AutomaticDeploymentOff]: automatic
// deployment heeds no filter
// (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html).
func OnlyAccounts(ids ...*string) AccountFilter { return AccountFilter{"INTERSECTION", ids} }

// ExceptAccounts leaves the accounts with these ids out. One that later joins a unit is not left out by automatic deployment, which
// heeds no filter.
func ExceptAccounts(ids ...*string) AccountFilter { return AccountFilter{"DIFFERENCE", ids} }

// AutomaticDeployment is what happens when accounts join and leave the units of a stack set.
type AutomaticDeployment int

const (
	// AutomaticDeploymentOn gives the forwarder to accounts that join, and takes it away from those that leave.
	AutomaticDeploymentOn AutomaticDeployment = iota
	// AutomaticDeploymentRetain gives it to accounts that join, and leaves it in those that leave.
	AutomaticDeploymentRetain
	// AutomaticDeploymentOff does nothing.
	AutomaticDeploymentOff
)

// CallAs is as whom a stack set is made.
type CallAs int

const (
	// CallAsSelf is for a stack in the management account.
	CallAsSelf CallAs = iota
	// CallAsDelegatedAdmin is for a stack in an account that the management account has registered as a delegated administrator
	// of CloudFormation StackSets. The stack set is in the management account all the same.
	CallAsDelegatedAdmin
)

// String is CloudFormation's word for it.
func (c CallAs) String() string {
	return map[CallAs]string{CallAsSelf: "SELF", CallAsDelegatedAdmin: "DELEGATED_ADMIN"}[c]
}

// ForwarderStackSet brings a forwarder to the accounts of organizational units: a stack set with service-managed permissions,
// whose accounts need no bootstrapping and no roles. CloudFormation never deploys it to the management account of the
// organization, which needs a stack of its own.
type ForwarderStackSet struct {
	constructs.Construct
	stackSet awscdk.CfnStackSet
}

// NewForwarderStackSet makes the stack set. The central bus and its policy must be there first, as for each [RegionalForwarder].
func NewForwarderStackSet(scope constructs.Construct, id *string, props *ForwarderStackSetProps) *ForwarderStackSet {
	f := &ForwarderStackSet{}
	constructs.NewConstruct_Override(f, scope, id)
	if props == nil {
		props = &ForwarderStackSetProps{}
	}
	require(f, requirement{"Forwarder", props.Forwarder == nil}, requirement{"OrganizationalUnits", len(props.OrganizationalUnits) == 0},
		requirement{"Regions", len(props.Regions) == 0})
	if err := props.check(); err != nil {
		panic(validationError(f, "%v", err))
	}
	body, err := stackSetTemplate(f, props.Forwarder)
	if err != nil {
		panic(validationError(f, "%v", err))
	}
	targets := &awscdk.CfnStackSet_DeploymentTargetsProperty{OrganizationalUnitIds: &props.OrganizationalUnits}
	if filter := props.Accounts; filter.kind != "" {
		targets.AccountFilterType, targets.Accounts = jsii.String(filter.kind), &filter.accounts
	}
	name := props.StackSetName
	if name == nil {
		name = jsii.String(ForwarderStackSetName)
	}
	f.stackSet = awscdk.NewCfnStackSet(f, jsii.String("StackSet"), &awscdk.CfnStackSetProps{
		StackSetName:    name,
		Description:     jsii.String("Trailbus: forwards CloudTrail events to the central event bus"),
		PermissionModel: jsii.String("SERVICE_MANAGED"),
		CallAs:          jsii.String(props.CallAs.String()),
		AutoDeployment:  props.AutomaticDeployment.property(),
		// Operations that do not touch each other, such as the enrolment of two accounts, need not wait for each other.
		ManagedExecution:     map[string]any{"Active": true}, // the CDK hands this one on as it is
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
		return &awscdk.CfnStackSet_AutoDeploymentProperty{Enabled: jsii.Bool(false)} // the other one is for those that are enabled
	}
	return &awscdk.CfnStackSet_AutoDeploymentProperty{
		Enabled: jsii.Bool(true), RetainStacksOnAccountRemoval: jsii.Bool(a == AutomaticDeploymentRetain),
	}
}

// capability is what a template needs for its roles. Without CAPABILITY_NAMED_IAM none of them may have a name, which might meet itself in
// the next Region: only that of an inspection role asks for it.
func capability(body string) string {
	if strings.Contains(body, `"RoleName"`) {
		return "CAPABILITY_NAMED_IAM"
	}
	return "CAPABILITY_IAM"
}

// operationPreferences are the caller's, or those that bring a change of the rules everywhere within minutes, and stop one that
// fails in more than a tenth of the accounts of a Region. Without SOFT_FAILURE_TOLERANCE the few that may fail were all that are
// worked on at once.
func operationPreferences(given *awscdk.CfnStackSet_OperationPreferencesProperty) *awscdk.CfnStackSet_OperationPreferencesProperty {
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

// StackSet is the stack set, whose Ref is its id.
func (f *ForwarderStackSet) StackSet() awscdk.CfnStackSet { return f.stackSet }
