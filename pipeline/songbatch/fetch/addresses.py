"""Public addresses, by tables of this program's own: the same on every Python.

Sources: IANA's registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890 and its
updates), and of the IPv6 address space, of which only 2000::/3 is given to the internet.
"""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_SPECIAL_IPV4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # between a provider and its customers
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local; clouds answer with credentials there
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocols; its two reachable ones lead to the nearest router
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 and 6a44 relays, nearby and out of use
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
_INTERNET = ipaddress.IPv6Network("2000::/3")
_SPECIAL_IPV6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            # Protocols. What is reachable of it is no server of files: anycast to the nearest
            # router (2001:1::/32), relays (2001:3::/32), names (2001:4:112::/48), identifiers.
            "2001::/23",
            "2001:db8::/32",  # documentation
            "3fff::/20",  # documentation
        ),
    )
)
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_6TO4 = ipaddress.IPv6Network("2002::/16")
_TEREDO = ipaddress.IPv6Network("2001::/32")
_LOW_32 = 0xFFFFFFFF
_ISATAP, _ISATAP_FLAGS = 0x00005EFE, 0x03000000
"""What stands before an IPv4 address in the interface id of ISATAP (RFC 5214), two bits free."""


def is_public(address: Address) -> bool:
    """Return whether an address belongs to the public internet, whatever it is wrapped in."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in block for block in _SPECIAL_IPV4)
    if address.scope_id is not None:
        return False  # it means a place on one link
    return _is_global(address) and all(map(is_public, _within(address)))


def _is_global(address: ipaddress.IPv6Address) -> bool:
    """Return whether an address is of the internet, or stands for an IPv4 address alone."""
    if any(address in block for block in (_MAPPED, _NAT64, _TEREDO)):
        return True
    return address in _INTERNET and not any(address in block for block in _SPECIAL_IPV6)


def _within(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """Return the IPv4 addresses that packets to an IPv6 address are taken to."""
    number, numbers = int(address), []
    if address in _MAPPED or address in _NAT64:
        numbers.append(number)
    if address in _6TO4:
        numbers.append(number >> 80)
    if address in _TEREDO:
        numbers += [number >> 64, ~number]  # its server, and its client, whose bits are turned
    if (number >> 32 & _LOW_32) & ~_ISATAP_FLAGS == _ISATAP:
        numbers.append(number)
    return [ipaddress.IPv4Address(one & _LOW_32) for one in numbers]
