package cloudtrail

import "strings"

// Identity is the userIdentity of a record: the caller.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
type Identity struct {
	// Type is Root, IAMUser, AssumedRole, Role, FederatedUser, Directory, AWSAccount, AWSService,
	// IdentityCenterUser, SAMLUser, WebIdentityUser, Unknown, or something newer.
	Type        string
	ARN         string
	AccountID   string
	PrincipalID string
	UserName    string
	// InvokedBy is the service that made the call for the identity, such as
	// "cloudformation.amazonaws.com", or "AWS Internal".
	InvokedBy string
	// Provider is identityProvider: the issuer of a SAML or web identity.
	Provider string
	// IssuerName, IssuerType and IssuerARN are of the sessionIssuer: the role that was assumed, or
	// the user or root user that requested a session token.
	IssuerName, IssuerType, IssuerARN string
	// SessionName is the name of the role session. The caller of AssumeRole chooses it.
	SessionName string
	// SourceIdentity is set when the first role of a chain is assumed, and cannot be changed
	// afterwards.
	SourceIdentity string
	// OnBehalfOf is the user id in Identity Center.
	OnBehalfOf string
	// FederatedProvider is the provider in webIdFederationData, such as an OIDC provider's ARN.
	FederatedProvider string
}

func (i *Identity) decode(f map[string]any) {
	session := object(f["sessionContext"])
	issuer := object(session["sessionIssuer"])
	behalf := object(f["onBehalfOf"])
	*i = Identity{
		Type:              text(f["type"]),
		ARN:               text(f["arn"]),
		AccountID:         account(f["accountId"]),
		PrincipalID:       text(f["principalId"]),
		UserName:          text(f["userName"]),
		InvokedBy:         text(f["invokedBy"]),
		Provider:          text(f["identityProvider"]),
		IssuerName:        text(issuer["userName"]),
		IssuerType:        text(issuer["type"]),
		IssuerARN:         text(issuer["arn"]),
		SourceIdentity:    text(session["sourceIdentity"]),
		OnBehalfOf:        text(behalf["userId"]),
		FederatedProvider: text(object(session["webIdFederationData"])["federatedProvider"]),
	}
	i.SessionName = sessionName(i)
	if i.IssuerName == "" {
		i.IssuerName = roleName(i)
	}
}

// sessionName reads the session of arn:…:assumed-role/ROLE/SESSION, or of a principalId
// ROLEID:SESSION.
func sessionName(i *Identity) string {
	if _, rest, ok := strings.Cut(i.ARN, ":assumed-role/"); ok {
		_, name, _ := strings.Cut(rest, "/")
		return name
	}
	if strings.HasPrefix(i.PrincipalID, "AROA") {
		_, name, _ := strings.Cut(i.PrincipalID, ":")
		return name
	}
	return ""
}

// roleName gives the role of a record without an issuer's name: from the ARN of the session, of the
// issuer, or of the role.
func roleName(i *Identity) string {
	if _, rest, ok := strings.Cut(i.ARN, ":assumed-role/"); ok {
		name, _, _ := strings.Cut(rest, "/")
		return name
	}
	for _, arn := range []string{i.IssuerARN, i.ARN} {
		if _, rest, ok := strings.Cut(arn, ":role/"); ok {
			return rest[strings.LastIndexByte(rest, '/')+1:]
		}
	}
	return ""
}

// PermissionSet gives the permission set of a role that Identity Center made,
// AWSReservedSSO_<set>_<hash>; "" for others. Other roles may have such a name, but not the path of
// such a role, which is in the issuer's ARN if the record has one.
// https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
func (i *Identity) PermissionSet() string {
	rest, ok := strings.CutPrefix(i.IssuerName, "AWSReservedSSO_")
	if !ok || i.IssuerARN != "" && !strings.Contains(i.IssuerARN, ":role/aws-reserved/") {
		return ""
	}
	if cut := strings.LastIndexByte(rest, '_'); cut > 0 {
		return rest[:cut]
	}
	return rest
}
