"""Starts the command of a task, ends it as Airflow does, and writes the command's exit code.

`python end_task.py FOLDER`, in Airflow's environment. The command sends SIGALRM to this process,
as Airflow's own clock does when a task takes too long.
"""

import json
import signal
import sys


class TooLongError(BaseException):
    """The task takes too long."""


def too_long(*_: object) -> None:
    """End what is waited for."""
    raise TooLongError


def main() -> None:
    """Write how the command ended."""
    sys.path.insert(0, sys.argv[1])
    from bigcommerce_carts.commands import (  # type: ignore[import-not-found] # noqa: PLC0415 - from there
        LoadStore,
    )

    task = LoadStore(task_id="load", store="acme")
    signal.signal(signal.SIGALRM, too_long)
    try:
        task.run("acme", secrets={})
    except TooLongError:
        task.on_kill()
        # Once more, when the command is gone.
        code = task._process.sub_process.wait()  # noqa: SLF001 - nothing else knows the process
        task.on_kill()
        print(json.dumps(code))  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
