"""``[adapters.browser]``"""

from typing import Any

from attrs import field, frozen, validators

from photomill import Settings, structure

_positive: Any = validators.gt(0)


@frozen
class BrowserSettings:
    """``[adapters.browser]``

    :ivar enabled: whether the server has pages for people; without them ``/`` leads to the API's page.
    :ivar session_hours: that a browser stays signed in.
    :ivar link_minutes: in which a link that signs a browser in must be opened.
    :ivar sign_ins_per_minute: tries that one address has; 0 for no limit.
    :ivar lookups_per_minute: of groups by their tokens, and tries of their passwords, that one address has; 0 for no limit.
    :ivar changes_per_minute: of favourites, and orders of archives, by the visitors of one address; 0 for no limit.
    :ivar threads: requests for pages that the engine works on at once; others wait.
    """

    enabled: bool = True
    session_hours: float = field(default=336.0, validator=_positive)
    link_minutes: float = field(default=10.0, validator=_positive)
    sign_ins_per_minute: int = field(default=20, validator=validators.ge(0))
    lookups_per_minute: int = field(default=120, validator=validators.ge(0))
    changes_per_minute: int = field(default=300, validator=validators.ge(0))
    threads: int = field(default=16, validator=_positive)


def browser_settings(settings: Settings) -> BrowserSettings:
    """Structure the adapter's table.

    :raises ConfigError: with every mistake in it.
    """
    return structure(settings.adapters.get("browser", {}), BrowserSettings, "adapters.browser")
