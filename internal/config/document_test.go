package config

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/yamlschema"
	"github.com/trailbus/trailbus/rules"
)

// document is the shape of trailbus.yaml, where [Config] has another one. A key is explained by the comment of its field here or,
// if there is none, by that of the field's type.
type document struct {
	Central Central `json:"central"`
	// Organization is the id of the AWS Organization whose accounts may send. Without it, only the accounts listed.
	Organization string `json:"organization,omitempty"`
	// Regions are those of every account that has none of its own.
	Regions []string `json:"regions,omitempty"`
	// Accounts are those that get forwarders: each is watched in its Regions.
	Accounts []Account `json:"accounts,omitempty"`
	// AccountNames is where the names of accounts come from that are not listed. Default: organizations with a stack set that the central
	// account makes, listed elsewhere.
	AccountNames NameSource    `json:"accountNames,omitempty"`
	Rules        documentRules `json:"rules"`
	Slack        documentSlack `json:"slack"`
	// AccessPortal is the organization's AWS access portal: links in messages sign in there to the account of the event.
	AccessPortal AccessPortal `json:"accessPortal,omitempty"`
	// Alarms are told by e-mail, around Slack, where Trailbus itself does not work. Default: there are none.
	Alarms Alarms `json:"alarms,omitempty"`
	// Dashboard makes a CloudWatch dashboard of what was told and how long it took. Default: false.
	Dashboard bool `json:"dashboard,omitempty"`
	// Deploy is the road that Trailbus takes into the accounts. Default: stacks.
	Deploy Road `json:"deploy,omitempty"`
	// Forwarders says how a pipeline brings the forwarders: as stacks, which is the default, or by a stack set.
	Forwarders Road `json:"forwarders,omitempty"`
	// Management is the id of the organization's management account. A stack set needs it.
	Management string           `json:"management,omitempty"`
	StackSet   documentStackSet `json:"stackSet,omitempty"`
	Pipeline   documentPipeline `json:"pipeline,omitempty"`
	// Trail says whether Trailbus makes the trail, without which no event comes. Default: check.
	Trail Trail `json:"trail,omitempty"`
	// InspectionRole offers, in each account with forwarders, a role by which the central account looks at them: trailbus doctor and trailbus
	// verify take it. Default: false.
	InspectionRole bool `json:"inspectionRole,omitempty"`
	// Heartbeat is how often each forwarder is heard: whole minutes from 1m to 24h. Each heartbeat costs as much as an event, and silence is
	// told after two and a quarter of it. Default: 1h.
	Heartbeat string `json:"heartbeat,omitempty"`
}

// documentRules says which rules are switched on. At least one must be.
type documentRules struct {
	// Packs are those of the catalogue that are switched on.
	Packs []string `json:"packs,omitempty"`
	// Files are paths of files of rules, from the folder of this file.
	Files []string `json:"files,omitempty"`
	// Off are the ids of rules of the catalogue that are switched off one by one.
	Off []string `json:"off,omitempty"`
	// Severities gives rules of the catalogue, by id, another severity.
	Severities map[string]rules.Severity `json:"severities,omitempty"`
	// Mutes keep alerts from being told until a date.
	Mutes []rules.Mute `json:"mutes,omitempty"`
}

// documentSlack says where messages go.
type documentSlack struct {
	Slack
	// Routes are tried in order: the first that takes an alert has it. What none takes goes to the webhook "default".
	Routes []documentRoute `json:"routes,omitempty"`
	// QuietHours are hours of the day in which alerts of low severity wait for their end. Default: none.
	QuietHours documentQuiet `json:"quietHours,omitempty"`
}

// documentRoute sends some alerts to one place in Slack, or to several. It takes an alert that fits all that it says.
type documentRoute struct {
	// Severities that it takes. None: every severity.
	Severities []rules.Severity `json:"severities,omitempty"`
	// Rules are the ids of those that it takes. None: every rule, or those of packs.
	Rules []string `json:"rules,omitempty"`
	// Packs whose rules it takes: of the catalogue, or as a file of rules names its own. None: every rule, or those of rules.
	Packs []string `json:"packs,omitempty"`
	// Accounts, 12 digits each, whose events it takes. None: every account.
	Accounts []string `json:"accounts,omitempty"`
	// OUs are the organizational units, as accounts say them, whose accounts it takes; units below them too.
	OUs []string `json:"ous,omitempty"`
	// Tags are those that an account must have, all of them, as accounts say them.
	Tags map[string]string `json:"tags,omitempty"`
	documentPlace
	// Also are further places for the same alerts.
	Also []documentPlace `json:"also,omitempty"`
}

