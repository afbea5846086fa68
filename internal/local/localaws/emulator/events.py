"""EventBridge: rules, targets and the one hop between buses, as AWS does them.

moto gives a forwarded event a new id, account, Region and time, delivers what a disabled rule matches, delivers
endlessly from bus to bus, reads no policy, needs no role, and fails PutEvents where a target is missing.
"""

import json
import re
import sys
import threading
import time
from datetime import datetime

from moto.core.exceptions import JsonRESTError
from moto.core.utils import iso_8601_datetime_without_milliseconds, utcfromtimestamp
from moto.events import models
from moto.events.exceptions import InvalidEventPatternException, ResourceNotFoundException, ValidationException
from moto.iam.models import iam_backends
from moto.moto_api._internal import mock_random
from moto.utilities.utils import get_partition

from . import organization, pattern
from .policy import Request, decide, statements

# Every target that got nothing: a line of JSON each, for people and for tests.
undelivered_file = None
_undelivered_lock = threading.Lock()

ALL_MANAGEMENT = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


class Refused(Exception):
    """A delivery that EventBridge does not retry; code and message stand on the message in the dead-letter queue."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


def envelope(event):
    """The event as targets see it. moto keeps the time as a number, and as text where the sender gave text."""
    at = event.get("time") or time.time()
    if not isinstance(at, str):
        at = iso_8601_datetime_without_milliseconds(utcfromtimestamp(float(at)))
    e = {"version": "0", "id": event["id"], "detail-type": event["detail-type"], "source": event["source"],
         "account": event["account"], "time": at, "region": event["region"],
         "resources": event.get("resources") or [], "detail": event["detail"]}
    if "replay-name" in event:
        e["replay-name"] = event["replay-name"]
    return e


def put_events(self, events):
    if len(events) > 10:
        raise ValidationException("1 validation error detected: Value at 'entries' failed to satisfy constraint: "
                                  "Member must have length less than or equal to 10")
    return [_put_event(self, entry) for entry in events]


def _put_event(self, entry):
    for key in ("Source", "DetailType", "Detail"):
        if not entry.get(key):
            return {"ErrorCode": "InvalidArgument",
                    "ErrorMessage": f"Parameter {key} is not valid. Reason: {key} is a required argument."}
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    name = entry.get("EventBusName") or "default"
    account, region = self.account_id, self.region_name
    if name.startswith("arn:"):
        account, region = name.split(":")[4], name.split(":")[3]
    bus = models.events_backends[account][region].describe_event_bus(name.split("/")[-1])
    # AWS services put their events on default buses only; whoever tests plays the AWS services there. Anywhere else
    # the source is refused, as AWS refuses it to everybody.
    if entry["Source"].startswith("aws.") and bus.name != "default":
        return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
    event = envelope({
        "id": str(mock_random.uuid4()), "detail-type": entry["DetailType"], "source": entry["Source"],
        "account": self.account_id, "time": entry.get("Time"), "region": region,
        "resources": entry.get("Resources"), "detail": detail})
    if account != self.account_id:
        request = Request("events:PutEvents", bus.arn, account=self.account_id, context={
            "aws:PrincipalOrgID": organization.of(self.account_id), "aws:PrincipalAccount": self.account_id,
            "events:source": event["source"], "events:detail-type": event["detail-type"],
            "events:eventBusInvocation": "false"})
        allowed, why = decide(_bus_statements(bus), request)
        if not allowed:
            return {"ErrorCode": "AccessDeniedException", "ErrorMessage": f"{bus.arn}: {why}"}
    deliver(bus, event, hops=0)
    return {"EventId": event["id"]}


def deliver(bus, event, hops):
    """Hands the event to each rule of the bus. hops counts the buses it was forwarded to before."""
    for rule in list(bus.rules.values()):
        if matches(rule, event):
            for target in list(rule.targets):
                send(rule, target, event, hops)


def matches(rule, event):
    """Whether the rule takes the event. Schedules never fire here: the event of one schedule is put by hand, with
    source aws.events and the rule's ARN in resources, just as EventBridge makes it. A rule may have a pattern beside
    its schedule, and then takes what either of them does."""
    if rule.state == "DISABLED":
        return False
    if rule.scheduled_expression and event["source"] == "aws.events" and rule.arn in event["resources"]:
        return True
    wanted = rule.event_pattern.get_pattern()
    if not wanted:
        return False
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
    detail = event["detail"]
    if event["detail-type"].endswith(" via CloudTrail") and rule.state != ALL_MANAGEMENT:
        if detail.get("readOnly") is True and detail.get("managementEvent") is True:
            return False
    return pattern.matches(wanted, event)


def send(rule, target, event, hops):
    arn = target["Arn"].split(":", 5)
    try:
        if arn[2] == "events" and arn[5].startswith("event-bus/"):
            _send_to_bus(rule, target, event, hops)
        elif arn[2] == "events":
            archive = models.events_backends[rule.account_id][rule.region_name].archives.get(
                rule.name.removeprefix("Events-Archive-"))
            if archive:
                archive.events.append(event)
        elif arn[2] == "sqs":
            _send_to_queue(target["Arn"], rule.arn, _input(target, event), {},
                           target.get("SqsParameters", {}).get("MessageGroupId"))
        elif arn[2] == "logs":
            _send_to_log_group(arn, event)
        else:
            raise Refused("NO_RESOURCE", "localaws delivers to event buses, queues, archives and log groups only")
    except Refused as refused:
        _dead_letter(rule, target, event, refused)


def _send_to_bus(rule, target, event, hops):
    if hops:
        # The words are AWS's own, seen in a dead-letter queue.
        raise Refused("THIRD_ACCOUNT_HOP_DETECTED", f"Event ingestion rejected for event {event['id']} because an "
                      "event can be sent to an event bus target only once. This event was previously delivered to an "
                      "event bus target.")
    bus = find_bus(target["Arn"])
    if not bus:
        raise Refused("NO_RESOURCE", f"{target['Arn']} does not exist")
    if far(rule, bus):
        _check_role(rule, target, event, bus)
        allowed, why = admits(bus, rule, target, event)
        if not allowed:
            raise Refused("NO_PERMISSIONS", f"the policy of {bus.arn}: {why}")
    deliver(bus, event, hops + 1)


def find_bus(arn):
    parts = arn.split(":", 5)
    return models.events_backends[parts[4]][parts[3]].event_buses.get(parts[5].split("/")[-1])


def far(rule, bus):
    """Whether the bus stands in another account or Region than the rule: then a role and the bus's policy count."""
    return (bus.account_id, bus.region) != (rule.account_id, rule.region_name)


