"""A notifier as most of them are: Python, rules in YAML, one message for each event that matches, posted with urllib.

It is the peer that functions/notifier is measured against, and means to be a good one: the rules are read and the clients are made once,
when the process starts, and a message that cannot be posted fails alone. With PEER=boto3 it also reads the webhook from Secrets Manager
and remembers in DynamoDB what it told, which is what the other one always does. With EQUAL=1 it does in a batch what most do not do and the
other one does: a line of the log for each event, and one message with a count for the events of a rule, an actor, an account and a Region.
It still cleans no texts, finds no credentials in them, and forgets between two batches what it counted.
"""
import json
import os
import time
import urllib.request

import yaml

with open(os.path.join(os.path.dirname(__file__), "rules.yaml"), encoding="utf-8") as file:
    RULES = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["rules"]

if os.environ.get("PEER") == "boto3":
    import boto3

    TABLE = boto3.client("dynamodb")
    SECRETS = boto3.client("secretsmanager")
else:
    TABLE = SECRETS = None

EMOJI = {"critical": ":rotating_light:", "high": ":red_circle:", "medium": ":large_orange_circle:", "low": ":large_blue_circle:"}
webhook_url = os.environ.get("WEBHOOK_URL")


def webhook():
    """The address to post to, asked for once."""
    global webhook_url
    if webhook_url is None:
        webhook_url = SECRETS.get_secret_value(SecretId=os.environ["SECRET_ARN"])["SecretString"]
    return webhook_url


def value(record, path):
    """What a path such as userIdentity.type leads to in a record, or None."""
    for name in path.split("."):
        if not isinstance(record, dict):
            return None
        record = record.get(name)
    return record


def matches(rule, record):
    if record.get("eventSource") not in rule["sources"]:
        return False
    if "events" in rule and record.get("eventName") not in rule["events"]:
        return False
    for path, allowed in rule.get("where", {}).items():
        if value(record, path) not in allowed:
            return False
    return True


def actor_of(record):
    identity = record.get("userIdentity") or {}
    return identity.get("userName") or identity.get("arn") or identity.get("type") or "somebody"


def message(rule, event, record, count=1):
    actor = actor_of(record)
    link = f"https://{record.get('awsRegion')}.console.aws.amazon.com/cloudtrailv2/home?region={record.get('awsRegion')}#/events/{record.get('eventID')}"
    title = f"{EMOJI[rule['severity']]} {rule['name']}" + (f" ×{count}" if count > 1 else "")
    fields = {
        "Event": record.get("eventName"),
        "Actor": actor,
        "Account": event.get("account"),
        "Region": record.get("awsRegion"),
        "Time": record.get("eventTime"),
        "Source IP": record.get("sourceIPAddress"),
        "Result": record.get("errorCode") or "Success",
    }
    parameters = yaml.dump(record.get("requestParameters"), Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper))
    return {
        "text": f"{rule['name']}: {record.get('eventName')} by {actor}",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": True}},
            {"type": "section", "fields": [{"type": "mrkdwn", "text": f"*{name}:*\n{text}"} for name, text in fields.items()]},
            {"type": "section", "text": {"type": "mrkdwn", "text": f"```{parameters[:2900]}```"}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": f"<{link}|View in CloudTrail>"}]},
        ],
    }


def first(event_id):
    """Whether nobody has told the event before."""
    if TABLE is None:
        return True
    try:
        TABLE.put_item(
            TableName=os.environ["TABLE"],
            Item={"pk": {"S": "peer#" + event_id}, "expires": {"N": str(int(time.time()) + 86400)}},
            ConditionExpression="attribute_not_exists(pk)",
        )
    except TABLE.exceptions.ConditionalCheckFailedException:
        return False
    return True


def post(body):
    request = urllib.request.Request(webhook(), data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        response.read()


def tell(event):
    record = event["detail"]
    for rule in RULES:
        if matches(rule, record) and first(record["eventID"]):
            post(message(rule, event, record))
            return


def handle(batch, context):
    if os.environ.get("EQUAL") == "1":
        return handle_equally(batch)
    failed = []
    for item in batch["Records"]:
        try:
            tell(json.loads(item["body"]))
        except Exception as error:  # the others of the batch go on
            print(json.dumps({"level": "ERROR", "error": str(error), "messageId": item["messageId"]}), flush=True)
            failed.append(item["messageId"])
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}


def handle_equally(batch):
    failed, groups, lines = [], {}, []
    for item in batch["Records"]:
        outcome, event = "unmatched", json.loads(item["body"])
        record = event["detail"]
        rule = next((rule for rule in RULES if matches(rule, record)), None)
        if rule and not first(record["eventID"]):
            outcome = "duplicate"
        elif rule:
            key = (rule["name"], actor_of(record), event["account"], record.get("awsRegion"), record.get("errorCode"))
            group = groups.setdefault(key, [])
            group.append((rule, event, item["messageId"]))
            outcome = "folded" if len(group) > 1 else "posted"
        lines.append({
            "time": time.time(), "level": "INFO", "msg": "event", "outcome": outcome, "messageId": item["messageId"], "eventID": record.get("eventID"),
            "eventSource": record.get("eventSource"), "eventName": record.get("eventName"), "account": event.get("account"), "region": event.get("region"),
        })
    for group in groups.values():
        rule, event, _ = group[0]
        try:
            post(message(rule, event, event["detail"], len(group)))
        except Exception as error:  # the other groups of the batch go on
            lines.append({"level": "ERROR", "error": str(error)})
            failed += [name for _, _, name in group]
    print("\n".join(json.dumps(line) for line in lines), flush=True)
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}
