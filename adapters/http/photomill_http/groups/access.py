"""Who is calling, and what they may see."""

from attrs import frozen
from starlette.requests import Request

from photomill.albums.model import Group, Owner, Photo
from photomill_http.groups.faults import Rejected
from photomill_http.rates import RateLimit
from photomill_http.services import Services

_CHALLENGE = {"WWW-Authenticate": "Bearer"}


@frozen
class Visitor:
    """
    :ivar owner: whose key it is; None for the public, and for keys that belong to no owner.
    :ivar known: whether a key was shown.
    :ivar password: for groups that ask for one.
    """

    owner: Owner | None
    known: bool
    password: str = ""

    def owns(self, thing: Group | Photo) -> bool:
        return self.owner is not None and thing.owner == self.owner.id

    def required(self) -> Owner:
        """The owner, where only owners may go on.

        :raises Rejected: it is none.
        """
        if self.owner is not None:
            return self.owner
        if self.known:
            raise Rejected(403, "the key belongs to no owner")
        raise Rejected(401, "authorization is required", _CHALLENGE)

    def require(self, thing: Group | Photo) -> None:
        """
        :raises Rejected: it belongs to somebody else.
        """
        self.required()
        if not self.owns(thing):
            raise Rejected(403, "it belongs to another owner")


STRANGER = Visitor(None, known=False)


@frozen
class Access:
    """Tells visitors apart, and slows down those who guess."""

    services: Services
    guesses: RateLimit

    @classmethod
    def over(cls, services: Services) -> "Access":
        return cls(services, RateLimit(services.settings.lookups_per_minute))

    def visitor(self, request: Request) -> Visitor:
        """
        :raises Rejected: a key that is none, so that a client's mistake shows; or one that calls too often.
        """
        password = request.headers.get("x-group-password") or request.query_params.get(
            "password", ""
        )
        if not request.headers.get("authorization", "").strip():
            return Visitor(None, known=False, password=password)
        authentication = self.services.authentication
        key = authentication.known(request.headers)
        if key is None:
            raise Rejected(401, "unknown or revoked key", _CHALLENGE)
        _check_wait(authentication.rates.seconds_to_wait(key.id))
        return Visitor(self.services.engine.albums.owners.of_key(key), True, password)

    def check_guess(self, request: Request, visitor: Visitor) -> None:
        """Count a look-up by somebody who may be guessing tokens or passwords.

        :raises Rejected: there were too many from this address.
        """
        if visitor.owner is None:
            address = request.client.host if request.client else ""
            _check_wait(self.guesses.seconds_to_wait(address))


def _check_wait(seconds: int) -> None:
    if seconds:
        message = f"too many requests; the next is taken in {seconds} seconds"
        raise Rejected(429, message, {"Retry-After": str(seconds)})