def find_role(rule, target):
    arn = target.get("RoleArn", "")
    roles = iam_backends[rule.account_id][get_partition(rule.region_name)].roles.values()
    return next((r for r in list(roles) if r.arn == arn), None)


def _context(rule, target, event):
    c = {"aws:PrincipalOrgID": organization.of(rule.account_id), "aws:PrincipalAccount": rule.account_id,
         "aws:PrincipalArn": target.get("RoleArn"), "aws:SourceArn": rule.arn, "aws:SourceAccount": rule.account_id,
         "aws:SecureTransport": "true", "events:eventBusInvocation": "true"}
    if event:
        c.update({"events:source": event["source"], "events:detail-type": event["detail-type"]})
    return c


def admits(bus, rule, target, event):
    """Whether the policy of the bus lets the rule's account in. Without an event (PutTargets) conditions on the
    event are not judged; how AWS judges them then is not documented."""
    ignore = () if event else ("events:source", "events:detail-type")
    return decide(_bus_statements(bus), Request(
        "events:PutEvents", bus.arn, account=rule.account_id, arn=target.get("RoleArn"),
        context=_context(rule, target, event), ignore=ignore))


def _bus_statements(bus):
    return [s.describe() for s in list(bus._statements.values())]


def _check_role(rule, target, event, bus):
    role = find_role(rule, target)
    if not role:
        raise Refused("NO_PERMISSIONS", f"role {target.get('RoleArn')} does not exist")
    context = _context(rule, target, event)
    allowed, why = decide(statements(role.assume_role_policy_document), Request(
        "sts:AssumeRole", role.arn, service="events.amazonaws.com", context=context))
    if not allowed:
        raise Refused("NO_PERMISSIONS", f"events.amazonaws.com may not assume {role.arn}: {why}")
    documents = list(role.policies.values()) + [_document(p) for p in role.managed_policies.values()]
    allowed, why = decide([s for d in documents for s in statements(d)],
                          Request("events:PutEvents", bus.arn, context=context))
    if not allowed:
        raise Refused("NO_PERMISSIONS", f"{role.arn} may not put events on {bus.arn}: {why}")


def _document(managed_policy):
    return next(v.document for v in managed_policy.versions if v.version_id == managed_policy.default_version_id)


def _input(target, event):
    if target.get("Input"):
        return json.loads(target["Input"])
    if target.get("InputPath"):
        from jsonpath_ng.ext import parse

        found = parse(target["InputPath"]).find(event)
        return found[0].value if found else None
    if target.get("InputTransformer"):
        return transform(target["InputTransformer"], event)
    return event