// documentPlace is somewhere in Slack: a webhook or a channel.
type documentPlace struct {
	// Webhook is the name, in the Slack secret, of the incoming webhook to post to.
	Webhook string `json:"webhook,omitempty"`
	// Channel is where to post with the bot token of the Slack secret: the name of a public channel such as "#alerts", or the id of any.
	Channel string `json:"channel,omitempty"`
	// Mention is whom a message calls: here, channel, everyone, or the id of a user group (S…) or of a member (U… or W…). Default: nobody.
	Mention string `json:"mention,omitempty"`
}

// documentQuiet is a part of each day.
type documentQuiet struct {
	// From is the time of the day when they begin, such as "20:00".
	From string `json:"from"`
	// To is the time of the day when they end, such as "08:00". It may be on the next day.
	To string `json:"to"`
	// TimeZone is a name of the IANA database such as Europe/Berlin. Default: UTC.
	TimeZone string `json:"timeZone,omitempty"`
	// Severities of the alerts that wait. Default: low.
	Severities []rules.Severity `json:"severities,omitempty"`
}

// documentStackSet is the stack set that brings the forwarders.
type documentStackSet struct {
	StackSet
	// Accounts narrows which accounts of the units get forwarders.
	Accounts documentFilter `json:"accounts,omitempty"`
	// OptInRegionsEnabled says that every account has enabled those of the Regions that an account must enable first.
	OptInRegionsEnabled bool `json:"optInRegionsEnabled,omitempty"`
}

// documentFilter has one of two lists.
type documentFilter struct {
	// Only are the ids of the accounts to take. Not with automatic deployment.
	Only []string `json:"only,omitempty"`
	// Except are the ids of the accounts to leave out.
	Except []string `json:"except,omitempty"`
}

// documentPipeline is the pipeline that deploys Trailbus, and itself, from a repository.
type documentPipeline struct {
	Pipeline
	Source documentSource `json:"source"`
	// Waves deploy the forwarders that are stacks of their own, one wave after the other. Each of their accounts is in one wave.
	Waves []documentWave `json:"waves,omitempty"`
}

// documentSource is the repository: one behind a connection, or one of CodeCommit.
type documentSource struct {
	// ConnectionARN is the ARN of a connection of AWS CodeConnections to GitHub, GitLab or Bitbucket.
	ConnectionARN string `json:"connectionArn,omitempty"`
	// Repository is owner/name, behind the connection.
	Repository string `json:"repository,omitempty"`
	// CodeCommit is the name of a repository of AWS CodeCommit, in the account and Region of the pipeline.
	CodeCommit string `json:"codeCommit,omitempty"`
	// Branch is the branch to deploy. Default: main.
	Branch string `json:"branch,omitempty"`
}

// documentWave is a group of accounts whose forwarders are deployed at once.
type documentWave struct {
	Wave
	// Accounts are the names of accounts. Without any, the last wave takes all that are left.
	Accounts []string `json:"accounts,omitempty"`
}

