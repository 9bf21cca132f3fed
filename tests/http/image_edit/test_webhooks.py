"""Messages about edits that have ended."""

import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from attrs import frozen
from standardwebhooks import Webhook

from .contract import check_document

SECRET = "whsec_c2VjcmV0IG9mIHRoZSBzaG9w"
SMALL = {"resizing": {"width": 12, "height": 8}}


@frozen
class Received:
    body: bytes
    headers: dict[str, str]

    @property
    def data(self) -> dict[str, Any]:
        return dict(json.loads(self.body)["data"])


@frozen
class Receiver:
    """A server of the tests that takes messages.

    :ivar refusals: how many it refuses first.
    """

    url: str
    messages: "queue.Queue[Received]"
    refusals: list[int]

    def next(self) -> Received:
        return self.messages.get(timeout=120)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    messages: queue.Queue[Received] = queue.Queue()
    refusals: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            messages.put(
                Received(body, {name.lower(): text for name, text in self.headers.items()})
            )
            self.send_response(refusals.pop() if refusals else 200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield Receiver(f"http://127.0.0.1:{server.server_port}/hook", messages, refusals)
        server.shutdown()
        thread.join()


@pytest.fixture
def working(engine: Any) -> Iterator[None]:
    engine.jobs.start()
    yield
    engine.jobs.stop()


Make = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("working")


def submit(api: Any, family: str, given: Any) -> int:
    body = {"input": given, "operations": SMALL}
    return int(api.data("POST", f"/image/edit/{family}", json=body)["id"])


def test_a_message_says_what_a_client_would_get(make_api: Make, receiver: Receiver) -> None:
    api = make_api(webhook_url=receiver.url)
    for family, name in (("async", "AsyncResultResponse"), ("batch", "BatchResultResponse")):
        number = submit(api, family, api.write("a.png"))
        received = receiver.next()
        check_document(name, received.data)
        assert received.data == api.data("GET", f"/image/edit/{family}/{number}")
        assert received.headers["content-type"] == "application/json"
        assert "x-claid-hmac-sha256" not in received.headers
        assert "webhook-signature" not in received.headers


@pytest.mark.parametrize("secret", [SECRET, "any words will do"])
def test_signatures(make_api: Make, receiver: Receiver, secret: str) -> None:
    api = make_api(webhook_url=receiver.url, webhook_secret=secret)
    submit(api, "async", api.write("a.png"))
    received = receiver.next()
    digest = hmac.new(secret.encode(), received.body, hashlib.sha256).hexdigest()
    assert received.headers["x-claid-hmac-sha256"] == digest
    receiving = Webhook(secret if secret == SECRET else secret.encode())
    assert receiving.verify(received.body, received.headers)["data"] == received.data
    assert secret not in received.body.decode()


def test_a_prefix_of_the_signature(make_api: Make, receiver: Receiver) -> None:
    api = make_api(webhook_url=receiver.url, webhook_secret="s", webhook_signature_prefix="sha256=")
    submit(api, "async", api.write("a.png"))
    assert receiver.next().headers["x-claid-hmac-sha256"].startswith("sha256=")


def test_a_message_that_is_refused_comes_again(make_api: Make, receiver: Receiver) -> None:
    api = make_api(webhook_url=receiver.url, webhook_secret=SECRET)
    receiver.refusals.append(503)
    submit(api, "async", api.write("a.png"))
    first, second = receiver.next(), receiver.next()
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_failures_are_told_too(make_api: Make, receiver: Receiver) -> None:
    api = make_api(webhook_url=receiver.url)
    submit(api, "async", api.write("broken.png", b"no image"))
    received = receiver.next()
    assert received.data["status"] == "ERROR"
    assert received.data["errors"]


def test_what_nobody_wants_to_hear(make_api: Make, receiver: Receiver) -> None:
    api = make_api(webhook_url=receiver.url, webhook_events=("failure",))
    good = submit(api, "async", api.write("a.png"))
    api.engine.jobs.wait(good, 120)
    bad = submit(api, "async", api.write("broken.png", b"no image"))
    assert receiver.next().data["id"] == bad
    assert receiver.messages.empty()
