"""Messages about edits in the background that have ended."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import msgspec
from attrs import frozen

from photomill import Delivery, Engine, Job, JobState, Message
from photomill_http.image_edit.documents import Documents, Links
from photomill_http.image_edit.paging import BatchQuery
from photomill_http.settings import HttpSettings

FORMAT = "image_edit"
"""What jobs know these messages by."""

_EVENTS = {JobState.DONE: "success", JobState.FAILED: "failure"}
_MOST_IMAGES = 1000
"""Images of a batch in one message; ``result_url`` leads to all of them."""

_STANDARD_PREFIX = "whsec_"


@frozen
class Webhooks:
    """Makes and signs messages."""

    engine: Engine
    settings: HttpSettings

    def render(self, job: Job, delivery: Delivery) -> Message | None:
        """The message of an ended job: what a client would get that asks for it.

        None for an end that nobody wants to hear of.
        """
        event = _EVENTS.get(job.state)
        if event not in self.settings.webhook_events:
            return None
        body = b'{"data":' + self._document(job) + b"}"
        headers = {"Content-Type": "application/json", **self._signatures(body, delivery)}
        return Message(body, headers)

    def _document(self, job: Job) -> bytes:
        remembered = job.plan["remember"]
        server = self.settings.public_url or remembered["server"]
        documents = Documents(self.engine, Links(server.rstrip("/"), remembered["prefix"]))
        if job.kind == "edit":
            return msgspec.json.encode(documents.single(job))
        return b"".join(documents.batch(job, BatchQuery(limit=_MOST_IMAGES)))

    def _signatures(self, body: bytes, delivery: Delivery) -> dict[str, str]:
        """The documented signature, and those of https://www.standardwebhooks.com beside it."""
        secret = self.settings.webhook_secret
        if not secret:
            return {"webhook-id": delivery.id}
        now = datetime.now(UTC)
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {
            "X-Claid-Hmac-SHA256": self.settings.webhook_signature_prefix + digest,
            "webhook-id": delivery.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": _standard(secret, body, delivery.id, now),
        }


def _standard(secret: str, body: bytes, identity: str, now: datetime) -> str:
    from standardwebhooks import Webhook

    if not secret.startswith(_STANDARD_PREFIX):
        secret = base64.b64encode(secret.encode()).decode()
    return str(Webhook(secret).sign(identity, now, body.decode()))
