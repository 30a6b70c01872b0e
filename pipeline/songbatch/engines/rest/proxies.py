"""Choice of the proxy, from an environment mapping.

Done here because the network library reads either all of the environment or nothing of it, and all
includes `~/.netrc`, which would replace our Authorization header.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


def proxy_for(url: str, environment: Mapping[str, str]) -> str | None:
    """Return the proxy that the environment names for `url` (http or https), or None.

    `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`, in either case; lower case wins. Loopback
    addresses never go through a proxy.
    """
    parts = urlsplit(url)
    proxy = _variable(environment, f"{parts.scheme}_proxy") or _variable(environment, "all_proxy")
    host = parts.hostname or ""
    if not proxy or _is_loopback(host) or _is_excepted(host, _variable(environment, "no_proxy")):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _variable(environment: Mapping[str, str], name: str) -> str:
    if name == "http_proxy" and "REQUEST_METHOD" in environment:
        # In a CGI process HTTP_PROXY is the client's header `Proxy:` (httpoxy).
        return environment.get(name, "").strip()
    return (environment.get(name) or environment.get(name.upper()) or "").strip()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def _is_excepted(host: str, no_proxy: str) -> bool:
    return any(_matches(host, entry.strip().lower()) for entry in no_proxy.split(","))


def _matches(host: str, entry: str) -> bool:
    if entry == "*":
        return True
    name = entry.partition(":")[0].lstrip(".*")
    if name and (host == name or host.endswith(f".{name}")):
        return True
    address = _address(host)
    try:
        return address is not None and address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
