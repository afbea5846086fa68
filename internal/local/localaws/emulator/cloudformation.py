"""CloudFormation: change sets, updates and failures.

moto's own loses outputs and exports of change sets, resolves a parameter twice on an update, renames what has no name
of its own, ignores DependsOn on updates, leaves a stack CREATE_IN_PROGRESS for ever when a resource fails, and skips
types that it does not know while the stack turns green.
"""

import json
import sys
import traceback

import yaml
from moto.cloudformation import models, parsing, responses
from moto.cloudformation.exceptions import ValidationError
from moto.core.responses import ActionResult, EmptyResult

# The longest name that CloudFormation makes up for a type; it cuts the stack's name and the logical id.
LONGEST_NAME = {
    "AWS::Events::Rule": 64, "AWS::Events::Archive": 48, "AWS::IAM::Role": 64, "AWS::Lambda::Function": 64,
    "AWS::SQS::Queue": 80, "AWS::S3::Bucket": 63,
}


class Unsupported(ValidationError):
    pass


def resource_class_from_type(resource_type):
    """A type without a model fails; moto skips it, and the stack is green with half its resources."""
    found = parsing.get_model_map().get(resource_type)
    if not found:
        raise Unsupported(message=f"localaws has no model for {resource_type}")
    return found


_generate_resource_name = parsing.generate_resource_name


def generate_resource_name(resource_type, stack_name, logical_id):
    name = _generate_resource_name(resource_type, stack_name, logical_id)
    longest = LONGEST_NAME.get(resource_type, 128)
    if len(name) <= longest:
        return name
    stem, _, suffix = name.rpartition("-")
    return stem[: longest - len(suffix) - 1].rstrip("-") + "-" + suffix


def parse_template(template):
    """JSON first: moto reads everything as YAML, in Python, which takes seconds for a template of the CDK."""
    try:
        return json.loads(template)
    except ValueError:
        yaml.add_multi_constructor("", models.yaml_tag_constructor)
        return yaml.load(template, Loader=yaml.Loader)


def references(node):
    """The logical ids that a part of a template names."""
    found = set()
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and isinstance(value, str):
                found.add(value)
            elif key == "Fn::GetAtt":
                found.add(value[0] if isinstance(value, list) else value.split(".")[0])
            elif key == "Fn::Sub":
                text = value if isinstance(value, str) else value[0]
                found |= {part.split("}")[0].split(".")[0] for part in text.split("${")[1:]}
                found |= references(value)
            else:
                found |= references(value)
    elif isinstance(node, list):
        for value in node:
            found |= references(value)
    return found


def needs(resource_json):
    """The logical ids that must be there first."""
    depends = resource_json.get("DependsOn", [])
    return (set(depends) if isinstance(depends, list) else {depends}) | references(resource_json.get("Properties", {}))


def tell(resources_map, logical_id, resource_type, status, resource=None, why=None):
    """An event of a resource, for the progress that people watch and for the reason of a failure."""
    stack = getattr(resources_map, "localaws_stack", None)
    if stack:
        stack.events.append(models.Event(
            stack_id=stack.stack_id, stack_name=stack.name, logical_resource_id=logical_id,
            physical_resource_id=getattr(resource, "physical_resource_id", ""), resource_type=resource_type,
            resource_status=status, resource_status_reason=why, resource_properties=None))


def create_resource(logical_id, resource_json, resources_map, account_id, region_name):
    """As moto's, but what stands in DependsOn comes first, also where a Ref asks for the resource."""
    condition = resource_json.get("Condition")
    if condition and not resources_map.lazy_condition_map[condition]:
        return None
    depends = resource_json.get("DependsOn", [])
    for other in depends if isinstance(depends, list) else [depends]:
        resources_map[other]
    resource_type = resource_json["Type"]
    try:
        model, parsed, name = parsing.parse_resource_and_generate_name(logical_id, resource_json, resources_map)
        tell(resources_map, logical_id, resource_type, "CREATE_IN_PROGRESS")
        resource = model.create_from_cloudformation_json(
            name, parsed, account_id, region_name, LogicalId=logical_id, StackId=resources_map.stack_id,
            ResourceType=resource_type)
        if not isinstance(getattr(resource, "physical_resource_id", None), str):
            raise Unsupported(message=f"localaws: moto has no Ref for {resource_type}")
    except Exception as x:
        raise blamed(x, resources_map, logical_id, resource_type, "CREATE_FAILED")
    resource.cf_resource_type = resource_type
    resource.logical_resource_id = logical_id
    resource.localaws_name = name
    tell(resources_map, logical_id, resource_type, "CREATE_COMPLETE", resource)
    return resource


