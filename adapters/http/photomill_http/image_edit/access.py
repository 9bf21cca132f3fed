"""Who may call the image edit API, and how often."""

from collections.abc import Mapping

from attrs import frozen

from photomill import Key
from photomill_http.auth import Authentication
from photomill_http.image_edit.faults import (
    FORBIDDEN,
    NO_CREDITS,
    TOO_MANY_REQUESTS,
    UNAUTHORIZED,
    Rejected,
    fault,
)
from photomill_http.image_edit.rates import WindowedRate

_TOO_MANY = "Too Many Requests. Rate limit exceeded."


@frozen
class Caller:
    """Who calls.

    :ivar headers: what every answer tells of the rate limit.
    """

    key: Key
    headers: Mapping[str, str]


@frozen
class Access:
    """Checks keys, their scopes and their rates."""

    authentication: Authentication
    rate: WindowedRate
    edits_per_day: int = 0

    def caller(self, headers: Mapping[str, str], scope: str) -> Caller:
        """Let a caller in.

        :raises Rejected: no key, an unknown one, one that may not do this, or one that calls too often.
        """
        key = self.authentication.known(headers)
        if key is None:
            challenge = {"WWW-Authenticate": "Bearer"}
            raise Rejected(fault(UNAUTHORIZED, "Authorization is required.", headers=challenge))
        allowance = self.rate.count(key.id)
        told = allowance.headers() if allowance is not None else {}
        if allowance is not None and allowance.exceeded:
            raise _too_many(told)
        if not may(key, scope):
            message = f"Not enough permissions: the key has no scope {scope!r}."
            raise Rejected(fault(FORBIDDEN, message, headers=told))
        return Caller(key, told)

    def spend(self, key: Key) -> None:
        """Count an edit.

        :raises Rejected: there are no more today.
        """
        if self.edits_per_day and not self.authentication.engine.keys.spend(
            key.id, self.edits_per_day
        ):
            raise Rejected(fault(NO_CREDITS, "No API calls left."))


def may(key: Key, scope: str) -> bool:
    """Whether a key has a scope of this API. That it is restricted to collections does not concern pictures."""
    return scope in key.scopes or key.may("admin")


def _too_many(headers: Mapping[str, str]) -> Rejected:
    answer = fault(TOO_MANY_REQUESTS, _TOO_MANY, headers=headers)
    # Some clients look for the error where the service's page on limits has it, others where all errors are.
    body = {**answer.body, "detail": dict(answer.body)}
    return Rejected(type(answer)(body, answer.http_status, answer.headers))
