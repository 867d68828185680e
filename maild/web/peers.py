"""Where a request comes from, as far as it can be believed."""

from __future__ import annotations

import ipaddress

from aiohttp import web

from maild.web.keys import OFFICE


def network_of(request: web.Request) -> str:
    """Return the visitor's network: /24 of an IPv4 address, /56 of an IPv6 one."""
    address = _address_of(request)
    width = 24 if address.version == 4 else 56
    return str(ipaddress.ip_network((address, width), strict=False))


def _address_of(request: web.Request) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the rightmost address that no trusted proxy vouches for."""
    trusted = request.app[OFFICE].config.web.trusted_proxies
    address = ipaddress.ip_address(request.remote or "0.0.0.0")  # noqa: S104 - unknown
    said = request.headers.get("X-Forwarded-For", "").split(",")
    for hop in reversed([part.strip() for part in said if part.strip()]):
        if not any(address in network for network in trusted):
            break
        try:
            address = ipaddress.ip_address(hop)
        except ValueError:
            break
    return address
