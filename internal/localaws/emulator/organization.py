"""Which organization an account belongs to: what the caller of the emulator said, or what moto's Organizations knows."""

from moto.organizations.models import organizations_backends

told = {}  # account -> organization id


def of(account):
    """The organization's id, None where the account is in none."""
    if account in told:
        return told[account]
    for backends in list(organizations_backends.values()):
        for backend in list(backends.values()):
            if backend.org and any(a.id == account for a in backend.accounts):
                return backend.org.id
    return None
