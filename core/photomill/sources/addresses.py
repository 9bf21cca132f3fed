"""Which addresses may be reached."""

import socket
from collections.abc import Iterator, Sequence
from ipaddress import (
    IPv4Address,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

from photomill.errors import SourceForbidden

Address = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")


class AddressRules:
    """Public addresses may be reached, and the ranges that the configuration names."""

    def __init__(self, allow: Sequence[str]) -> None:
        self._allow = [ip_network(network) for network in allow]

    def check(self, host: str, addresses: Sequence[str]) -> list[str]:
        """Check every address of a host; one that is not allowed condemns all.

        :raises SourceForbidden: names the address and what would allow it.
        """
        for text in addresses:
            # A scope (fe80::1%eth0) belongs to link-local addresses.
            address = ip_address(text.partition("%")[0])
            if not self._is_allowed(address):
                named = text if text == host else f"{text} of {host}"
                raise SourceForbidden(
                    f"address {named} is not allowed; private ranges that may be reached "
                    "are listed in [fetch] allow"
                )
        return list(addresses)

    def _is_allowed(self, address: Address) -> bool:
        if any(address in network for network in self._allow):
            return True
        embedded = list(_embedded(address))
        if embedded:
            return all(self._is_allowed(each) for each in embedded)
        return _is_public(address)


def check_host_of(url: str, rules: AddressRules) -> None:
    """Check the host of a URL before it is kept; whoever connects checks again.

    A name that nobody knows at the moment passes: what it leads to is checked when it is used.

    :raises SourceForbidden: the host has an address that may not be reached.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, parts.port or 0, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return
    rules.check(host, list(dict.fromkeys(str(entry[4][0]) for entry in found)))


def _is_public(address: Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not (isinstance(address, IPv6Address) and address.is_site_local)
    )


def _embedded(address: Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that a packet to this IPv6 address ends at: mapped, compatible, 6to4, Teredo, NAT64."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        yield IPv4Address(int(address) & 0xFFFFFFFF)
