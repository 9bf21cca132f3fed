"""Which addresses the web storage reaches, and how it may not be led elsewhere."""

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from photomill.errors import SourceForbidden, SourceUnreachable
from photomill.sources.addresses import AddressRules
from photomill_web import WebStorage

if TYPE_CHECKING:
    from tests.storage.conftest import WebServer

OpenWeb = Callable[..., WebStorage]

PRIVATE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_allowed(address: str) -> None:
    with pytest.raises(SourceForbidden, match=r"is not allowed; .*fetch. allow"):
        AddressRules([]).check("photos.example", [address])


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert AddressRules([]).check("photos.example", [address]) == [address]


def test_one_private_address_condemns_the_host() -> None:
    with pytest.raises(SourceForbidden, match=r"address 10\.0\.0\.1 of photos\.example"):
        AddressRules([]).check("photos.example", ["8.8.8.8", "10.0.0.1"])


def test_allowed_ranges_are_allowed_in_every_disguise_and_no_others() -> None:
    rules = AddressRules(["10.1.0.0/16", "fd00::/8"])
    allowed = ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "fd00::1"]
    assert rules.check("photos.example", allowed) == allowed
    for refused in ("10.2.0.1", "fe80::1"):
        with pytest.raises(SourceForbidden):
            rules.check("photos.example", [refused])


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]"]
)
def test_this_machine_is_not_reached_by_any_name(
    open_web: OpenWeb, server: "WebServer", host: str
) -> None:
    server.serve("/", b"secret")
    with pytest.raises(SourceForbidden, match="is not allowed"):
        open_web(allow=()).open_object(server.url("/", host))
    assert server.requests == []


def test_a_redirect_to_a_private_address_is_refused(open_web: OpenWeb, server: "WebServer") -> None:
    private = server.serve("/secret", b"secret").replace("127.0.0.1", "127.0.0.2")
    url = server.serve("/", b"", status=302, Location=private)
    with pytest.raises(SourceForbidden, match=r"127\.0\.0\.2 is not allowed"):
        open_web(allow=("127.0.0.1/32",)).open_object(url)
    assert [request.path for request in server.requests] == ["/"]


def test_a_redirect_to_another_scheme_is_refused(open_web: OpenWeb, server: "WebServer") -> None:
    url = server.serve("/", b"", status=301, Location="file:///etc/passwd")
    with pytest.raises(SourceForbidden, match="expected an http or https address"):
        open_web().open_object(url)


def test_the_address_that_was_checked_is_the_one_that_is_reached(
    open_web: OpenWeb, server: "WebServer", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that resolves to something harmless first, and to this machine ever after."""
    answers = iter(["127.0.0.3", "127.0.0.1", "127.0.0.1"])
    reached = []
    connect = socket.create_connection

    def remember(address: tuple[str, int], *rest: object, **named: object) -> socket.socket:
        reached.append(address[0])
        return connect(address, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "create_connection", remember)
    server.serve("/", b"secret")
    web = open_web(resolver=lambda host, port: [next(answers)], allow=("127.0.0.3/32",))
    with pytest.raises(SourceUnreachable):
        web.open_object(server.url("/", "rebinding.example"))
    assert reached == ["127.0.0.3"]
    assert server.requests == []


def test_the_next_address_is_tried_where_one_does_not_answer(
    open_web: OpenWeb, server: "WebServer"
) -> None:
    server.serve("/", b"found")
    web = open_web(resolver=lambda host, port: ["127.0.0.9", "127.0.0.1"])
    assert web.open_object(server.url("/", "two.example")).read() == b"found"


def test_the_server_is_told_the_name(open_web: OpenWeb, server: "WebServer") -> None:
    server.serve("/", b"found")
    web = open_web(resolver=lambda host, port: ["127.0.0.1"])
    web.open_object(server.url("/", "named.example"))
    assert server.requests[0].headers["Host"] == f"named.example:{server.port}"


def test_an_unknown_name_is_said_so(open_web: OpenWeb) -> None:
    def fail(host: str, port: int) -> list[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(SourceUnreachable, match=r"unknown\.example: no address is known"):
        open_web(resolver=fail).open_object("http://unknown.example/a.jpg")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a/b",
        "//a/b",
        "http://",
        "http:///a",
        "a.jpg",
        "http://a\0b/",
        "http://xn--/",
        "http://a:b/",
    ],
)
def test_what_is_no_web_address_is_refused(open_web: OpenWeb, url: str) -> None:
    with pytest.raises(SourceForbidden, match=r"URL|http or https"):
        open_web().open_object(url)


def test_proxies_of_the_environment_are_ignored(
    open_web: OpenWeb, server: "WebServer", monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert open_web().open_object(server.serve("/", b"direct")).read() == b"direct"
