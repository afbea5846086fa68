"""Which organization an account belongs to: what the caller of the emulator said, or what moto's Organizations knows."""

from moto.organizations.models import organizations_backends

STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com"

told = {}  # account -> organization id


def tell(said):
    """Takes what the caller of the emulator says. With a management account Organizations knows it too, and StackSets may be
    used."""
    told.update({account: said["ID"] for account in said.get("Accounts") or []})
    management, root = said.get("Management"), said.get("Root")
    if not management:
        return
    backend = organizations_backends[management]["aws"]
    backend.create_organization(region="us-east-1", FeatureSet="ALL")
    backend.org.id, backend.org.root_id, backend.ou[0].id = said["ID"], root, root
    for account in said["Accounts"]:
        if account != management:
            backend.create_account(AccountName=account, Email=f"{account}@example.com")
            backend.accounts[-1].id = account
            organizations_backends.master_accounts[account] = (management, "aws")
    for account in backend.accounts:
        account.parent_id = root
    backend.enable_aws_service_access(ServicePrincipal=STACK_SETS)
    for account in said.get("DelegatedAdministrators") or []:
        backend.register_delegated_administrator(AccountId=account, ServicePrincipal=STACK_SETS)


def of(account):
    """The organization's id, None where the account is in none."""
    if account in told:
        return told[account]
    for backends in list(organizations_backends.values()):
        for backend in list(backends.values()):
            if backend.org and any(a.id == account for a in backend.accounts):
                return backend.org.id
    return None