// schema is that of trailbus.yaml: of the shape of document, and of what the reader asks of the texts.
func schema(t *testing.T) *yamlschema.Schema {
	t.Helper()
	comments, err := yamlschema.ReadComments(".", "../../rules", "../../routes")
	if err != nil {
		t.Fatal(err)
	}
	text := func(s *yamlschema.Schema) { s.Pattern = yamlschema.NotBlank }
	account := func(s *yamlschema.Schema) { *s = *yamlschema.Ref("AccountID") }
	region := func(s *yamlschema.Schema) { *s = *yamlschema.Ref("Region") }
	regions := func(s *yamlschema.Schema) { s.Items, s.UniqueItems = yamlschema.Ref("Region"), true }
	someRegions := func(s *yamlschema.Schema) {
		regions(s)
		s.MinItems = 1
	}
	someAccounts := func(s *yamlschema.Schema) { s.Items, s.MinItems, s.UniqueItems = yamlschema.Ref("AccountID"), 1, true }
	matches := func(e *regexp.Regexp) func(*yamlschema.Schema) {
		return func(s *yamlschema.Schema) { s.Type, s.Pattern = yamlschema.Types{"string"}, e.String() }
	}
	severity := func(s *yamlschema.Schema) {
		for _, severity := range rules.Severities() {
			name := severity.String()
			s.Enum = append(s.Enum, name)
			s.EnumDescriptions = append(s.EnumDescriptions, comments.Of("rules."+strings.ToUpper(name[:1])+name[1:]))
		}
	}
	someSeverities := func(s *yamlschema.Schema) {
		s.MinItems, s.UniqueItems = 1, true
		severity(s.Each())
	}
	some := func(s *yamlschema.Schema) {
		s.MinItems, s.UniqueItems = 1, true
		s.Each().Pattern = yamlschema.NotBlank
	}
	tagValues := func(s *yamlschema.Schema) { s.Additional.(*yamlschema.Schema).Pattern = yamlschema.NotBlank }
	someTags := func(s *yamlschema.Schema) {
		tagValues(s)
		s.MinProperties = 1
	}
	oneOf := func(s *yamlschema.Schema) {
		s.OneOf = []*yamlschema.Schema{yamlschema.Has("webhook"), yamlschema.Has("channel")}
	}
	timeOfDay := matches(regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`))
	notEmpty := yamlschema.Text()
	notEmpty.MinLength = 1
	catalog := &yamlschema.Schema{Type: yamlschema.Types{"string"}}
	for _, rule := range rules.CatalogRules() {
		catalog.Enum = append(catalog.Enum, rule.ID)
	}
	none, first, percent, last := 0, 1, 100, 999_999_999_999
	made, err := yamlschema.Make(reflect.TypeFor[document](), "trailbus.yaml", comments, yamlschema.Details{
		"config.Central.Account":       account,
		"config.Central.Region":        region,
		"config.document.Organization": matches(organizationID),
		"config.document.Regions":      regions,
		"config.Account.ID":            account,
		"config.Account.Name":          text,
		"config.Account.Regions":       someRegions,
		"config.document.Rules": func(s *yamlschema.Schema) {
			for _, key := range []string{"packs", "files"} {
				s.AnyOf = append(s.AnyOf, &yamlschema.Schema{
					Required: []string{key}, Properties: yamlschema.Properties{{Name: key, Schema: &yamlschema.Schema{MinItems: 1}}},
				})
			}
		},
		"config.AccessPortal.URL":  matches(portalURL),
		"config.AccessPortal.Role": func(s *yamlschema.Schema) { s.Pattern = permissionSet.String() },
		"config.Alarms.Emails": func(s *yamlschema.Schema) {
			s.Items, s.MinItems, s.MaxItems, s.UniqueItems = &yamlschema.Schema{Type: yamlschema.Types{"string"}, Pattern: email.String()}, 1, maxEmails, true
		},
		"config.document.Management": account,
		"config.document.Heartbeat":  matches(regexp.MustCompile(`^([0-9]+h)?([0-9]+m)?(0s)?$`)),
		"config.document.Forwarders": func(s *yamlschema.Schema) {
			s.Enum, s.EnumDescriptions = []string{string(RoadStacks), string(RoadStackSets)}, nil
		},
		"config.StackSet.Units": func(s *yamlschema.Schema) {
			s.Items, s.MinItems, s.UniqueItems = &yamlschema.Schema{Type: yamlschema.Types{"string"}, Pattern: unitID.String() + "|" + rootID.String()}, 1, true
		},
		"config.StackSet.Regions":      someRegions,
		"config.documentFilter.Only":   someAccounts,
		"config.documentFilter.Except": someAccounts,
		"config.documentStackSet.Accounts": func(s *yamlschema.Schema) {
			s.OneOf = []*yamlschema.Schema{yamlschema.Has("only"), yamlschema.Has("except")}
		},
		"config.OperationPreferences.MaxConcurrentPercentage":    func(s *yamlschema.Schema) { s.Minimum, s.Maximum = &first, &percent },
		"config.OperationPreferences.FailureTolerancePercentage": func(s *yamlschema.Schema) { s.Minimum, s.Maximum = &none, &percent },
		"config.Pipeline.Account":                                account,
		"config.Pipeline.Region":                                 region,
		"config.documentPipeline.Waves":                          func(s *yamlschema.Schema) { s.MinItems = 1 },
		"config.documentPipeline.Source": func(s *yamlschema.Schema) {
			s.OneOf = []*yamlschema.Schema{yamlschema.Has("connectionArn", "repository"), yamlschema.Has("codeCommit")}
		},
		"config.documentSource.ConnectionARN": matches(connectionARN),
		"config.documentSource.Repository":    matches(repositoryPath),
		"config.documentSource.CodeCommit":    func(s *yamlschema.Schema) { s.Pattern = codeCommitName.String() },
		"config.documentSource.Branch":        func(s *yamlschema.Schema) { s.Pattern = branchName.String() },
		"config.Wave.Name":                    func(s *yamlschema.Schema) { s.Pattern = waveName.String() },
		"config.documentWave.Accounts":        func(s *yamlschema.Schema) { s.MinItems = 1 },
		"config.documentRules.Off":            func(s *yamlschema.Schema) { s.Items, s.UniqueItems = yamlschema.Ref("CatalogRule"), true },
		"config.documentRules.Severities": func(s *yamlschema.Schema) {
			severity(s.Additional.(*yamlschema.Schema))
			s.PropertyNames = yamlschema.Ref("CatalogRule")
		},
		"config.documentRules.Packs": func(s *yamlschema.Schema) {
			packs := &yamlschema.Schema{Type: yamlschema.Types{"string"}}
			for _, pack := range rules.Catalog() {
				packs.Enum, packs.EnumDescriptions = append(packs.Enum, pack.Name), append(packs.EnumDescriptions, pack.Title)
			}
			s.Items, s.UniqueItems = packs, true
		},
		"config.documentRules.Files": func(s *yamlschema.Schema) { s.Each().MinLength = 1 },
		"config.documentRules.Mutes": func(s *yamlschema.Schema) {
			s.Each().AnyOf = []*yamlschema.Schema{yamlschema.Has("rule"), yamlschema.Has("pattern")}
		},
		// One of the catalogue, which editors offer, or one's own.
		"rules.Mute.Rule": func(s *yamlschema.Schema) {
			*s = yamlschema.Schema{AnyOf: []*yamlschema.Schema{yamlschema.Ref("CatalogRule"), notEmpty}}
		},
		"rules.Mute.Reason": text,
		"rules.Mute.Owner":  text,
		"config.Slack.Secret": func(s *yamlschema.Schema) {
			s.Pattern, s.Not = secretName.String(), &yamlschema.Schema{Type: yamlschema.Types{"string"}, Pattern: likeARN.String()}
		},
		"config.documentRoute.Severities": someSeverities,
		"config.documentRoute.Rules": func(s *yamlschema.Schema) {
			s.MinItems, s.UniqueItems = 1, true
			s.Items = &yamlschema.Schema{AnyOf: []*yamlschema.Schema{yamlschema.Ref("CatalogRule"), notEmpty}}
		},
		"config.documentRoute.Packs": some,
		"config.documentRoute.OUs":   some,
		"config.documentRoute.Tags":  someTags,
		"config.documentRoute.Also": func(s *yamlschema.Schema) {
			s.MinItems = 1
			oneOf(s.Each())
		},
		"config.documentSlack.Routes":     func(s *yamlschema.Schema) { oneOf(s.Each()) },
		"config.documentPlace.Channel":    func(s *yamlschema.Schema) { s.Pattern = channelName.String() },
		"config.documentPlace.Mention":    func(s *yamlschema.Schema) { s.Pattern = mentionWord.String() },
		"config.documentQuiet.From":       timeOfDay,
		"config.documentQuiet.To":         timeOfDay,
		"config.documentQuiet.Severities": someSeverities,
		"config.Account.OU":               text,
		"config.Account.Tags":             tagValues,
		"config.documentRoute.Accounts":   someAccounts,
		"config.documentPlace.Webhook":    func(s *yamlschema.Schema) { s.Pattern = webhookName.String() },
	}, append([]yamlschema.Property{
		{Name: "AccountID", Schema: &yamlschema.Schema{
			// Digits without quotes are a number to an editor, without the zeros that they begin with.
			Type: yamlschema.Types{"string", "integer"}, Pattern: accountID.String(), Minimum: &first, Maximum: &last,
		}},
		{Name: "CatalogRule", Schema: catalog},
		{Name: "Region", Schema: &yamlschema.Schema{Type: yamlschema.Types{"string"}, Enum: Regions()}},
	}, yamlschema.EventPattern()...)...)
	if err != nil {
		t.Fatal(err)
	}
	// A stack set needs no list of accounts.
	made.AnyOf = []*yamlschema.Schema{
		{Required: []string{"accounts"}, Properties: yamlschema.Properties{{Name: "accounts", Schema: &yamlschema.Schema{Type: yamlschema.Types{"array"}, MinItems: 1}}}},
		yamlschema.Has("stackSet"),
	}
	made.AllOf = []*yamlschema.Schema{
		{If: yamlschema.Says("deploy", string(RoadStackSets)), Then: yamlschema.Has("stackSet", "organization", "management")},
		{If: yamlschema.Says("deploy", string(RoadPipeline)), Then: yamlschema.Has("pipeline")},
		{
			If:   &yamlschema.Schema{AllOf: []*yamlschema.Schema{yamlschema.Says("trail", string(TrailCreate)), yamlschema.Has("organization")}},
			Then: yamlschema.Has("management"),
		},
		{If: yamlschema.Says("forwarders", string(RoadStackSets)), Then: yamlschema.Has("stackSet", "organization", "management")},
		{If: yamlschema.Says("accountNames", string(NamesFromOrganizations)), Then: yamlschema.Has("organization", "management")},
	}
	return made
}