def blamed(error, resources_map, logical_id, resource_type, status):
    """Tells the failure of the resource where it happened, not of those that wait for it."""
    first = not getattr(error, "localaws_named", False)
    error = named(error, logical_id)
    if first:
        tell(resources_map, logical_id, resource_type, status, why=error.message)
    return error


def named(error, logical_id):
    """The error with the resource's name, as the events of a stack tell it; named once, at the innermost."""
    if getattr(error, "localaws_named", False):
        return error
    if not isinstance(error, (ValidationError,)) and not hasattr(error, "message"):
        traceback.print_exception(error, file=sys.stderr)
    text = getattr(error, "message", None) or getattr(error, "description", None) or repr(error)
    new = ValidationError(message=f"{logical_id}: {text}")
    new.localaws_named = True
    return new


def update_resource(logical_id, resource_json, resources_map):
    """Returns the resource as it is after the update: changed in place, or a new one in its stead."""
    resource_type = resource_json["Type"]
    try:
        account_id, region_name = resources_map._account_id, resources_map._region_name
        tell(resources_map, logical_id, resource_type, "UPDATE_IN_PROGRESS", resources_map._parsed_resources[logical_id])
        model, parsed, name = parsing.parse_resource_and_generate_name(logical_id, resource_json, resources_map)
        old = resources_map._parsed_resources[logical_id]
        property_name = parsing.resource_name_property_from_type(resource_type)
        # A made-up name stays; moto makes up another one for each update.
        if not (property_name and property_name in parsed.get("Properties", {})):
            name = getattr(old, "localaws_name", name)
        if name != old.localaws_name:
            new = model.create_from_cloudformation_json(
                name, parsed, account_id, region_name, LogicalId=logical_id, StackId=resources_map.stack_id,
                ResourceType=resource_type)
            resources_map._delete_resource(old, resources_map.localaws_previous[logical_id])
        elif hasattr(model.update_from_cloudformation_json, "__isabstractmethod__"):
            raise Unsupported(message=f"localaws cannot update a {resource_type}")
        else:
            new = model.update_from_cloudformation_json(
                original_resource=old, new_resource_name=name, cloudformation_json=parsed,
                account_id=account_id, region_name=region_name)
    except Exception as x:
        raise blamed(x, resources_map, logical_id, resource_type, "UPDATE_FAILED")
    new.cf_resource_type = resource_type
    new.logical_resource_id = logical_id
    new.localaws_name = name
    tell(resources_map, logical_id, resource_type, "UPDATE_COMPLETE", new)
    return new


def identity(resource):
    """What a Ref or a GetAtt Arn gives: those who name the resource are updated when it changes."""
    try:
        arn = resource.get_cfn_attribute("Arn") if type(resource).has_cfn_attr("Arn") else None
    except Exception:
        arn = None
    return getattr(resource, "physical_resource_id", None), arn


