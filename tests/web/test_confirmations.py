"""What an answered estimate's page says about the letter that confirms the answer."""

from __future__ import annotations

from maild.relay import Outcome
from maild.services.customers import add_contact
from tests.fakes import SENT
from tests.paper import without_ink
from tests.web.area import JANE, last_link
from tests.web.test_estimates import ACCEPT, fields_of, send_estimate, words_of
from tests.world import HouseWorld


async def test_confirmation_is_announced_until_it_has_gone_out(house: HouseWorld) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        await browser.post(ACCEPT, fields_of(await browser.get(link)))
        house.relay.answer = lambda _: Outcome("deferred", 450, "busy")
        await house.deliver()
        assert f"A confirmation goes to {JANE}." in words_of(await browser.get(link))
        house.relay.answer = lambda _: SENT
        await house.advance(days=1)
        said = words_of(await browser.get(link))
        assert "goes to" not in said
        assert f"A confirmation went to {JANE} on 24 Nov 2026, 09:30." in said


async def test_confirmation_that_did_not_go_out_is_not_promised(house: HouseWorld) -> None:
    link = await send_estimate(house)
    async with house.browser() as browser:
        await browser.post(ACCEPT, fields_of(await browser.get(link)))
        house.relay.answer = lambda _: Outcome("failed", 550, "no such user")
        await house.deliver()
        said = words_of(await browser.get(link))
    assert "Accepted by Jane Smith" in said
    assert "A confirmation" not in said


async def test_colleague_sees_who_answered_and_gets_no_letter(house: HouseWorld) -> None:
    without_ink(house)
    ann = "ann@acme.example"
    await house.client("Acme Ltd", JANE)
    await add_contact(house.office, "ACME", ann, actor="test")
    await house.issue("EST-1", type="estimate")
    async with house.browser() as browser:
        await browser.post(ACCEPT, fields_of(await browser.get(await last_link(house, JANE))))
    async with house.browser() as browser:
        page = await browser.get(await last_link(house, ann))
        assert f"Accepted by Jane Smith, {JANE}" in words_of(page)
        assert "A confirmation" not in words_of(page)
    await house.deliver()
    assert len(await house.mail_to(ann)) == 1
