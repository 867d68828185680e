"""The demo: a throw-away business with real letters, and a mailbox to read and answer them in."""

from __future__ import annotations


async def run_demo(port: int | None) -> None:
    """Run a throw-away business until SIGINT or SIGTERM, and leave nothing of it behind.

    `port` is where its client area is served: 0 is any free one, None is 8080 or any free one.
    Raises `Refused` when the port asked for is taken.
    """
    from maild.demo.stage import play

    await play(port)


def send_reply(text: str, to: str | None) -> str:
    """Answer the latest letter to a person of the running demo; return what came of it.

    `to` is that person's address; None is the first client's contact. Raises `Refused` when no
    demo is running, or nobody there has that address.
    """
    from maild.demo.remote import answer_letter

    return answer_letter(text, to)
