"""Running a command: its config and office opened once, its errors told in one line."""

from __future__ import annotations

import os
import pwd
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from functools import update_wrapper
from itertools import islice
from typing import TYPE_CHECKING, Any, Concatenate, Generic, NoReturn, ParamSpec, TypeVar

import click

from maild.cli.words import plain
from maild.errors import BadInput, BadTemplate, MaildError

if TYPE_CHECKING:
    import asyncio

    from maild.config import Config
    from maild.office import Office

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")

REFUSED = 1
BAD_USAGE = 2


def load_config() -> Config:
    """Return the config that the command line, the environment or the folder names.

    Raises `ConfigError`.
    """
    from maild import config

    path = config.find(click.get_current_context().find_root().obj, os.environ)
    return config.load(path, os.environ)


def in_office(
    command: Callable[Concatenate[Office, P], Coroutine[Any, Any, None]],
) -> Callable[P, None]:
    """Make a command of a coroutine that wants an open office as its first argument."""

    def run(*args: P.args, **options: P.kwargs) -> None:
        import asyncio

        config = load_config()
        quieten(config)
        asyncio.run(_work(config, *args, **options))

    async def _work(config: Config, *args: P.args, **options: P.kwargs) -> None:
        from maild.office import open_office

        async with open_office(config) as office:
            await command(office, *args, **options)

    return update_wrapper(run, command)


def quieten(config: Config) -> None:
    """Let a command log warnings only: what it has to say it prints."""
    from maild.log import set_up_logging

    log = config.log
    set_up_logging(level="warning", form=log.format, addresses=log.addresses)


async def do_each(things: Iterable[T], work: Callable[[T], Coroutine[Any, Any, None]]) -> None:
    """Do the work for each thing; one that fails is told and does not stop the others.

    Ends the command with the worst exit code of them all, unless every one succeeded.
    """
    worst = 0
    for thing in things:
        try:
            await work(thing)
        except MaildError as error:
            complain(str(error))
            worst = max(worst, code_of(error))
    if worst:
        raise click.exceptions.Exit(worst)


class Ahead(Generic[T, R]):
    """Prepares things before their turn, so many at once, and hands them out in order."""

    def __init__(
        self, things: Iterable[T], prepare: Callable[[T], Coroutine[Any, Any, R]], most: int
    ) -> None:
        self._things = iter(things)
        self._prepare = prepare
        self._begun: deque[asyncio.Task[R]] = deque()
        self._most = most

    async def next(self) -> R:
        """Return the next thing when it is ready, or raise what went wrong with it."""
        import asyncio

        for thing in islice(self._things, self._most - len(self._begun)):
            self._begun.append(asyncio.create_task(self._prepare(thing)))
        return await self._begun.popleft()


def actor() -> str:
    """Return who gives the orders here, as events name it."""
    user = os.environ.get("USER", "")
    # where nothing logged in, as in a timer or a container, the process still belongs to somebody
    with suppress(KeyError):
        user = user or pwd.getpwuid(os.getuid()).pw_name
    return f"operator:{user}" if user else "operator"


def code_of(error: MaildError) -> int:
    """Return the exit code for an error: 2 where the input is at fault, 1 where the state is."""
    return BAD_USAGE if isinstance(error, BadInput | BadTemplate) else REFUSED


def complain(message: str) -> None:
    """Tell what went wrong, on standard error."""
    # print and not click.echo: it goes through the progress bar where there is one
    print(f"maild: {plain(message)}", file=sys.stderr)


def run_and_exit(command: Callable[[], object]) -> NoReturn:
    """Run a whole command line and exit with its code, every error told without a traceback.

    `MAILD_DEBUG` lets a fault of maild's own show where it is.
    """
    try:
        code = command()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = BAD_USAGE
    except click.ClickException as error:
        _complain_of_usage(error)
        code = error.exit_code
    except click.Abort:
        complain("stopped; what was done until here stays done")
        code = REFUSED
    except MaildError as error:
        complain(str(error))
        code = code_of(error)
    except Exception as error:
        if os.environ.get("MAILD_DEBUG"):
            raise
        complain(f"a fault of maild's own ({type(error).__name__}: {error})")
        complain("set MAILD_DEBUG=1 and run it again to see where")
        code = REFUSED
    sys.exit(code if isinstance(code, int) else 0)


def _complain_of_usage(error: click.ClickException) -> None:
    complain(error.format_message())
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context:
        print(f"{context.get_usage()}\nSee: {context.command_path} --help", file=sys.stderr)
