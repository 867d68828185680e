"""A private PostgreSQL: a cluster for each process of tests, a database for each test."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

from maild.store.postgres import migrate_postgres
from tests.ports import free_port

DEBIAN = Path("/usr/lib/postgresql")
_OWNER = "postgres"
_TEMPLATE = "ready"
_SHARED = "shared"
_DEADLINE = 30.0
# what is tested is maild; that the server keeps what it has committed is its own affair
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "autovacuum": "off",
    "jit": "off",
    "timezone": "UTC",
}


_CUT_OFF = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_EMPTY = """
DO $$ DECLARE name text; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'maild_schema'
  LOOP EXECUTE 'DELETE FROM ' || quote_ident(name); END LOOP;
END $$
"""


def find_programs() -> Path | None:
    """Return the folder of the newest server's programs, or None where there is none."""
    found = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    beside = shutil.which("initdb")
    return found[-1].parent if found else Path(beside).parent if beside else None


class Cluster:
    """A running server, on a free port of this machine, that trusts whoever asks."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._names = count()
        self._user = _OWNER if os.getuid() == 0 else None
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def make(self, **settings: str) -> None:
        """Lay the cluster out."""
        if self._user:
            # the server refuses to run as root
            shutil.chown(self._folder, self._user)
        self._run("initdb", "-D", str(self._data), "-U", "maild", "-A", "trust", "-N", "-E", "UTF8")
        told = _SETTINGS | {"unix_socket_directories": f"'{self._folder}'"} | settings
        with (self._data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in told.items())

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = ["-D", str(self._data), "-h", "127.0.0.1", "-p", str(self.port)]
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self._programs / "postgres", *options], stdout=log, stderr=log, **self._as_owner()
            )
        asyncio.run(_answered(self.url("postgres")))

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends every connection in good order, SIGQUIT as a crash does."""
        if self.process:
            self.process.send_signal(how)
            self.process.wait(_DEADLINE)
            self.process = None

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://maild@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        """Make the database that others are copied from: a store of this version, empty."""
        asyncio.run(self._make_ready())
        self._run(
            "psql", "-qX", "-c", f"CREATE DATABASE {_SHARED} TEMPLATE {_TEMPLATE}", self._root
        )

    def new(self, template: str = _TEMPLATE) -> str:
        """Return the URL of a new database, a copy of one: an empty store."""
        name = f"t{next(self._names)}"
        sql = f"CREATE DATABASE {name} TEMPLATE {template}"
        self._run("psql", "-qX", "-c", sql, self._root)
        return self.url(name)

    def drop(self, url: str) -> None:
        """Let go of a database, whoever is still connected to it."""
        name = url.rpartition("/")[2]
        self._run("psql", "-qX", "-c", f"DROP DATABASE {name} WITH (FORCE)", self._root)

    def empty(self) -> str:
        """Return the URL of the one store that tests share, one after the other: emptied.

        Quicker than a new database for each. Whoever is still connected is cut off.
        """
        url = self.url(_SHARED)
        self._run("psql", "-qXtA", "-c", _CUT_OFF, "-c", _EMPTY, url)
        return url

    async def _make_ready(self) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        await connection.execute(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
        await connection.close()
        await migrate_postgres(self.url(_TEMPLATE))

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments],
            check=True,
            timeout=_DEADLINE,
            stdout=subprocess.DEVNULL,
            **self._as_owner(),
        )

    def _as_owner(self) -> dict[str, Any]:
        return {"user": self._user, "cwd": self._folder} if self._user else {}

    @property
    def _root(self) -> str:
        return self.url("postgres")

    @property
    def _data(self) -> Path:
        return self._folder / "data"


@contextmanager
def run_cluster(**settings: str) -> Iterator[Cluster]:
    """Run a private server with an empty store to copy; raises `RuntimeError` without programs."""
    programs = find_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL's server is not installed: apt install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="maild-postgres-"))
    cluster = Cluster(programs, folder)
    try:
        cluster.make(**settings)
        cluster.start()
        cluster.prepare()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _answered(url: str) -> None:
    async with asyncio.timeout(_DEADLINE):
        while True:
            with suppress(OSError, asyncpg.PostgresError):
                await (await asyncpg.connect(url)).close()
                return
            await asyncio.sleep(0.02)
