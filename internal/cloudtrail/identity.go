package cloudtrail

import "strings"

// Identity is the userIdentity of a record: who called.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
type Identity struct {
	// Type is Root, IAMUser, AssumedRole, Role, FederatedUser, Directory, AWSAccount, AWSService, IdentityCenterUser, SAMLUser,
	// WebIdentityUser, Unknown, or something newer.
	Type        string
	ARN         string
	AccountID   string
	PrincipalID string
	UserName    string
	// InvokedBy is the service that made the call for the identity, such as "cloudformation.amazonaws.com", or "AWS Internal".
	InvokedBy   string
	AccessKeyID string
	// Provider is identityProvider: who vouched for a SAML or web identity.
	Provider string
	// IssuerName, IssuerType and IssuerARN are of the session's issuer: the role that was assumed, the user or root who asked
	// for a session token.
	IssuerName, IssuerType, IssuerARN string
	// SessionName is the role session's name. Whoever assumes a role chooses it.
	SessionName string
	// SourceIdentity was set when the first role of a chain was assumed, and cannot be changed after.
	SourceIdentity string
	// MFA says that the session was opened with a second factor.
	MFA bool
	// OnBehalfOf is the user id in Identity Center, IdentityStoreARN the store that knows it.
	OnBehalfOf, IdentityStoreARN string
	// CredentialID is the Identity Center credential.
	CredentialID string
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
		AccessKeyID:       text(f["accessKeyId"]),
		Provider:          text(f["identityProvider"]),
		IssuerName:        text(issuer["userName"]),
		IssuerType:        text(issuer["type"]),
		IssuerARN:         text(issuer["arn"]),
		SourceIdentity:    text(session["sourceIdentity"]),
		MFA:               boolean(object(session["attributes"])["mfaAuthenticated"]),
		OnBehalfOf:        text(behalf["userId"]),
		IdentityStoreARN:  text(behalf["identityStoreArn"]),
		CredentialID:      text(f["credentialId"]),
		FederatedProvider: text(object(session["webIdFederationData"])["federatedProvider"]),
	}
	i.SessionName = sessionName(i)
	if i.IssuerName == "" {
		i.IssuerName = roleName(i)
	}
}

// sessionName reads arn:…:assumed-role/ROLE/SESSION, or else a principalId of the form ROLEID:SESSION.
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

// roleName finds the role where the record has no issuer: in the ARN of the session, of the issuer, or of the role itself.
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

// PermissionSet gives the permission set of a role that Identity Center made, AWSReservedSSO_<set>_<hash>; "" for others. Anybody may be
// able to give a role such a name, but not its path, which is in the ARN of the issuer where a record has one.
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