def transform(transformer, event):
    """What EventBridge makes of a template: a placeholder within quotes is its text, one outside of them its JSON."""
    from jsonpath_ng.ext import parse

    values = {"aws.events.event.json": event, "aws.events.event.ingestion-time": event["time"]}
    for name, path in transformer.get("InputPathsMap", {}).items():
        found = parse(path).find(event)
        values[name] = found[0].value if found else None

    def text(placeholder):
        value = values.get(placeholder[1])
        return json.dumps(value if isinstance(value, str) else json.dumps(value))[1:-1]

    def fill(part):
        if part[1] is None:  # a string
            return re.sub(r'<([^<>"]+)>', text, part[0])
        return json.dumps(values.get(part[1]))

    return json.loads(re.sub(r'"(?:[^"\\]|\\.)*"|<([^<>"]+)>', fill, transformer["InputTemplate"]))


def _send_to_queue(queue_arn, rule_arn, body, attributes, group=None):
    from moto.sqs.models import sqs_backends

    p = queue_arn.split(":")
    queue = sqs_backends[p[4]][p[3]].queues.get(p[5])
    if not queue:
        raise Refused("NO_RESOURCE", f"{queue_arn} does not exist")
    allowed, why = decide(statements(queue._policy_json), Request(
        "sqs:SendMessage", queue.queue_arn, service="events.amazonaws.com", context={
            "aws:SourceArn": rule_arn, "aws:SourceAccount": rule_arn.split(":")[4], "aws:SecureTransport": "true"}))
    if not allowed:
        # A denied queue is reported as a missing one: seen on AWS.
        raise Refused("NO_RESOURCE", f"the policy of {queue_arn}: {why}")
    sqs_backends[p[4]][p[3]].send_message(p[5], json.dumps(body, ensure_ascii=False), message_attributes=attributes,
                                          group_id=group)


def _send_to_log_group(arn, event):
    from moto.logs.models import logs_backends

    backend, name = logs_backends[arn[4]][arn[3]], arn[5].removeprefix("log-group:").removesuffix(":*")
    if name not in backend.groups:
        raise Refused("NO_RESOURCE", f"log group {name} does not exist")
    stream = str(mock_random.uuid4())
    backend.create_log_stream(name, stream)
    backend.put_log_events(name, stream, [{"timestamp": int(time.time() * 1000), "message": json.dumps(event)}])


def _dead_letter(rule, target, event, refused):
    queue_arn = (target.get("DeadLetterConfig") or {}).get("Arn")
    attributes = {"RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"], "ERROR_CODE": refused.code,
                  "ERROR_MESSAGE": refused.message}
    lost = "no dead-letter queue"
    if queue_arn:
        try:
            _send_to_queue(queue_arn, rule.arn, event,
                           {k: {"DataType": "String", "StringValue": v} for k, v in attributes.items()})
            lost = ""
        except Refused as no_queue:
            lost = no_queue.message
    note = {"rule": rule.arn, "target": target["Arn"], "code": refused.code, "message": refused.message,
            "deadLetterQueue": queue_arn or "", "lost": lost, "event": event}
    sys.stderr.write(f"localaws: not delivered: {json.dumps({**note, 'event': event['id']})}\n")
    if undelivered_file:
        with _undelivered_lock, open(undelivered_file, "a", encoding="utf-8") as f:
            f.write(json.dumps(note) + "\n")


def send_to_targets(self, original_event, transform_input=True):
    """moto's own road for replays and for the events of its S3."""
    event = envelope(original_event)
    if matches(self, event):
        for target in list(self.targets):
            send(self, target, event, hops=0)


def replay_events(self, archive):
    """moto replays everything to every rule. AWS replays a span of time, to the rules asked for. Whether an event keeps
    its id is not documented; here it gets another one, so that nobody relies on it."""
    bus = models.events_backends[self.account_id][self.region].describe_event_bus(self.destination["Arn"].split("/")[-1])
    rules = [r for r in list(bus.rules.values()) if r.arn in (self.destination.get("FilterArns") or [r.arn])]
    for event in list(archive.events):
        at = datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp()
        if self.event_start_time <= at < self.event_end_time:
            for rule in rules:
                rule.send_to_targets({**event, "id": str(mock_random.uuid4()), "replay-name": self.name})
            self.last_replayed = max(at, getattr(self, "last_replayed", at))
    self.state = models.ReplayState.COMPLETED
    self.end_time = time.time()


_describe_replay = models.Replay.describe


def describe_replay(self):
    more = {"EventLastReplayedTime": self.last_replayed} if hasattr(self, "last_replayed") else {}
    return {**_describe_replay(self), **more}


_put_targets = models.EventsBackend.put_targets