def update_map(self, template, parameters=None):
    """Brings the resources from the old template to the new one: first what is new or changed, in order of need, then
    what is gone, in the reverse order of its creation."""
    old_json, new_json = self._resource_json_map, template["Resources"]
    old_values = dict(self.resolved_parameters)
    self.localaws_previous = old_json
    self._template, self._resource_json_map = template, new_json
    if parameters is not None:
        self.input_parameters = parameters
    for key in old_values:
        self._parsed_resources.pop(key, None)
    self.resolved_parameters = {}
    self.load_mapping()
    self.load_parameters()
    self.load_conditions()
    values = self.resolved_parameters
    changed = {k for k in set(values) | set(old_values) if values.get(k) != old_values.get(k)}
    existing = {name for name in old_json if name in self._parsed_resources}

    def wanted(name):
        condition = new_json[name].get("Condition") if name in new_json else None
        return name in new_json and not (condition and not self.lazy_condition_map[condition])

    for name in existing & set(new_json):
        if old_json[name]["Type"] != new_json[name]["Type"]:
            raise ValidationError(message=f"Update of resource type is not permitted: {name}")

    seen = set()

    def visit(name):
        if name in seen or not wanted(name):
            return
        seen.add(name)
        for other in sorted(needs(new_json[name])):
            if other in new_json:
                visit(other)
        if name not in existing:
            self[name]
        elif new_json[name] != old_json[name] or needs(new_json[name]) & changed:
            before = identity(self._parsed_resources[name])
            self._parsed_resources[name] = update_resource(name, new_json[name], self)
            if identity(self._parsed_resources[name]) != before:
                changed.add(name)

    for name in new_json:
        visit(name)
    for name in [n for n in reversed(list(self._parsed_resources)) if n in existing and not wanted(n)]:
        if old_json[name].get("DeletionPolicy") != "Retain":
            self._delete_resource(self._parsed_resources[name], old_json[name])
        del self._parsed_resources[name]


def delete_map(self):
    """In the reverse order of creation. moto goes through a set, again and again until nothing fails."""
    names = [n for n in self._parsed_resources if n in self._resource_json_map]
    for name in reversed(names):
        if self._resource_json_map[name].get("DeletionPolicy") not in ("Retain", "RetainExceptOnCreate"):
            try:
                self._delete_resource(self._parsed_resources[name], self._resource_json_map[name])
            except Exception as x:
                raise blamed(x, self, name, self._resource_json_map[name]["Type"], "DELETE_FAILED")
        del self._parsed_resources[name]


def delete_resource(self, resource, resource_json):
    """moto takes any TypeError of a delete for "has no delete" and then does nothing."""
    resource_type = resource_json["Type"]
    tell(self, resource.logical_resource_id, resource_type, "DELETE_IN_PROGRESS", resource)
    if callable(getattr(resource, "delete", None)):
        resource.delete(self._account_id, self._region_name)
    else:
        model = resource_class_from_type(resource_type)
        if hasattr(model.delete_from_cloudformation_json, "__isabstractmethod__"):
            raise Unsupported(message=f"localaws cannot delete a {resource_type}")
        parsed = parsing.clean_json(resource_json, self)
        model.delete_from_cloudformation_json(resource.physical_resource_id, parsed, self._account_id, self._region_name)
    tell(self, resource.logical_resource_id, resource_type, "DELETE_COMPLETE", resource)


def launch(backend, stack, verb, template, parameters, tags=None):
    """Deploys a template to a stack. verb: CREATE or UPDATE. A failure shows in the status and the events, as with
    AWS, where a deployment goes on after the call has returned; a failed creation is taken back, a failed update
    stays half done (moto keeps no previous state)."""
    stack._add_stack_event(f"{verb}_IN_PROGRESS", resource_status_reason="User Initiated")
    stack.status = f"{verb}_IN_PROGRESS"
    stack.resource_map.localaws_stack = stack
    stack.cross_stack_resources = stack.resource_map.cross_stack_resources = backend.exports
    previous = stack.resource_map._resource_json_map
    try:
        document = parse_template(template)
        stack.resource_map.update(document, parameters)
        stack.template, stack.template_dict, stack.parameters = template, document, parameters
        stack.description = document.get("Description")
        if tags:
            stack.tags = tags
        stack.output_map = stack._create_output_map()
        stack.outputs  # an output that cannot be resolved fails the deployment
        for name in [n for n, e in backend.exports.items() if e.exporting_stack_id == stack.stack_id]:
            del backend.exports[name]
        for export in stack.exports:
            if export.name in backend.exports:
                raise ValidationError(message=f"Export with name {export.name} is already exported")
            backend.exports[export.name] = export
    except Exception as x:
        why = named(x, stack.name).message
        sys.stderr.write(f"localaws: {verb} of {stack.stack_id} failed: {why}\n")
        stack._add_stack_event(f"{verb}_FAILED", resource_status_reason=why)
        if verb == "CREATE":
            try:
                stack.resource_map.delete()
                stack.status = "ROLLBACK_COMPLETE"
            except Exception as y:
                why = named(y, stack.name).message
                stack.status = "ROLLBACK_FAILED"
        else:
            # What the next update compares with: the old definition of what exists, so that all of it is done again.
            stack.resource_map._resource_json_map = previous
            stack.status = "UPDATE_ROLLBACK_COMPLETE"
        stack._add_stack_event(stack.status, resource_status_reason=why)
        return
    stack.status = f"{verb}_COMPLETE"
    stack._add_stack_event(stack.status)


