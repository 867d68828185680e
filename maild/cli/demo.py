"""`maild demo`: a throw-away business to try things on."""

from __future__ import annotations

import click


@click.group("demo", invoke_without_command=True)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Where its pages are; default: 8080, or a free one.",
)
@click.pass_context
def demo(context: click.Context, port: int | None) -> None:
    """Run a sample business with its own mailbox, to try things on.

    It prints where to click, lets you answer its letters and shows what comes back. It needs no
    config and leaves nothing behind.

    \b
    Examples:
      maild demo
      maild demo reply "I can't log in"
    """
    if context.invoked_subcommand is None:
        import asyncio

        from maild.demo import run_demo

        asyncio.run(run_demo(port))


@demo.command("reply")
@click.argument("text")
@click.option("--to", help="Whose mail to answer; default: the first client's contact.")
def reply(text: str, to: str | None) -> None:
    """Answer a letter of the running demo as its client would, with TEXT.

    \b
    Example:
      maild demo reply "Can you send it again?"
    """
    from maild.demo import send_reply

    print(send_reply(text, to))