def put_targets(self, name, event_bus_arn, targets):
    bus = self._get_event_bus(self._normalize_event_bus_arn(event_bus_arn))
    rule = bus.rules.get(name)
    if not rule:
        raise ResourceNotFoundException(f"Rule {name} does not exist on EventBus {bus.name}.")
    for target in targets:
        _check_target(rule, target)
    ids = {t["Id"] for t in rule.targets} | {t["Id"] for t in targets}
    if len(ids) > 5:
        raise JsonRESTError("LimitExceededException", f"The requested resource exceeds the maximum number allowed: "
                            f"rule {name} has {len(ids)} targets, allowed: 5")
    _put_targets(self, name, event_bus_arn, targets)


def _check_target(rule, target):
    arn = target["Arn"].split(":", 5)
    if len(arn) != 6:
        raise ValidationException(f"Parameter {target['Arn']} is not valid. Reason: Provided Arn is not in correct format.")
    dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
    if dead_letters and (dead_letters.split(":")[3] != rule.region_name or dead_letters.endswith(".fifo")):
        raise ValidationException(f"Parameter DeadLetterConfig.Arn is not valid. Reason: {dead_letters} is not a "
                                  f"standard queue in {rule.region_name}.")
    if arn[2] == "sqs" and arn[3] != rule.region_name:
        raise ValidationException(f"Parameter {target['Arn']} is not valid. Reason: the queue must be in {rule.region_name}.")
    if arn[2] in ("sqs", "logs") or (arn[2] == "events" and arn[5] in ("", ":")):
        return
    if arn[2] != "events" or not arn[5].startswith("event-bus/"):
        raise ValidationException(f"localaws delivers to event buses, queues, archives and log groups only, not to {target['Arn']}")
    if any(target.get(k) for k in ("Input", "InputPath", "InputTransformer")):
        raise ValidationException(f"Modifying the input for target {target['Id']} is not supported.")
    bus = find_bus(target["Arn"])
    if not bus:
        raise ResourceNotFoundException(f"Event bus {target['Arn']} does not exist.")
    if not far(rule, bus):
        return
    if not target.get("RoleArn"):
        raise ValidationException(f"RoleArn is required for target {target['Arn']}.")
    if not find_role(rule, target):
        raise ValidationException(f"Parameter RoleArn is not valid. Reason: {target['RoleArn']} does not exist in {rule.account_id}.")
    # PutTargets asks the policy of the bus: seen on AWS, also within one account.
    allowed, why = admits(bus, rule, target, None)
    if not allowed:
        raise JsonRESTError("AccessDeniedException", f"Access to the resource {bus.arn} is denied. Reason: "
                            f"Insufficient permissions ({why})")


_put_rule = models.EventsBackend.put_rule


def put_rule(self, name, *args, **kwargs):
    """Quotas of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html."""
    text = kwargs.get("event_pattern")
    if len(name) > 64 and not kwargs.get("managed_by"):
        raise ValidationException(f"Value '{name}' at 'name' failed to satisfy constraint: Member must have length "
                                  "less than or equal to 64")
    if text:
        if len(text) > 2048:
            raise JsonRESTError("LimitExceededException", f"The event pattern of rule {name} has {len(text)} "
                                "characters, allowed: 2048")
        wrong = pattern.check(json.loads(text))
        if wrong:
            raise InvalidEventPatternException(reason=wrong)
    bus = self._get_event_bus(self._normalize_event_bus_arn(kwargs.get("event_bus_arn")))
    if name not in bus.rules and len(bus.rules) >= 300:
        raise JsonRESTError("LimitExceededException", f"The bus {bus.name} has 300 rules, allowed: 300")
    return _put_rule(self, name, *args, **kwargs)


def add_policy(self, policy):
    """moto throws away an older statement with the same principal; a policy may have two for "*"."""
    for statement in policy["Statement"]:
        self._statements[statement["Sid"]] = models.EventBusPolicyStatement.from_dict(statement)


def delete_bus(self, account_id, region_name):
    """moto walks the rules while it removes them."""
    for rule in list(self.rules.values()):
        rule.delete(account_id, region_name)
    models.events_backends[account_id][region_name].delete_event_bus(name=self.name)


def patch():
    models.EventsBackend.put_events = put_events
    models.EventsBackend.put_targets = put_targets
    models.EventsBackend.put_rule = put_rule
    models.Rule.send_to_targets = send_to_targets
    models.Replay.replay_events = replay_events
    models.Replay.describe = describe_replay
    models.EventBus.add_policy = add_policy
    models.EventBus.delete = delete_bus
    # What Ref gives: without it moto puts a Python object into the template.
    models.EventBus.physical_resource_id = property(lambda self: self.name)
    models.Archive.physical_resource_id = property(lambda self: self.name)
