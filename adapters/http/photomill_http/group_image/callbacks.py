"""Messages about jobs that have ended."""

import hashlib
import hmac

import msgspec
from attrs import frozen

from photomill import CallbackState, Delivery, Job, JobState, Message
from photomill_http.answers import MEDIA_TYPE
from photomill_http.group_image.translate import Documents

FORMAT = "group_image"
"""What jobs know these messages by."""


@frozen
class Callbacks:
    """Makes and signs messages.

    :ivar secret: empty leaves them unsigned.
    """

    documents: Documents
    secret: str

    def render(self, job: Job, delivery: Delivery) -> Message | None:
        """The message of an ended job: what whoever asks for it gets once the message arrived.

        None for a cancelled one: who cancelled it knows. ``X-Delivery`` counts the tries; ``X-Delivery-Id`` is the same
        in all of them.
        """
        if job.state is JobState.CANCELLED:
            return None
        body = msgspec.json.encode(self.documents.document(job, CallbackState.DELIVERED))
        headers = {
            "Content-Type": MEDIA_TYPE,
            "X-Delivery": str(delivery.attempt),
            "X-Delivery-Id": delivery.id,
        }
        if self.secret:
            digest = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-Signature"] = f"sha256={digest}"
        return Message(body, headers)
