"""moto checks a condition and writes in two steps, and its server has a thread for each call: of two callers that each put
an item where there is none, both could be told that they did. In DynamoDB a write is one step."""

import functools
import threading

from moto.dynamodb.models import DynamoDBBackend

lock = threading.RLock()


def one_at_a_time(method):
    @functools.wraps(method)
    def locked(*args, **kwargs):
        with lock:
            return method(*args, **kwargs)

    return locked


def patch():
    for name in ("put_item", "update_item", "delete_item", "transact_write_items"):
        setattr(DynamoDBBackend, name, one_at_a_time(getattr(DynamoDBBackend, name)))
