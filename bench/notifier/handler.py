"""A notifier as most of them are: Python, rules in YAML, one message for each event that matches, posted with urllib.

It is the peer that functions/notifier is measured against, and means to be a good one: the rules are read and the clients are made once,
when the process starts, and a message that cannot be posted fails alone. With PEER=boto3 it also reads the webhook from Secrets Manager
and remembers in DynamoDB what it told, which is what the other one always does.
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


def message(rule, event, record):
    identity = record.get("userIdentity") or {}
    actor = identity.get("userName") or identity.get("arn") or identity.get("type") or "somebody"
    link = f"https://{record.get('awsRegion')}.console.aws.amazon.com/cloudtrailv2/home?region={record.get('awsRegion')}#/events/{record.get('eventID')}"
    title = f"{EMOJI[rule['severity']]} {rule['name']}"
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


def tell(event):
    record = event["detail"]
    for rule in RULES:
        if matches(rule, record) and first(record["eventID"]):
            body = json.dumps(message(rule, event, record)).encode()
            request = urllib.request.Request(webhook(), data=body, headers={"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=10) as response:
                response.read()
            return


def handle(batch, _context):
    failed = []
    for item in batch["Records"]:
        try:
            tell(json.loads(item["body"]))
        except Exception as error:  # the others of the batch go on
            print(json.dumps({"level": "ERROR", "error": str(error), "messageId": item["messageId"]}), flush=True)
            failed.append({"itemIdentifier": item["messageId"]})
    return {"batchItemFailures": failed}
