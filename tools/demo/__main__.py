"""`python -m tools.demo` loads an invented store; `python -m tools.demo run` the one named in .env.

`python -m tools.demo api2cart` loads the invented store by the other road. With `--sql` each answer
comes with its query.
"""

import sys

from rich.console import Console

from tools.demo.invented import load_invented_store
from tools.demo.load import FailedError, alone
from tools.demo.real import load_real_store

_WIDTH = 100


def main(arguments: list[str]) -> int:
    """Load a store, show how it goes, and return the exit code."""
    console = Console(highlight=False)
    if not console.is_terminal:
        # A log has no edge that queries would have to be cut at.
        console.width = _WIDTH
    sql = "--sql" in arguments
    what = [each for each in arguments if each != "--sql"] or ["bigcommerce"]
    if what not in (["run"], ["bigcommerce"], ["api2cart"]):
        console.print(
            "usage: python -m tools.demo [run | bigcommerce | api2cart] [--sql]", markup=False
        )
        return 2
    try:
        with alone():
            if what == ["run"]:
                load_real_store(console, sql=sql)
            else:
                load_invented_store(console, *what, sql=sql)
    except FailedError as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
