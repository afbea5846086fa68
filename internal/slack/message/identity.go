package message

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// identityFormatter writes callers, accounts and Regions.
type identityFormatter struct {
	event        *cloudtrail.Event
	identity     *cloudtrail.Identity // of the event, redacted
	names        map[string]string
	external     map[string]bool
	seenAccounts *[]string // accounts written so far; nil if not needed
}

// newIdentityFormatter gives a formatter for an event, with names of accounts by id.
func newIdentityFormatter(e *cloudtrail.Event, names map[string]string) identityFormatter {
	return identityFormatter{event: e, identity: redactIdentity(e.Record.Identity), names: names}
}

// who writes the caller, the service that called on their behalf, and the caller's account if it is
// not that of the event.
func (p identityFormatter) who() string {
	i := p.identity
	caller := p.caller(i)
	if i.InvokedBy != "" && i.Type != "AWSService" {
		by, ok := service(i.InvokedBy)
		if !ok {
			by = cmp.Or(map[string]string{"AWS Internal": "AWS"}[i.InvokedBy], i.InvokedBy)
		}
		switch {
		case caller == "" && by == "AWS":
			return p.unidentifiedCaller()
		case caller == "":
			return by
		case strings.HasPrefix(i.IssuerName, "AWSServiceRoleFor"):
			// A service-linked role acts on behalf of the service only.
			return by + " (" + i.IssuerName + ")"
		}
		if !strings.HasPrefix(caller, by+" (") { // CloudFormation with the role of the CDK
			caller = by + " on behalf of " + caller
		}
	}
	if caller == "" {
		return p.unidentifiedCaller()
	}
	if i.Type != "AWSAccount" && isAccount(i.AccountID) && isAccount(p.event.Account) && i.AccountID != p.event.Account {
		caller += " from " + p.accountOf(i.AccountID)
	}
	return caller
}

// redactIdentity removes credentials from the whole texts: parts of them may no longer look like
// credentials.
func redactIdentity(i cloudtrail.Identity) *cloudtrail.Identity {
	for _, s := range []*string{&i.Type, &i.ARN, &i.AccountID, &i.PrincipalID, &i.UserName, &i.InvokedBy, &i.Provider,
		&i.IssuerName,
		&i.SessionName, &i.SourceIdentity, &i.OnBehalfOf, &i.FederatedProvider} {
		*s = redactText(*s)
	}
	return &i
}

// caller writes the identity, "" if the record has none. The types:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
func (p identityFormatter) caller(i *cloudtrail.Identity) string {
	switch i.Type {
	case "Root":
		return "root user"
	case "IAMUser":
		if i.UserName == "HIDDEN_DUE_TO_SECURITY_REASONS" {
			// CloudTrail hides a user name that does not exist, because it may be a password in the
			// wrong field.
			return "somebody with an unknown user name"
		}
		return "IAM user " + cmp.Or(i.UserName, lastPart(i.ARN), i.PrincipalID, "without a name")
	case "AssumedRole":
		return p.session(i)
	case "Role":
		return "role " + cmp.Or(i.IssuerName, i.UserName, lastPart(i.ARN), i.PrincipalID, "without a name")
	case "FederatedUser":
		name := "federated user " + cmp.Or(after(i.ARN, ":federated-user/"), after(i.PrincipalID, ":"), i.UserName,
			"without a name")
		switch {
		case i.IssuerType == "Root":
			name += " of the root user"
		case i.IssuerName != "":
			name += " of IAM user " + i.IssuerName
		}
		return name
	case "Directory":
		return "directory user " + cmp.Or(i.UserName, i.PrincipalID, lastPart(i.ARN), "without a name")
	case "AWSAccount":
		if session := after(i.PrincipalID, ":"); session != "" {
			return session + " from " + p.accountOf(i.AccountID)
		}
		return p.accountOf(i.AccountID)
	case "AWSService":
		if name, ok := service(i.InvokedBy); ok {
			return name
		}
		return cmp.Or(i.InvokedBy, "an AWS service")
	case "IdentityCenterUser":
		return identityCenterUser(i)
	case "SAMLUser":
		return via("SAML user "+cmp.Or(i.UserName, after(i.PrincipalID, ":"), i.PrincipalID, "without a name"), i.Provider)
	case "WebIdentityUser":
		return via("web identity user "+cmp.Or(i.UserName, i.PrincipalID, "without a name"),
			cmp.Or(i.Provider, i.FederatedProvider))
	}
	if i.OnBehalfOf != "" {
		return identityCenterUser(i)
	}
	name := cmp.Or(i.UserName, after(i.ARN, ":assumed-role/"), lastPart(i.ARN), i.PrincipalID)
	if i.Type == "" || i.Type == "Unknown" {
		return name
	}
	return strings.TrimSpace(i.Type + " " + name)
}

