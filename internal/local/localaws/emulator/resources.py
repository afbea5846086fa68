"""CloudFormation models: those that moto lacks, and the updates and deletions that its own do not do."""

import json
import secrets

from moto.awslambda import models as awslambda
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.common_models import CloudFormationModel
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.events import models as events
from moto.iam import models as iam
from moto.logs import models as logs
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs import models as sqs
from moto.utilities.utils import get_partition

# CloudFormation finds its models among the subclasses, which Python holds weakly.
KEPT = []


def model(cfn_type, put=None, remove=None, name_property="", attributes=None):
    """Adds a type. put(properties, account, region, name) makes or changes it and may return the physical id;
    remove(properties, account, region, id) ends it; attributes are those of Fn::GetAtt, each a function of the model."""

    def init(self, name, properties, physical, account, region):
        self.name, self.properties, self.physical_resource_id = name, properties, physical
        self.account, self.region = account, region

    def create(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        properties = cloudformation_json.get("Properties", {})
        physical = put(properties, account_id, region_name, resource_name) if put else None
        return cls(resource_name, properties, physical or resource_name, account_id, region_name)

    def update(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        properties = cloudformation_json.get("Properties", {})
        if remove and cfn_type in REPLACED:
            remove(original_resource.properties, account_id, region_name, original_resource.physical_resource_id)
        if put:
            put(properties, account_id, region_name, original_resource.name)
        original_resource.properties = properties
        return original_resource

    def delete(self, account_id, region_name):
        if remove:
            remove(self.properties, account_id, region_name, self.physical_resource_id)

    def attribute(self, name):
        if name not in (attributes or {}):
            raise ValidationError(message=f"localaws: {cfn_type} has no attribute {name}")
        return attributes[name](self)

    KEPT.append(type(CloudFormationModel)(cfn_type.replace(":", ""), (CloudFormationModel,), {
        "__module__": __name__, "__init__": init, "delete": delete, "get_cfn_attribute": attribute,
        "is_created": lambda self: True,
        "cloudformation_type": staticmethod(lambda: cfn_type),
        "cloudformation_name_type": staticmethod(lambda: name_property),
        "has_cfn_attr": classmethod(lambda cls, name: name in (attributes or {})),
        "create_from_cloudformation_json": classmethod(create),
        "update_from_cloudformation_json": classmethod(update),
    }))


# Types whose update takes the old away first, because it says by itself where it stands.
REPLACED = ("AWS::Events::EventBusPolicy", "AWS::SQS::QueuePolicy")


# --- event bus policy, queue policy

def put_bus_policy(p, account, region, name):
    bus = events.events_backends[account][region].event_buses.get(p.get("EventBusName", "default").split("/")[-1])
    if not bus:
        raise ValidationError(message=f"Event bus {p.get('EventBusName')} does not exist.")
    if "Statement" in p:
        statement = p["Statement"]
    else:  # the older way to say it
        who = p["Principal"] if p["Principal"] == "*" else {"AWS": f"arn:aws:iam::{p['Principal']}:root"}
        statement = {"Effect": "Allow", "Principal": who, "Action": p["Action"], "Resource": bus.arn}
        if "Condition" in p:
            c = p["Condition"]
            statement["Condition"] = {c["Type"]: {c["Key"]: c["Value"]}}
    bus._statements[p["StatementId"]] = events.EventBusPolicyStatement.from_dict({**statement, "Sid": p["StatementId"]})
    return f"{bus.name}|{p['StatementId']}"


def remove_bus_policy(p, account, region, name):
    bus = events.events_backends[account][region].event_buses.get(p.get("EventBusName", "default").split("/")[-1])
    if bus:
        bus.remove_statement(p["StatementId"])


def queues(p, account, region):
    return [sqs.sqs_backends[account][region].get_queue(url.split("/")[-1]) for url in p["Queues"]]


def put_queue_policy(p, account, region, name):
    for queue in queues(p, account, region):
        queue.policy = json.dumps(p["PolicyDocument"])


def remove_queue_policy(p, account, region, name):
    for queue in queues(p, account, region):
        queue.policy = None


# --- alarm

def put_alarm(p, account, region, name):
    cloudwatch_backends[account][region].put_metric_alarm(
        name=name, namespace=p.get("Namespace"), metric_name=p.get("MetricName"),
        comparison_operator=p["ComparisonOperator"], evaluation_periods=p["EvaluationPeriods"], period=p.get("Period"),
        threshold=p.get("Threshold"), statistic=p.get("Statistic"), description=p.get("AlarmDescription"),
        dimensions=p.get("Dimensions", []), alarm_actions=p.get("AlarmActions", []), ok_actions=p.get("OKActions", []),
        insufficient_data_actions=p.get("InsufficientDataActions", []), unit=p.get("Unit"),
        extended_statistic=p.get("ExtendedStatistic"), datapoints_to_alarm=p.get("DatapointsToAlarm"),
        treat_missing_data=p.get("TreatMissingData"))
    return name


def remove_alarm(p, account, region, name):
    cloudwatch_backends[account][region].delete_alarms([name])


def alarm_arn(self):
    return f"arn:{get_partition(self.region)}:cloudwatch:{self.region}:{self.account}:alarm:{self.name}"


# --- secret, topic policy, subscription

def put_secret(p, account, region, name):
    backend = secretsmanager_backends[account][region]
    if name in backend.secrets:
        return None  # an update: the value is the operator's
    text = p.get("SecretString", secrets.token_hex(16))
    made = backend.create_secret(name=name, secret_string=text, secret_binary=None, description=p.get("Description"),
                                 tags=[], kms_key_id=p.get("KmsKeyId"), client_request_token=None, replica_regions=[],
                                 force_overwrite=False)
    return json.loads(made)["ARN"]


def remove_secret(p, account, region, name):
    secretsmanager_backends[account][region].delete_secret(name, recovery_window_in_days=None, force_delete_without_recovery=True)


def put_subscription(p, account, region, name):
    return sns_backends[account][region].subscribe(p["TopicArn"], p["Endpoint"], p["Protocol"]).arn


def remove_subscription(p, account, region, name):
    sns_backends[account][region].unsubscribe(name)


def project_arn(self):
    return f"arn:{get_partition(self.region)}:codebuild:{self.region}:{self.account}:project/{self.name}"


# --- what moto's own models leave out

def update_rule(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    """moto deletes the rule and makes another one."""
    p = cloudformation_json["Properties"]
    backend = events.events_backends[account_id][region_name]
    bus = p.get("EventBusName", "default")
    if bus.split("/")[-1] != original_resource.event_bus_name:
        original_resource.delete(account_id, region_name)
    pattern = p.get("EventPattern")
    rule = backend.put_rule(
        new_resource_name, scheduled_expression=p.get("ScheduleExpression"),
        event_pattern=json.dumps(pattern) if pattern is not None else None, state=p.get("State"),
        description=p.get("Description"), role_arn=p.get("RoleArn"), event_bus_arn=bus)
    targets = p.get("Targets", [])
    rule.remove_targets([t["Id"] for t in list(rule.targets) if t["Id"] not in {x["Id"] for x in targets}])
    if targets:
        backend.put_targets(name=rule.name, event_bus_arn=bus, targets=targets)
    return rule


def update_bus(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    """moto deletes the bus, with every rule on it, and makes another one."""
    original_resource.description = cloudformation_json["Properties"].get("Description")
    return original_resource


def archive_pattern(p):
    """moto wants the pattern as text and finds an object."""
    pattern = p.get("EventPattern")
    return json.dumps(pattern) if isinstance(pattern, dict) else pattern


def create_archive(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    p = cloudformation_json["Properties"]
    return events.events_backends[account_id][region_name].create_archive(
        resource_name, p.get("SourceArn"), p.get("Description"), archive_pattern(p), p.get("RetentionDays"))


def update_archive(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    p = cloudformation_json["Properties"]
    original_resource.update(p.get("Description"), archive_pattern(p), p.get("RetentionDays"))
    return original_resource


def update_queue(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    """moto changes two attributes only."""
    p = {k: v for k, v in cloudformation_json["Properties"].items() if k not in ("Tags", "QueueName", "FifoQueue", "RedriveAllowPolicy")}
    original_resource._set_attributes(p)
    return original_resource


_set_attributes = sqs.Queue._set_attributes


def set_queue_attributes(self, attributes, now=None):
    """moto drops the queue's policy when any other attribute is set."""
    if "Policy" not in attributes and hasattr(self, "_policy_json"):
        attributes = {**attributes, "Policy": self.policy}
    _set_attributes(self, attributes, now)


def attach(role, p, account, region):
    backend = iam.iam_backends[account][get_partition(region)]
    wanted = set(p.get("ManagedPolicyArns", []))
    for arn in set(role.managed_policies) - wanted:
        backend.detach_role_policy(arn, role.name)
    for arn in wanted - set(role.managed_policies):
        # Not every policy of AWS is in moto's list; what it cannot attach it need not judge.
        if arn in backend.managed_policies:
            backend.attach_role_policy(arn, role.name)


_create_role = iam.Role.create_from_cloudformation_json.__func__


def create_role(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    """moto leaves the managed policies out, and keeps inline ones as objects where others are text."""
    role = _create_role(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
    role.policies = {k: v if isinstance(v, str) else json.dumps(v) for k, v in role.policies.items()}
    role.localaws_inline = set(role.policies)
    attach(role, cloudformation_json["Properties"], account_id, region_name)
    return role


def update_role(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    """moto changes the description only."""
    p, role = cloudformation_json["Properties"], original_resource
    role.description = p.get("Description", "")
    role.max_session_duration = p.get("MaxSessionDuration", 3600)
    role.assume_role_policy_document = json.dumps(p["AssumeRolePolicyDocument"])
    for name in getattr(role, "localaws_inline", ()):
        role.policies.pop(name, None)
    own = {x["PolicyName"]: json.dumps(x["PolicyDocument"]) for x in p.get("Policies", [])}
    role.policies.update(own)
    role.localaws_inline = set(own)
    attach(role, p, account_id, region_name)
    return role


def delete_role(cls, resource_name, cloudformation_json, account_id, region_name):
    backend = iam.iam_backends[account_id][get_partition(region_name)]
    role = backend.get_role(resource_name)
    for policy in list(backend.inline_policies.values()):
        policy.role_names = [n for n in policy.role_names or [] if n != resource_name]
    for arn in list(role.managed_policies):
        backend.detach_role_policy(arn, role.name)
    role.policies.clear()
    backend.delete_role(resource_name)


_create_function = awslambda.LambdaFunction.create_from_cloudformation_json.__func__


def create_function(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    """moto takes every function for x86_64."""
    function = _create_function(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
    configure_function(function, cloudformation_json["Properties"])
    return function


def update_function(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    p = cloudformation_json["Properties"]
    original_resource.update_configuration({"Environment": {"Variables": {}}, **p})
    original_resource.update_function_code(p["Code"])
    configure_function(original_resource, p)
    return original_resource


def configure_function(function, p):
    function.architectures = p.get("Architectures", ["x86_64"])
    function.reserved_concurrency = p.get("ReservedConcurrentExecutions")


def update_log_group(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    original_resource.retention_in_days = cloudformation_json["Properties"].get("RetentionInDays")
    return original_resource


def delete_log_group(self, account_id, region_name):
    logs.logs_backends[account_id][region_name].groups.pop(self.name, None)


_create_table = Table.create_from_cloudformation_json.__func__


def create_table(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    table = _create_table(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
    configure_table(table, cloudformation_json["Properties"], account_id, region_name)
    return table


def update_table(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    p = cloudformation_json["Properties"]
    if p.get("KeySchema") != original_resource.schema:
        raise ValidationError(message="localaws cannot change the keys of a table")
    configure_table(original_resource, p, account_id, region_name)
    return original_resource


def configure_table(table, p, account_id, region_name):
    """moto leaves out TTL and point-in-time recovery."""
    table.deletion_protection_enabled = p.get("DeletionProtectionEnabled", False)
    backend = dynamodb_backends[account_id][region_name]
    if "TimeToLiveSpecification" in p:
        backend.update_time_to_live(table.name, p["TimeToLiveSpecification"])
    if "PointInTimeRecoverySpecification" in p:
        backend.update_continuous_backups(table.name, p["PointInTimeRecoverySpecification"])


def patch():
    model("AWS::Events::EventBusPolicy", put_bus_policy, remove_bus_policy)
    model("AWS::SQS::QueuePolicy", put_queue_policy, remove_queue_policy)
    # Not handed to moto's S3, which would hold plain HTTP against the "no insecure transport" of the CDK's bucket.
    model("AWS::S3::BucketPolicy")
    model("AWS::CloudWatch::Alarm", put_alarm, remove_alarm, "AlarmName", {"Arn": alarm_arn})
    model("AWS::SecretsManager::Secret", put_secret, remove_secret, "Name",
          {"Id": lambda self: self.physical_resource_id})
    model("AWS::SNS::TopicPolicy")
    model("AWS::SNS::Subscription", put_subscription, remove_subscription)
    model("AWS::CDK::Metadata")
    model("AWS::CloudTrail::Trail")  # nobody reads log files here, and events come without one
    # They are there and do nothing: nobody runs a pipeline here but by hand, stage by stage.
    model("AWS::CodeBuild::Project", name_property="Name", attributes={"Arn": project_arn})
    model("AWS::CodePipeline::Pipeline", name_property="Name")

    def on(cls, **methods):
        for name, method in methods.items():
            setattr(cls, f"{name}_from_cloudformation_json", classmethod(method))

    on(events.Rule, update=update_rule)
    on(events.EventBus, update=update_bus)
    on(events.Archive, create=create_archive, update=update_archive)
    on(sqs.Queue, update=update_queue)
    on(iam.Role, create=create_role, update=update_role, delete=delete_role)
    on(awslambda.LambdaFunction, create=create_function, update=update_function)
    on(logs.LogGroup, update=update_log_group)
    on(Table, create=create_table, update=update_table)
    sqs.Queue._set_attributes = set_queue_attributes
    logs.LogGroup.delete = delete_log_group
    for cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        cached.cache_clear()
