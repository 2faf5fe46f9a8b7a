"""A PostgreSQL server of the tests' own: made in a temporary folder, reached by a Unix socket, gone at the end.

1. The programs are found on the path, or where Debian keeps them. Where there are none a test fails and says so: one
   that is passed over proves nothing.
2. PostgreSQL refuses to run as root; root runs it as the user `postgres`.
3. Its text is sorted as in English, by ICU: what the ledger needs in the order of bytes must say so.
4. A test has a database of its own: one that another test has left, emptied in some 10 ms, or a new one. No password is
   asked for: nobody else can reach the socket.
"""

import atexit
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import URL

DEBIAN = Path("/usr/lib/postgresql")
SERVER_USER = "postgres"
START_SECONDS = 60
CLUSTER = (
    "--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--no-locale",
    "--locale-provider=icu", "--icu-locale=en-US",
)  # fmt: skip
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB", "max_connections": "100"}
"""For tests: nothing of theirs outlives the machine, so they need not wait for its disk."""

THROW_OUT = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class PostgresMissing(Exception):
    """There is no PostgreSQL server on this machine."""


class PostgresServer:
    """A running server; use it as `with`. `settings` are those of postgresql.conf."""

    def __init__(self, settings: dict[str, str]) -> None:
        self._programs = find_programs()
        self._user = SERVER_USER if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="hefu-pg-"))
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        self._numbers = itertools.count()
        self._free: list[str] = []
        try:
            self._run("initdb", *CLUSTER)
            self.start(settings)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def __enter__(self) -> "PostgresServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop it, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, settings: dict[str, str]) -> None:
        """Start it, and wait until it answers."""
        given = {"listen_addresses": "''", "unix_socket_directories": f"'{self.folder}'", **settings}
        options = " ".join(f"-c {name}={value}" for name, value in given.items())
        log = str(self.folder / "server.log")
        self._run("pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-l", log, "-o", options)

    def stop(self, mode: str = "immediate") -> None:
        """Stop it: `immediate` as a crash does, `fast` by ending every session first."""
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    def read_process(self) -> int:
        """The server's process; those of its sessions are its children."""
        return int((self.folder / "data" / "postmaster.pid").read_text(encoding="ascii").split()[0])

    def read_version(self) -> str:
        """The server's version."""
        with self._connect("postgres") as connection:
            return str(connection.info.parameter_status("server_version"))

    def get_url(self, database: str) -> str:
        """Where a database of this server is."""
        query = {"host": str(self.folder)}
        url = URL.create("postgresql+psycopg", username="postgres", database=database, query=query)
        return url.render_as_string(hide_password=False)

    def execute(self, sql: str, database: str = "postgres") -> None:
        """One statement, or several, each by itself; by default outside any database of a test."""
        with self._connect(database) as connection:
            connection.execute(sql.encode())

    @contextmanager
    def make_database(self) -> Iterator[str]:
        """An empty database of one's own; its name. Who still uses it at the end is thrown out."""
        name = self._free.pop() if self._free else self._create_database()
        try:
            yield name
        finally:
            self.execute(THROW_OUT, name)
            self.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public", name)
            self._free.append(name)

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True)

    def _create_database(self) -> str:
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return name

    def _run(self, program: str, *arguments: str) -> None:
        # setpriv changes the user, not Python: with `user=` it would fork, which gRPC's threads do not survive.
        user = (
            [] if self._user is None else ["setpriv", f"--reuid={self._user}", f"--regid={self._user}", "--init-groups"]
        )
        command = [*user, str(self._programs / program), "-D", str(self.folder / "data"), *arguments]
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program} ended with {done.returncode}: {done.stdout}{done.stderr}")


@cache
def get_server() -> PostgresServer:
    """The server of this process's tests, which ends with the process."""
    server = PostgresServer(NOT_DURABLE)
    atexit.register(server.close)
    return server


def find_programs() -> Path:
    """The folder of initdb and pg_ctl, of the newest version. PostgresMissing where there is none."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    folders = [path.parent for path in DEBIAN.glob("*/bin/initdb")]
    if not folders:
        raise PostgresMissing(f"no initdb on the path or in {DEBIAN}/*/bin: `make postgres` installs PostgreSQL")
    return max(folders, key=lambda folder: float(folder.parent.name))