def create_stack(self, name, template, parameters, notification_arns=None, tags=None, role_arn=None,
                 enable_termination_protection=False, timeout_in_mins=None, stack_policy_body=None):
    if name in [s.name for s in self.stacks.values()]:
        raise models.AlreadyExistsException(f"Stack {name} already exists")
    stack = models.Stack(
        stack_id=models.generate_stack_id(name, self.region_name, self.account_id), name=name, template={},
        parameters=parameters, account_id=self.account_id, region_name=self.region_name,
        notification_arns=notification_arns, tags=tags, role_arn=role_arn, cross_stack_resources=self.exports,
        enable_termination_protection=enable_termination_protection, timeout_in_mins=timeout_in_mins,
        stack_policy_body=stack_policy_body)
    self.stacks[stack.stack_id] = stack
    launch(self, stack, "CREATE", template, parameters)
    return stack


def update_stack(self, name, template, role_arn, parameters, tags):
    stack = self.get_stack(name)
    launch(self, stack, "UPDATE", template, self._resolve_update_parameters(stack, parameters), tags)
    return stack


def resolve_update_parameters(self, instance, incoming_params):
    """UsePreviousValue of a parameter that was never given means its default; moto looks for it and fails."""
    given = {p["ParameterKey"]: p["ParameterValue"] for p in incoming_params if "ParameterValue" in p}
    kept = {p["ParameterKey"]: instance.parameters[p["ParameterKey"]] for p in incoming_params
            if p.get("UsePreviousValue") and p["ParameterKey"] in instance.parameters}
    return {**given, **kept}


def find_change_set(self, name, stack_name=None):
    """The latest change set of that name, which is unique within its stack only: the CDK gives all of its change sets
    one name, and moto takes the first of that name, of whatever stack."""
    for key, found in reversed(list(self.change_sets.items())):
        if name == key:
            return key, found
        if name == found.change_set_name and stack_name in (None, found.stack_name, found.stack_id):
            return key, found
    return None, None


class ChangeSetNotFound(ValidationError):
    code = "ChangeSetNotFound"


class InvalidChangeSetStatus(ValidationError):
    code = "InvalidChangeSetStatus"


def describe_change_set(self, change_set_name, stack_name=None):
    _, found = find_change_set(self, change_set_name, stack_name)
    if not found:
        raise ChangeSetNotFound(message=f"ChangeSet [{change_set_name}] does not exist")
    return found


def delete_change_set(self, change_set_name, stack_name=None):
    """The CDK deletes a change set by name before it makes one; moto fails where there is none."""
    key, found = find_change_set(self, change_set_name, stack_name)
    if found:
        del self.change_sets[key]


def execute_change_set(self, change_set_name, stack_name=None):
    found = describe_change_set(self, change_set_name, stack_name)
    if found.execution_status != "AVAILABLE":
        raise InvalidChangeSetStatus(message=f"ChangeSet [{found.change_set_name}] cannot be executed in its current status of [{found.status}]")
    stack = self.stacks[found.stack_id]
    launch(self, stack, found.change_set_type, found.template, found.parameters, found.tags)
    found.execution_status = "EXECUTE_COMPLETE"


