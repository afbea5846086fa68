"""Stack sets with service-managed permissions, made from a template.

moto's own do not show as stacks, cannot be updated, go to grandchildren of a unit nowhere and to the management account
everywhere, know neither filters nor failures nor automatic deployment, and ask for no trusted access.
"""

import sys
import uuid

from moto.cloudformation import models as cloudformation
from moto.cloudformation import responses
from moto.cloudformation.exceptions import ValidationError
from moto.core.responses import EmptyResult
from moto.organizations import models as organizations
from moto.utilities.utils import get_partition

from .cloudformation import launch, parse_template
from .organization import STACK_SETS as PRINCIPAL
from .resources import model

made = {}  # physical id -> ServiceManaged


class Instance:
    """One account and Region of a stack set, as moto's answers want it."""

    def __init__(self, owner, account, region):
        self.owner, self.account_id, self.region_name = owner, account, region
        self.stack_name = f"StackSet-{owner.name}-{uuid.uuid4()}"
        self.reason = None

    @property
    def backend(self):
        return cloudformation.cloudformation_backends[self.account_id][self.region_name]

    def deploy(self):
        """Creates or updates the stack; says whether that went well."""
        p = self.owner.properties
        stack = next((s for s in self.backend.stacks.values() if s.name == self.stack_name), None)
        if stack is not None and stack.status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"):
            self.backend.delete_stack(stack.stack_id)
            stack = None
        parameters = {x["ParameterKey"]: x["ParameterValue"] for x in p.get("Parameters", [])}
        if stack is None:
            stack = self.backend.create_stack(self.stack_name, p["TemplateBody"], parameters)
        elif parse_template(stack.template) != parse_template(p["TemplateBody"]) or stack.status == "UPDATE_ROLLBACK_COMPLETE":
            launch(self.backend, stack, "UPDATE", p["TemplateBody"], parameters)
        failed = "ROLLBACK" in stack.status
        self.stack_id = stack.stack_id
        self.reason = stack.events[-1].resource_status_reason if failed else None
        return not failed

    def delete(self):
        self.backend.delete_stack(self.stack_name)

    def to_dict(self):
        return {
            "StackId": self.stack_id, "StackSetId": self.owner.moto.id, "Region": self.region_name, "Account": self.account_id,
            "Status": "OUTDATED" if self.reason else "CURRENT", "StatusReason": self.reason, "ParameterOverrides": [],
            "StackInstanceStatus": {"DetailedStatus": "FAILED" if self.reason else "SUCCEEDED"},
        }


