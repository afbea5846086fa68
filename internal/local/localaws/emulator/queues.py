"""SQS: no message is lost or handed out twice under load, and no Lambda runs inside moto."""

import time

from moto.sqs import models


class _NoMappings(dict):
    """moto runs the Lambda of a mapping, in Docker, inside each send, and may delete the messages. Trailbus polls from
    outside, so a queue must not see its mappings; they can be described all the same."""

    def items(self):
        return []


_init = models.Queue.__init__


def init(self, *args, **kwargs):
    _init(self, *args, **kwargs)
    self.lambda_event_source_mappings = _NoMappings()


_delete_message = models.Queue.delete_message


def delete_message(self, receipt_handle):
    """moto copies the list of messages without those deleted: what is sent meanwhile is lost."""
    with self._messages_lock:
        _delete_message(self, receipt_handle)


_receive_message = models.SQSBackend.receive_message


def receive_message(self, queue_name, count, wait_seconds_timeout, visibility_timeout, message_attribute_names=None):
    """moto hands one message to two receivers that ask at the same time, and looks once a second."""
    queue = self.get_queue(queue_name)
    until = time.time() + int(wait_seconds_timeout or 0)
    while True:
        with queue._messages_lock:
            found = _receive_message(self, queue_name, count, 0, visibility_timeout, message_attribute_names)
            left = until - time.time()
            if found or left <= 0:
                return found
            queue._messages_lock.wait(min(left, 0.05))


def patch():
    models.Queue.__init__ = init
    models.Queue.delete_message = delete_message
    models.SQSBackend.receive_message = receive_message