def describe_change_set_response(self):
    """moto hands the stack's name to ExecuteChangeSet only."""
    return ActionResult(self.cloudformation_backend.describe_change_set(
        self._get_param("ChangeSetName"), self._get_param("StackName")))


def delete_change_set_response(self):
    self.cloudformation_backend.delete_change_set(self._get_param("ChangeSetName"), self._get_param("StackName"))
    return EmptyResult()


def stack_parameters(self):
    """The parameters as they were given, defaults included. moto gives them resolved: a parameter that names an SSM
    parameter then holds that parameter's value, and UsePreviousValue looks for a parameter of that name."""
    slots = self.template_dict.get("Parameters", {})
    return {k: self.parameters.get(k, v.get("Default")) for k, v in slots.items()}


def has_parameters(self, other_parameters):
    """Whether the values are those of the stack; one that is not given has its default."""
    defaults = {k: v.get("Default") for k, v in self.template_dict.get("Parameters", {}).items()}
    return {**defaults, **other_parameters} == self.stack_parameters


def validate_different_update(self, incoming_params, stack_body, old_stack):
    """A change set without a change is made, and has failed; only UpdateStack refuses."""
    if self._get_action() == "UpdateStack":
        if parse_template(old_stack.template) == parse_template(stack_body):
            if not incoming_params or self._get_param_values(incoming_params, old_stack.stack_parameters) == old_stack.stack_parameters:
                raise ValidationError(old_stack.name, message="No updates are to be performed.")


def delete_stack(self, name_or_stack_id):
    """A deletion that fails shows in the status; moto answers with error 500 and forgets the stack."""
    for stack in list(self.stacks.values()):
        if name_or_stack_id not in (stack.stack_id, stack.name):
            continue
        for name in [n for n, e in self.exports.items() if e.exporting_stack_id == stack.stack_id]:
            del self.exports[name]
        try:
            stack.delete()
        except Exception as x:
            stack.status = "DELETE_FAILED"
            stack._add_stack_event("DELETE_FAILED", resource_status_reason=named(x, stack.name).message)
            continue
        self.deleted_stacks[stack.stack_id] = stack
        del self.stacks[stack.stack_id]
        for key in [k for k, c in self.change_sets.items() if c.stack_id == stack.stack_id]:
            del self.change_sets[key]


def parse_change_set(self):
    self.template_dict = parse_template(self.template)


def patch():
    if yaml.__with_libyaml__:
        # The C parser: the bootstrap template of the CDK takes Python's two seconds, each of the many times it is read.
        yaml.add_multi_constructor("", models.yaml_tag_constructor, Loader=yaml.CLoader)
        yaml.Loader = yaml.CLoader
    parsing.resource_class_from_type = resource_class_from_type
    parsing.generate_resource_name = generate_resource_name
    parsing.parse_and_create_resource = create_resource
    parsing.ResourceMap.update = update_map
    parsing.ResourceMap.delete = delete_map
    parsing.ResourceMap._delete_resource = delete_resource
    models.Stack.parse_template = staticmethod(parse_template)
    models.Stack.stack_parameters = property(stack_parameters)
    models.Stack.has_parameters = has_parameters
    models.ChangeSet._parse_template = parse_change_set
    backend = models.CloudFormationBackend
    backend.create_stack = create_stack
    backend.update_stack = update_stack
    backend.delete_stack = delete_stack
    backend._resolve_update_parameters = resolve_update_parameters
    backend.describe_change_set = describe_change_set
    backend.delete_change_set = delete_change_set
    backend.execute_change_set = execute_change_set
    responses.CloudFormationResponse.describe_change_set = describe_change_set_response
    responses.CloudFormationResponse.delete_change_set = delete_change_set_response
    responses.CloudFormationResponse._validate_different_update = validate_different_update