// cdkRole is the role for CloudFormation that "cdk bootstrap" creates:
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
var cdkRole = regexp.MustCompile(`^cdk-[a-z0-9]+-cfn-exec-role-`)

// session writes the user of a role: the person and the permission set for roles of Identity
// Center, else the role and its session.
func (p identityFormatter) session(i *cloudtrail.Identity) string {
	role, session := i.IssuerName, i.SessionName
	if set := i.PermissionSet(); set != "" {
		return cmp.Or(session, i.UserName, "somebody") + " (" + set + ", Identity Center)"
	}
	name := "a role"
	if role != "" {
		name = "role " + role
	}
	switch {
	case session == "AWSCloudFormation" && cdkRole.MatchString(role):
		return "CloudFormation (cdk exec role)"
	case session == "" || session == role:
	case strings.HasPrefix(session, "i-"):
		name += " on instance " + session
	default:
		name = cmp.Or(role, name) + " as " + session
	}
	if i.SourceIdentity != "" && i.SourceIdentity != session {
		name += " (source identity " + i.SourceIdentity + ")"
	}
	return name
}

func identityCenterUser(i *cloudtrail.Identity) string {
	if i.UserName != "" {
		return i.UserName + " (Identity Center)"
	}
	return "Identity Center user " + cmp.Or(i.OnBehalfOf, i.PrincipalID, "without a name")
}

// unidentifiedCaller writes the caller of a record without an identity.
func (p identityFormatter) unidentifiedCaller() string {
	r := &p.event.Record
	if name, ok := service(r.EventSource); ok && r.EventType == "AwsServiceEvent" {
		return name
	}
	switch {
	case r.InsightDetails != nil:
		return "CloudTrail Insights"
	case r.Identity.InvokedBy == "AWS Internal":
		return "AWS"
	}
	return unknownCaller
}

// where writes the account and the Region.
func (p identityFormatter) where() string {
	var parts []string
	if account := p.event.Account; account != "" {
		parts = append(parts, p.labelOf(account))
	}
	if region := cmp.Or(p.event.Region, p.event.Record.Region); region != "" {
		parts = append(parts, region)
	}
	if len(parts) == 0 {
		return unknownPlace
	}
	return strings.Join(parts, ", ")
}

// nameOf gives the name of an account, or its id.
func (p identityFormatter) nameOf(account string) string { return cmp.Or(p.names[account], account) }

// labelOf gives the name and the id of an account.
func (p identityFormatter) labelOf(account string) string {
	p.addSeen(account)
	if name := p.names[account]; name != "" && name != account {
		return name + " (" + account + ")"
	}
	return account
}

// accountOf writes the account of a caller, and whether it is external.
func (p identityFormatter) accountOf(account string) string {
	if account == "" {
		return "an unknown account"
	}
	return "account " + p.labelOf(account) + p.externalLabel(account)
}

// isAccount reports whether a text is an account id: twelve digits. Anonymized records have other
// texts.
func isAccount(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func via(name, provider string) string {
	if provider == "" {
		return name
	}
	return name + " (via " + lastPart(provider) + ")"
}

// lastPart gives what follows the last slash or colon of an ARN.
func lastPart(arn string) string { return arn[strings.LastIndexAny(arn, "/:")+1:] }

// after gives what follows the first separator, "" without one.
func after(s, separator string) string {
	_, after, _ := strings.Cut(s, separator)
	return after
}
