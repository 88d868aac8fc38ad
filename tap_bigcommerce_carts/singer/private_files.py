"""Files that hold personal data: who may read them."""

from __future__ import annotations

import os
import stat
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def open_private(file: Path) -> IO[bytes]:
    """Make a file and open it to be written, for its owner alone, whatever the umask.

    A folder with the setgid bit says that its group shares its files.

    Raises:
        OSError: it is there already, or cannot be made.
    """
    mode = 0o640 if file.parent.stat().st_mode & stat.S_ISGID else 0o600
    opened = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    # The umask may have taken more.
    os.fchmod(opened, mode)
    return os.fdopen(opened, "wb")
