"""A program in a process of its own that answers commands, one after the other."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Answering:
    """The process, from its start until it is closed.

    Commands go to its standard input, a line of JSON each, and so come the answers: objects that
    say with `success` whether it went well.

    Args:
        command: the program and its arguments.
        log: the file for whatever else it says; the process is in its folder.
        environment: variables that it gets beside this process's own.
        without: what the names of those begin with that it does not get.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        environment: dict[str, str],
        without: tuple[str, ...],
    ) -> None:
        self._log = log
        others = {name: v for name, v in os.environ.items() if not name.startswith(without)}
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                command,
                cwd=log.parent,
                env=others | environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def ask(self, **command: Any) -> dict[str, Any]:
        """Have it do something, and return its answer.

        Raises:
            AssertionError: it did not go well; with what it said.
        """
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(command), file=self._process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"success": false}')
        assert answer["success"], f"{answer}\n{self._log.read_text()}"
        return answer

    def close(self) -> None:
        """End it."""
        self._process.communicate()
