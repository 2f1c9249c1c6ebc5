"""A PostgreSQL server for tests: in a temporary folder, on a socket of its own, as somebody who is not root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

WITHOUT = "PostgreSQL is not installed, or there is nobody but root to run it (Debian: postgresql)"


def programs() -> Path | None:
    """Return the folder of the programs of a server; None where there is none that could run here."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    there = next((one for one in folders if (one / "initdb").is_file() and (one / "pg_ctl").is_file()), None)
    return there if os.getuid() != 0 or _somebody() is not None else None


@contextmanager
def running(*, durable: bool) -> Iterator[str]:
    """Run a server; its address has `{name}` in the place of the name of a database.

    Args:
        durable: Whether it waits for the disk; no test takes the power away, only benchmarks ask for it.
    """
    binaries = programs()
    assert binaries is not None
    user = _somebody() if os.getuid() == 0 else None
    with TemporaryDirectory(prefix="footproof-pg-") as name:
        folder, data = Path(name), Path(name) / "data"
        (folder / "socket").mkdir()
        for path in (folder, folder / "socket"):
            if user is not None:
                os.chown(path, user.pw_uid, user.pw_gid)
        _run(user, binaries / "initdb", "-D", data, "-U", "footproof", "-A", "trust", "-E", "UTF8", "--no-sync")
        wait = "on" if durable else "off"
        options = f"-k {folder / 'socket'} -c listen_addresses= -c max_connections=40 -c fsync={wait}"
        _run(user, binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "socket" / "log", "-o", options, "start")
        try:
            yield f"postgresql://footproof@/{{name}}?host={folder / 'socket'}"
        finally:
            _run(user, binaries / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def ask(server: str, statement: str) -> None:
    """Have a server do something outside any transaction."""
    with psycopg.connect(server.format(name="postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


def _somebody() -> pwd.struct_passwd | None:
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    return None


def _run(user: pwd.struct_passwd | None, *command: object) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        user=None if user is None else user.pw_uid,
        group=None if user is None else user.pw_gid,
        extra_groups=None if user is None else [],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
