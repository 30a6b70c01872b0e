"""Public addresses: every special block at both ends, every wrapping, and what Python says."""

from __future__ import annotations

import ipaddress
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.fetch.addresses import is_public

SPECIAL = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24
224.0.0.0/4 240.0.0.0/4
::/128 ::1/128 ::/96 ::ffff:0:0:0/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001:1::/32
2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32
3fff::/20 5f00::/16 4000::/3 fc00::/7 fe80::/10 fec0::/10 ff00::/8
"""
"""What IANA's registries do not give to the internet, and the address space behind 2000::/3."""

PUBLIC = """
1.0.0.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0
192.31.196.1 192.52.193.1 192.167.255.255 192.169.0.0 192.175.48.1 198.17.255.255 198.20.0.0
203.0.112.255 203.0.114.0 223.255.255.255
2000::1 2001:200::1 2001:db7:ffff::1 2001:db9::1 2003::1 2606:4700::6810:84e5 2620:4f:8000::1
3ffe::1 3fff:1000::1
"""


def parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(text)


@pytest.mark.parametrize("block", SPECIAL.split())
def test_no_special_block_is_public(block: str) -> None:
    network = ipaddress.ip_network(block)
    assert not is_public(network[0])
    assert not is_public(network[-1])


@pytest.mark.parametrize("address", PUBLIC.split())
def test_what_lies_beside_them_is(address: str) -> None:
    assert is_public(parsed(address))


def wrapped(inner: ipaddress.IPv4Address) -> dict[str, str]:
    """Return every form of IPv6 address that leads to an IPv4 address."""
    high, low = int(inner) >> 16, int(inner) & 0xFFFF
    other = ~int(inner) & 0xFFFFFFFF
    dns = 0x08080808
    return {
        "mapped": f"::ffff:{high:x}:{low:x}",
        "NAT64": f"64:ff9b::{high:x}:{low:x}",
        "6to4": f"2002:{high:x}:{low:x}::1",
        "Teredo's server": f"2001:0:{high:x}:{low:x}:0:0:{~dns >> 16 & 0xFFFF:x}:{~dns & 0xFFFF:x}",
        "Teredo's client": f"2001:0:808:808:0:0:{other >> 16:x}:{other & 0xFFFF:x}",
        "ISATAP": f"2606:4700::5efe:{high:x}:{low:x}",
        "ISATAP, global": f"2606:4700::200:5efe:{high:x}:{low:x}",
    }


@pytest.mark.parametrize(
    "inner", ["8.8.4.4", "127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0"]
)
def test_a_wrapped_address_is_as_public_as_what_it_leads_to(inner: str) -> None:
    address = ipaddress.IPv4Address(inner)
    judged = {name: is_public(parsed(text)) for name, text in wrapped(address).items()}
    assert judged == dict.fromkeys(judged, inner == "8.8.4.4")


def test_an_address_of_one_link_is_not_public() -> None:
    for text in ("fe80::1%eth0", "2606:4700::1%eth0", "::ffff:8.8.8.8%2"):
        assert not is_public(parsed(text))


EDGES = [
    int(end) + step
    for block in SPECIAL.split()
    for end in (ipaddress.ip_network(block)[0], ipaddress.ip_network(block)[-1])
    for step in (-1, 0, 1)
]
LEADING = [
    ipaddress.ip_network(block)
    for block in ("::ffff:0:0/96", "64:ff9b::/96", "2001::/32", "2002::/16")
]
"""Python judges what these lead to only in newer versions; they have a test above."""


@given(
    st.one_of(
        st.ip_addresses(),
        st.sampled_from([e for e in EDGES if 0 <= e < 2**32]).map(ipaddress.IPv4Address),
        st.sampled_from([e for e in EDGES if 0 <= e < 2**128]).map(ipaddress.IPv6Address),
    )
)
def test_what_python_calls_private_is_never_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if is_public(address) and not any(address in block for block in LEADING):
        assert not address.is_private
        assert not address.is_multicast
        assert not address.is_reserved
        assert address.is_global


def test_the_lists_of_this_test_do_not_contradict_each_other() -> None:
    blocks = map(ipaddress.ip_network, SPECIAL.split())
    for block, address in itertools.product(blocks, map(parsed, PUBLIC.split())):
        assert address not in block
