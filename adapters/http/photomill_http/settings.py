"""``[adapters.http]``"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any, Literal
from urllib.parse import urlsplit

from attrs import Attribute, field, frozen, validators

from photomill import (
    ConfigError,
    Problem,
    Settings,
    has_credentials,
    is_host_pattern,
    structure,
    suggest_name,
)

_positive: Any = validators.gt(0)
_not_negative = validators.ge(0)


def _no_credentials(instance: Any, attribute: "Attribute[str]", value: str) -> None:
    if has_credentials(value):
        raise ValueError("expected an address without a name and a password; webhook_secret signs")


def _address(*schemes: str) -> Any:
    """Make a validator of addresses with a host; empty is none.

    :param schemes: any where none is given.
    """

    def check(instance: Any, attribute: "Attribute[Any]", value: str) -> None:
        try:
            parts = urlsplit(value)
            good = bool(parts.hostname) and (parts.scheme in schemes or not schemes)
            # Read to be checked.
            _ = parts.port
        except ValueError:
            good = False
        if value and not (good and parts.scheme):
            beginnings = " or ".join(f"{scheme}://" for scheme in schemes) or "scheme://"
            raise ValueError(
                f"expected an address that begins with {beginnings} and names a host, got {value!r}"
            )

    return check


def _named(instance: Any, attribute: "Attribute[str]", value: str) -> None:
    if not value.strip():
        raise ValueError(f"expected an address to listen at, such as 127.0.0.1, got {value!r}")


def _origin(instance: Any, attribute: Any, value: str) -> None:
    if not re.fullmatch(r"\*|[a-z][a-z0-9+.-]*://[^/?#@]+", value, re.IGNORECASE):
        raise ValueError(f"expected an origin like 'https://shop.example', or '*', got {value!r}")


def _host_name(instance: Any, attribute: Any, value: str) -> None:
    if not is_host_pattern(value):
        raise ValueError(
            "expected the name of a host like 'photos.example' or '*.photos.example', without a scheme or a port, "
            f"or '*', got {value!r}"
        )


def _proxies(instance: Any, attribute: Any, value: str) -> None:
    try:
        _ = value == "*" or ip_network(value)
    except ValueError as error:
        raise ValueError(
            f"expected an address like '10.0.0.1', a network like '10.0.0.0/8', or '*': {error}"
        ) from None


def _all_or_some(instance: Any, attribute: Any, value: tuple[str, ...]) -> None:
    if "*" in value and len(value) > 1:
        raise ValueError(f"expected '*' alone, or none, got {', '.join(map(repr, value))}")


def _redirection(instance: Any, attribute: Any, value: str) -> None:
    # Programs on a device have schemes of their own, and need no host.
    if not re.match("[a-z][a-z0-9+.-]*:.", value, re.IGNORECASE):
        raise ValueError(
            f"expected a whole address like 'https://shop.example/back', got {value!r}"
        )


@frozen
class OAuthClient:
    """A program that owners may let in.

    :ivar name: what owners read; its id where it is empty.
    :ivar redirect_uris: where browsers are sent back to; no others.
    """

    id: str = field(validator=validators.min_len(1))
    secret: str = field(repr=False, validator=validators.min_len(8))
    redirect_uris: tuple[str, ...] = field(
        validator=validators.deep_iterable(_redirection, validators.min_len(1))
    )
    name: str = ""


@frozen
class HttpSettings:
    """``[adapters.http]``

    :ivar host: the address to listen at; ``0.0.0.0`` for all.
    :ivar port: 0 takes any that is free.
    :ivar workers: processes that serve; each answers with little more than one core, and memory-maps the same vectors. What
        is counted "at once" below is so in each.
    :ivar work: whether the server works on jobs too; ``photomill jobs work`` does so where it does not.
    :ivar threads: requests that the engine works on at once; others wait. With a catalog in SQLite, short
        ones begin by turns, as many as there are cores, and a search of rows in memory that is asked for alone takes no
        thread: so all are answered sooner.
    :ivar connections: that are open at once; further ones wait until one ends, or make the longest silent one end.
    :ivar head_seconds: in which the head of a request must have arrived.
    :ivar body_seconds: a body must bring 500 bytes a second, measured over so many.
    :ivar answer_seconds: in which a caller must take some of an answer.
    :ivar keep_alive_seconds: that a connection stays open for another request.
    :ivar body_limit: bytes of a request's body.
    :ivar body_memory: bytes of larger bodies that are worked on at once; others wait.
    :ivar body_values: numbers, texts and other values in the JSON of one body.
    :ivar max_records: records of one call.
    :ivar http_status_mode: ``mapped``: a status that proxies understand; ``always200``; ``mirror``: the answer's own code.
    :ivar partial_code: the code of "some records not found": the documents say both 206 and 213.
    :ivar export_dir: where allRecords and deleteByFilter write files; empty takes ``exports`` in the data folder, where
        each collection has a folder of its own and keeps its last 100.
    :ivar requests_per_minute: of one key, a tenth of them at once; 0 for no limit.
    :ivar lookups_per_minute: of groups by their tokens, of passwords, and of keys in the form of OAuth, by one address
        without a key, a tenth of them at once; 0 for no limit.
    :ivar protocol_relative_downloads: whether addresses of archives begin with ``//``, as some clients expect.
    :ivar oauth_clients: programs that owners may let in: ``id``, ``secret``, ``redirect_uris`` and ``name`` of each.
    :ivar service_embedders: the embedder of a new collection that names its service and no embedder.
    :ivar edits_per_minute: requests to the image edit API of one key; 0 for no limit.
    :ivar edit_body_limit: bytes of a body sent there, an uploaded image included.
    :ivar edits_per_day: calls for edits that one key may make a day, a whole batch being one; 0 for no limit.
    :ivar public_url: the address at which clients reach this server, for links in answers; empty takes each
        request's own.
    :ivar allowed_hosts: names by which callers may reach this server where ``public_url`` is empty, such as
        ``photos.example`` or ``*.example``; ``*`` for any. Loopback and the server's own address always are.
    :ivar trusted_proxies: addresses and networks of proxies whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` count;
        ``*`` alone for any.
    :ivar webhook_url: who is told when an edit in the background has ended; empty for nobody.
    :ivar webhook_secret: signs these messages; empty leaves them unsigned.
    :ivar webhook_events: which ends are told: ``success``, ``failure``.
    :ivar webhook_signature_prefix: before the signature in ``X-Claid-Hmac-SHA256``, as in ``sha256=``.
    :ivar group_image_status: how the group-image API writes the status of a request: ``completed`` or ``Completed``.
    :ivar group_image_errors: ``mapped``: statuses that proxies understand; ``doc``: 404 for all that its document knows.
    :ivar callback_secret: signs the messages that go to a ``callbackUrl``; empty leaves them unsigned.
    :ivar callback_delays: seconds to wait after each failed try to deliver one; one try more is made.
    :ivar cors_origins: origins whose pages may call the API; ``*`` for all.
    :ivar drain_seconds: how long requests may take to finish once the server is told to stop.
    :ivar log_format: of the log on standard error; ``auto`` is text on a terminal and JSON elsewhere.
    """

    host: str = field(default="127.0.0.1", validator=_named)
    port: int = field(default=8080, validator=[_not_negative, validators.le(65535)])
    workers: int = field(default=1, validator=_positive)
    work: bool = True
    threads: int = field(default=32, validator=_positive)
    connections: int = field(default=1000, validator=_positive)
    head_seconds: float = field(default=15.0, validator=_positive)
    body_seconds: float = field(default=30.0, validator=_positive)
    answer_seconds: float = field(default=60.0, validator=_positive)
    keep_alive_seconds: int = field(default=5, validator=_positive)
    body_limit: int = field(default=64 * 1024 * 1024, validator=_positive)
    body_memory: int = field(default=96 * 1024 * 1024, validator=_positive)
    body_values: int = field(default=250_000, validator=_positive)
    max_records: int = field(default=1000, validator=_positive)
    http_status_mode: Literal["mapped", "always200", "mirror"] = "mapped"
    partial_code: Literal[206, 213] = 206
    export_dir: str = ""
    requests_per_minute: int = field(default=0, validator=_not_negative)
    edits_per_minute: int = field(default=6000, validator=_not_negative)
    edit_body_limit: int = field(default=50 * 1024 * 1024, validator=_positive)
    edits_per_day: int = field(default=0, validator=_not_negative)
    public_url: str = field(default="", validator=_address("http", "https"))
    allowed_hosts: tuple[str, ...] = field(
        default=(), validator=validators.deep_iterable(_host_name)
    )
    trusted_proxies: tuple[str, ...] = field(
        default=(), validator=validators.deep_iterable(_proxies, _all_or_some)
    )
    webhook_url: str = field(default="", validator=[_no_credentials, _address()])
    webhook_secret: str = field(default="", repr=False)
    webhook_events: tuple[Literal["success", "failure"], ...] = ("success", "failure")
    webhook_signature_prefix: str = ""
    lookups_per_minute: int = field(default=120, validator=_not_negative)
    protocol_relative_downloads: bool = False
    oauth_clients: tuple[OAuthClient, ...] = ()
    service_embedders: dict[str, str] = field(factory=lambda: {"colors": "color"})
    group_image_status: Literal["lower", "title"] = "lower"
    group_image_errors: Literal["mapped", "doc"] = "mapped"
    callback_secret: str = field(default="", repr=False)
    callback_delays: tuple[float, ...] = field(
        default=(1.0, 5.0, 30.0, 120.0, 600.0), validator=validators.deep_iterable(_positive)
    )
    cors_origins: tuple[str, ...] = field(default=(), validator=validators.deep_iterable(_origin))
    drain_seconds: int = field(default=30, validator=_not_negative)
    log_format: Literal["auto", "json", "text"] = "auto"


def http_settings(settings: Settings) -> HttpSettings:
    """Structure the adapter's table.

    :raises ConfigError: with every mistake in it.
    """
    table = settings.adapters.get("http", {})
    dangling = list(_dangling_embedders(table.get("service_embedders"), settings))
    try:
        wanted = structure(table, HttpSettings, "adapters.http")
    except ConfigError as error:
        raise ConfigError([*error.problems, *dangling]) from None
    if dangling:
        raise ConfigError(dangling)
    return wanted


def _dangling_embedders(wanted: Any, settings: Settings) -> Iterator[Problem]:
    """What is named and not configured; whoever leaves out a built-in embedder need not name another one.

    :param wanted: the table as it stands in the file, which may be wrong in itself.
    """
    built_in = HttpSettings().service_embedders.items()
    for service, embedder in wanted.items() if isinstance(wanted, Mapping) else ():
        known = not isinstance(embedder, str) or embedder in settings.embedders
        mistaken = settings.origin.is_mistaken(f"embedders.{embedder}")
        if not known and not mistaken and (service, embedder) not in built_in:
            hint = suggest_name(embedder, settings.embedders)
            path = f"adapters.http.service_embedders.{service}"
            yield Problem(path, f"no instance {embedder!r} in [embedders]; {hint}")
