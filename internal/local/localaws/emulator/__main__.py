"""moto's server with Trailbus's patches. It prints "listening PORT", and ends when its standard input does, so that
it never outlives the program that started it."""

import argparse
import json
import os
import shutil
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from . import accounts, cloudformation, events, organization, queues, resources, stacksets, tables


class Handler(WSGIRequestHandler):
    # The head and the body of an answer leave together: werkzeug flushes after both. Sent apart, each is a packet of its
    # own, and a client may lose the second one where its SDK closes the connection at the head (see httpClient in Go).
    wbufsize = 1 << 16

    def handle_expect_100(self):
        # What sends a long body waits for this answer.
        go_on = super().handle_expect_100()
        self.wfile.flush()
        return go_on

    def log_request(self, code="-", size="-"):
        # The caller sees every other answer himself.
        if str(code)[:1] == "5":
            sys.stderr.write(f"localaws: {self.requestline}: {code}\n")


def end_with_parent(folder):
    """Waits for the end of the program that started this one; a program that was killed has left its folder."""
    sys.stdin.read()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--organization", default="{}")
    parser.add_argument("--undelivered", default="")
    parser.add_argument("--folder", default="")
    args = parser.parse_args()
    events.undelivered_file = args.undelivered or None
    for module in (accounts, resources, stacksets, cloudformation, events, queues, tables):
        module.patch()
    organization.tell(json.loads(args.organization))
    app = DomainDispatcherApplication(create_backend_app)
    app.debug = True
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    os.environ["MOTO_PORT"] = str(server.port)
    threading.Thread(target=end_with_parent, args=(args.folder,), daemon=True).start()
    print("listening", server.port, flush=True)
    server.serve_forever()


main()
