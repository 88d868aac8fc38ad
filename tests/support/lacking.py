"""The command `bigcommerce-carts` on a machine without one package, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

WITHOUT = """
import sys

lacking = sys.argv.pop(1)

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == lacking:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
from tap_bigcommerce_carts.commands import main
main()
"""


def check_named(package: str, extra: str, *arguments: str) -> None:
    """Check that a command that lacks a package says in one line which extra to install.

    Args:
        package: that is not there.
        extra: of the distribution, which brings it.
        arguments: of `bigcommerce-carts`.
    """
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, package, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert f"install tap-bigcommerce-carts[{extra}]" in done.stderr
    assert package in done.stderr
    assert "'s packages" not in done.stderr
