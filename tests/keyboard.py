"""Going through a page with the Tab key, as people do who use no pointer."""

from __future__ import annotations

from playwright.async_api import Page

# what the keyboard must reach, in the order in which it is written
_START = """() => {
    const all = [...document.querySelectorAll('a[href], button, input, textarea, select, summary')]
    window.stops = all.filter(one => one.type !== 'hidden' && one.checkVisibility())
    window.reached = new Set()
    stops[0].focus()
    return stops.length
}"""
_LOOK = """() => {
    const one = document.activeElement
    const name = one.outerHTML.slice(0, 120)
    const faults = []
    if (!stops.includes(one)) return [name, one === document.body ? [] : ['is reached']]
    if (reached.size && !reached.has(one)) {
        const before = [...reached].at(-1)
        if (stops.indexOf(one) !== stops.indexOf(before) + 1) faults.push('comes out of order')
    }
    reached.add(one)
    const style = getComputedStyle(one)
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2)
        faults.push('does not show that it has the focus')
    const {x, y, width, height} = one.getClientRects()[0]
    const there = document.elementFromPoint(x + width / 2, y + height / 2)
    // what the reader has opened may cover what is below it (WCAG 2.2, 2.4.11)
    if (!there || !(one.contains(there) || there.closest('details[open]')))
        faults.push(`is out of sight, behind ${there?.outerHTML.slice(0, 60)}`)
    return [name, faults]
}"""
_MISSED = "() => stops.filter(one => !reached.has(one)).map(one => one.outerHTML.slice(0, 120))"


async def find_keyboard_faults(page: Page) -> list[str]:
    """Return what is not reached, comes out of order, or hides that it has the focus."""
    count = await page.evaluate(_START)
    # away and back: only a key makes a browser show the focus
    await page.keyboard.press("Tab")
    await page.keyboard.press("Shift+Tab")
    faults = []
    # a field for a date takes several stops
    for _ in range(count + 10):
        name, found = await page.evaluate(_LOOK)
        faults += [f"{name} {fault}" for fault in found]
        await page.keyboard.press("Tab")
    missed = await page.evaluate(_MISSED)
    return faults + [f"{name} is not reached" for name in missed]
