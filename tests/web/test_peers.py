"""Where a log-in comes from: what a visitor says of it counts for nothing, a proxy's word does."""

from __future__ import annotations

from ipaddress import ip_network

from aiohttp import ClientSession, CookieJar, DummyCookieJar
from multidict import CIMultiDict

from maild.store.database import Transaction
from tests.visitor import Browser
from tests.web.area import open_door
from tests.world import HouseWorld

TRUSTED = (ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))


async def network_seen(house: HouseWorld, trusted: object, *forwarded: str) -> str:
    """Fail a log-in with X-Forwarded-For lines; return the network it was counted for."""
    host = house.office.config.web.base_url.removeprefix("http://")
    headers = CIMultiDict([("Host", host), *(("X-Forwarded-For", line) for line in forwarded)])
    async with (
        open_door(house, trusted_proxies=trusted) as port,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        base = f"http://127.0.0.1:{port}"
        async with session.get(f"{base}/login", headers={"Host": host}) as form:
            headers["Cookie"] = form.headers["Set-Cookie"].partition(";")[0]
            csrf = (await form.text()).partition('name="csrf" value="')[2].partition('"')[0]
        fields = {"address": "jane@acme.example", "password": "x", "csrf": csrf}
        async with session.post(f"{base}/login", data=fields, headers=headers) as answer:
            assert answer.status == 403
    rows = await house.office.db.rows("SELECT name FROM throttle_hits")
    return str(rows[-1]["name"]).rpartition(" ")[2]


HOPS = {
    (): "127.0.0.0/24",
    ("203.0.113.7",): "203.0.113.0/24",
    ("198.51.100.1, 203.0.113.7",): "203.0.113.0/24",
    ("198.51.100.1, 203.0.113.7, 10.1.2.3",): "203.0.113.0/24",
    ("198.51.100.1", "203.0.113.7"): "203.0.113.0/24",
    ("203.0.113.7", "10.1.2.3"): "203.0.113.0/24",
    ("::ffff:203.0.113.7",): "203.0.113.0/24",
    ("2001:db9:1:2:3::4",): "2001:db9:1::/56",
    ("203.0.113.7, nonsense",): "127.0.0.0/24",
    ("203.0.113.7, nonsense, 10.1.2.3",): "10.1.2.0/24",
    ("fe80::1%eth0",): "fe80::/56",
    (" , ,",): "127.0.0.0/24",
}


async def test_the_rightmost_hop_that_no_trusted_proxy_vouches_for_counts(
    house: HouseWorld,
) -> None:
    for lines, network in HOPS.items():
        assert (lines, await network_seen(house, TRUSTED, *lines)) == (lines, network)
        await house.office.db.transact(_forget)


async def _forget(tx: Transaction) -> None:
    await tx.execute("DELETE FROM throttle_hits")


async def test_a_visitor_who_forges_the_header_is_counted_where_he_is(house: HouseWorld) -> None:
    assert await network_seen(house, (), "203.0.113.7") == "127.0.0.0/24"


async def test_forged_headers_do_not_get_around_the_throttle(house: HouseWorld) -> None:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        browser = Browser(session, house.office.config.web.base_url)
        form = await browser.get("/login")
        fields = {"address": "jane@acme.example", "password": "x", "csrf": form.csrf}
        found = [
            await browser.post("/login", fields, headers={"X-Forwarded-For": f"203.0.{n}.1"})
            for n in range(6)
        ]
    assert [page.status for page in found] == [403] * 5 + [429]
