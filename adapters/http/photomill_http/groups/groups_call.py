"""One request to the Groups API, and what whoever makes it may see."""

from attrs import frozen

from photomill import Albums, Brand, Forbidden, Group, Owner, Photo
from photomill_http.contract import Call, NoKey, Refused
from photomill_http.groups.links import Links


@frozen
class GroupsCall(Call):
    """
    :ivar owner: whose key it is; None for the public, and for keys that belong to no owner.
    """

    owner: Owner | None = None

    @property
    def albums(self) -> Albums:
        return self.engine.albums

    @property
    def links(self) -> Links:
        return Links(self.server, self.services.settings.protocol_relative_downloads)

    @property
    def password(self) -> str:
        """For groups that ask for one."""
        return self.request.headers.get("x-group-password") or self.query.get("password", "")

    def required(self) -> Owner:
        """The owner, where only owners may go on.

        :raises NoKey: nobody's key was shown.
        :raises Forbidden: the key belongs to no owner.
        """
        if self.owner is not None:
            return self.owner
        if self.caller is not None:
            raise Forbidden("the key belongs to no owner")
        raise NoKey

    def owns(self, thing: Group | Photo | Brand) -> bool:
        return self.owner is not None and thing.owner == self.owner.id

    def require(self, thing: Group | Photo | Brand) -> None:
        """Make sure that what is asked for is the caller's.

        :raises Forbidden: it belongs to somebody else.
        """
        self.required()
        if not self.owns(thing):
            raise Forbidden("it belongs to another owner")

    def count_guess(self) -> None:
        """Count a look-up by somebody who may be guessing tokens or passwords.

        :raises TooManyRequests: there were too many from this address.
        """
        if self.owner is None:
            self.contract.count_guess(self.request)

    def refused(self, status: int, message: str) -> Refused:
        return Refused(self.contract.fault(status, message))
