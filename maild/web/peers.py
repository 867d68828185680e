"""Where a request comes from, and which host it is for, as far as either can be believed."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from aiohttp import web

from maild.web.keys import OFFICE

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_PORTS = {"http": ":80", "https": ":443"}


def network_of(request: web.Request) -> str:
    """Return the visitor's network: /24 of an IPv4 address, /56 of an IPv6 one."""
    address = _address_of(request)
    width = 24 if address.version == 4 else 56
    return str(ipaddress.ip_network((address, width), strict=False))


def is_our_host(request: web.Request, host: str) -> bool:
    """Tell whether a host and port, as a browser names them, are those of `base_url`."""
    site = urlsplit(request.app[OFFICE].config.web.base_url)
    ours, named = (name.lower().removesuffix(_PORTS[site.scheme]) for name in (site.netloc, host))
    return ours == named


def _address_of(request: web.Request) -> _Address:
    """Return the rightmost address that no trusted proxy vouches for."""
    trusted = request.app[OFFICE].config.web.trusted_proxies
    address = _read_address(request.remote or "0.0.0.0")  # noqa: S104 - unknown
    # a proxy may add a line of its own instead of going on with the one it was sent
    said = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
    for hop in reversed([part.strip() for part in said if part.strip()]):
        if not any(address in network for network in trusted):
            break
        try:
            address = _read_address(hop)
        except ValueError:
            break
    return address


def _read_address(text: str) -> _Address:
    """Return an address; an IPv4 one that came in by an IPv6 socket is an IPv4 one all the same."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if address.version == 6 else None
    return mapped or address
