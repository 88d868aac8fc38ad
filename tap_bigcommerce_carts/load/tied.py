"""Runs a command that ends when whoever started it ends, however that happens.

`python -m tap_bigcommerce_carts.load.tied PARENT COMMAND …`: on Linux the kernel sends the
command SIGTERM when its parent is gone (prctl(2), PR_SET_PDEATHSIG); elsewhere it is just run.
Without it, a store's load would go on after the run it belongs to was killed, unseen and unlocked.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent, and become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            # It is gone already, so nobody would send the signal.
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - what the caller asked for, without a shell


if __name__ == "__main__":
    main()