class ServiceManaged:
    def __init__(self, p, account, region):
        self.name, self.properties = p["StackSetName"], p
        self.organization = administered(p, account, region)
        backend = cloudformation.cloudformation_backends[account][region]
        if any(s.name == self.name and s.status != "DELETED" for s in backend.stacksets.values()):
            raise ValidationError(message=f"StackSet {self.name} already exists")
        self.moto = backend.create_stack_set(self.name, p["TemplateBody"], {}, {}, p["PermissionModel"], None, None, p.get("Description"))
        self.instances = self.moto.stack_instances  # moto answers from this list

    def within(self, account, units):
        """Whether an account is in one of the units or below it; the management account never counts."""
        if account.id == self.organization.org.master_account_id:
            return False
        parents = {u.id: u.parent_id for u in self.organization.ou}
        at = account.parent_id
        while at:
            if at in units:
                return True
            at = parents.get(at)
        return False

    def targets(self):
        """The accounts and Regions that the properties ask for, in their order."""
        wanted = []
        for group in self.properties.get("StackInstancesGroup", []):
            t = group["DeploymentTargets"]
            listed, kind = t.get("Accounts", []), t.get("AccountFilterType", "NONE")
            if kind not in ("NONE", "INTERSECTION", "DIFFERENCE"):
                raise ValidationError(message=f"AccountFilterType {kind} is not supported for create operations")
            for region in group["Regions"]:
                for account in self.organization.accounts:
                    taken = kind == "NONE" or (account.id in listed) == (kind == "INTERSECTION")
                    if taken and self.within(account, t["OrganizationalUnitIds"]) and (account.id, region) not in wanted:
                        wanted.append((account.id, region))
        return wanted

    def deploy(self):
        """Brings the instances to what the properties ask for. What fails in more accounts of a Region than may fail fails it all."""
        wanted = self.targets()
        for gone in [i for i in self.instances if (i.account_id, i.region_name) not in wanted]:
            self.remove(gone)
        there = {(i.account_id, i.region_name): i for i in self.instances}
        preferences = self.properties.get("OperationPreferences", {})
        for region in dict.fromkeys(r for _, r in wanted):
            accounts = [a for a, r in wanted if r == region]
            tolerated = int(preferences.get("FailureToleranceCount", len(accounts) * float(preferences.get("FailureTolerancePercentage", 0)) // 100))
            failed = []
            for account in accounts:
                instance = there.get((account, region)) or self.add(account, region)
                if not instance.deploy():
                    failed.append(f"{account}: {instance.reason}")
            if len(failed) > tolerated:
                raise ValidationError(message=f"Stack set operation failed in {region}, in {len(failed)} accounts where {tolerated} may fail: {'; '.join(failed)}")

    def add(self, account, region):
        instance = Instance(self, account, region)
        self.instances.append(instance)
        return instance

    def remove(self, instance, retain=False):
        if not retain:
            instance.delete()
        self.instances.remove(instance)

    def moved(self, account, was):
        """Automatic deployment, which heeds no filter: account has joined or left units; was says which groups it was in."""
        automatic = self.properties.get("AutoDeployment", {})
        if str(automatic.get("Enabled")).lower() != "true":
            return
        retain = str(automatic.get("RetainStacksOnAccountRemoval")).lower() == "true"
        for before, now, group in zip(was, self.memberships(account), self.properties["StackInstancesGroup"]):
            for region in group["Regions"]:
                there = next((i for i in self.instances if (i.account_id, i.region_name) == (account.id, region)), None)
                if now and not before and not there:
                    instance = self.add(account.id, region)
                    if not instance.deploy():
                        sys.stderr.write(f"localaws: automatic deployment to {account.id} {region} failed: {instance.reason}\n")
                if before and not now and there:
                    self.remove(there, retain)

    def memberships(self, account):
        return [self.within(account, g["DeploymentTargets"]["OrganizationalUnitIds"]) for g in self.properties["StackInstancesGroup"]]


def organization_of(account, region):
    """moto's organization of an account, None where it is in none."""
    for backends in list(organizations.organizations_backends.values()):
        backend = backends[get_partition(region)]
        if backend.org and any(a.id == account for a in backend.accounts):
            return backend
    return None


def administered(p, account, region):
    """The organization, where the account may make stack sets for it."""
    found = organization_of(account, region)
    if found is None:
        raise ValidationError(message=f"Account {account} is not in an organization made by organizations:CreateOrganization")
    if not any(s["ServicePrincipal"] == PRINCIPAL for s in found.services):
        raise ValidationError(message="You must enable organizations access to operate a service managed stack set")
    if p.get("CallAs", "SELF") == "SELF":
        if account != found.org.master_account_id:
            raise ValidationError(message=f"CallAs SELF: account {account} is not the management account of the organization")
    elif not any(a.account.id == account and PRINCIPAL in a.services for a in found.admins):
        raise ValidationError(message=f"CallAs DELEGATED_ADMIN: account {account} is not a delegated administrator of {PRINCIPAL}")
    return found


def put(p, account, region, name):
    if p["PermissionModel"] != "SERVICE_MANAGED" or "TemplateBody" not in p:
        raise ValidationError(message="localaws has stack sets with service-managed permissions and a TemplateBody")
    if len(p["TemplateBody"].encode()) > 51200:
        raise ValidationError(message="TemplateBody has more than 51200 bytes")
    found = next((s for s in made.values() if s.name == p["StackSetName"] and s.moto.status != "DELETED"
                  and s.moto.id in cloudformation.cloudformation_backends[account][region].stacksets), None)
    if found is None:
        found = ServiceManaged(p, account, region)
        made[found.moto.id] = found
    else:
        administered(p, account, region)
        found.properties, found.moto.template = p, p["TemplateBody"]
    try:
        found.deploy()
    except Exception:
        if not getattr(found, "complete", False):  # a creation that failed leaves nothing
            remove(p, account, region, found.moto.id)
        raise
    found.complete = True
    return found.moto.id


def remove(p, account, region, physical):
    found = made.pop(physical, None)
    if found:
        for instance in list(found.instances):
            found.remove(instance)
        found.moto.delete()


def following(method):
    """A call of Organizations after which automatic deployment goes to work."""

    def call(self, **kwargs):
        sets = [s for s in made.values() if s.organization is self]
        was = {(s.moto.id, a.id): s.memberships(a) for s in sets for a in self.accounts}
        answer = method(self, **kwargs)
        for s in sets:
            for account in self.accounts:
                s.moved(account, was.get((s.moto.id, account.id), [False] * len(s.properties["StackInstancesGroup"])))
        return answer

    return call


def activate_organizations_access(self):
    """moto has it in Organizations only."""
    found = organizations.organizations_backends[self.current_account][get_partition(self.region)]
    if not found.org:
        raise ValidationError(message="Only the management account of an organization can activate access")
    found.enable_aws_service_access(ServicePrincipal=PRINCIPAL)
    return EmptyResult()


def patch():
    model("AWS::CloudFormation::StackSet", put, remove, "StackSetName", {"StackSetId": lambda self: self.physical_resource_id})
    organizations.FakeDelegatedAdministrator.SUPPORTED_SERVICES.append(PRINCIPAL)
    backend = organizations.OrganizationsBackend
    backend.create_account = following(backend.create_account)
    backend.move_account = following(backend.move_account)
    responses.CloudFormationResponse.activate_organizations_access = activate_organizations_access
