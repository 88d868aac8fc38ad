"""Processes are run to their end, all of them, whatever they do."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.load.processes import Processes
from tests.support.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tap_bigcommerce_carts.load.meltano_log import Line

pytestmark = pytest.mark.slow
# Says who its child is, which is asked to end in vain, as it is itself.
STUBBORN = "trap '' TERM; (trap '' TERM; sleep 300) & echo $!; wait; sleep 300"
# Leaves a child behind that holds nothing open.
LEAVING = "sleep 300 >/dev/null 2>&1 & echo $!; exit 3"


def run(processes: Processes, script: str, folder: Path, heard: Callable[[Line], None]) -> int:
    return processes.run(["/bin/sh", "-c", script], folder, {"PATH": os.environ["PATH"]}, heard)


def runs(process: int) -> bool:
    """Whether a process is there, and no mere entry that nobody buried."""
    try:
        # Not its command line, which is empty for a moment while it becomes another program.
        with open(f"/proc/{process}/stat") as file:  # noqa: PTH123 - a device of sorts
            return file.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def until_gone(process: int) -> None:
    """Wait for the end of a process that was killed, which the kernel takes a moment for."""
    until(lambda: not runs(process), "the end of a killed process")


def test_what_a_process_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    said: list[str] = []
    assert run(Processes(), LEAVING, tmp_path, lambda line: said.append(line.text)) == 3
    until_gone(int(said[0]))


def test_asked_twice_all_end_by_force(tmp_path: Path) -> None:
    processes, child, begun = Processes(), list[int](), Event()

    def heard(line: Line) -> None:
        child.append(int(line.text))
        begun.set()

    with ThreadPoolExecutor(1) as pool:
        code = pool.submit(run, processes, STUBBORN, tmp_path, heard)
        assert begun.wait(60)
        processes.stop()
        assert runs(child[0])
        processes.stop()
        assert code.result(60) == -9
    until_gone(child[0])


def test_once_stopped_nothing_begins(tmp_path: Path) -> None:
    processes = Processes()
    processes.stop()
    assert run(processes, "touch begun", tmp_path, lambda _: None) == 1
    assert not (tmp_path / "begun").exists()


def test_a_process_that_nobody_can_listen_to_is_ended(tmp_path: Path) -> None:
    said: list[int] = []

    def heard(line: Line) -> None:
        said.append(int(line.text))
        raise OSError(28, os.strerror(28))

    with pytest.raises(OSError, match="No space left"):
        run(Processes(), "echo $$; yes 1", tmp_path, heard)
    until_gone(said[0])


def test_bytes_that_are_no_text_are_read(tmp_path: Path) -> None:
    said: list[str] = []
    assert run(Processes(), r"printf 'a\377b\n'", tmp_path, lambda at: said.append(at.text)) == 0
    assert said == ["a\ufffdb"]


def test_a_process_sees_what_it_is_given_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOT_TO_BE_SEEN", "x")
    said: list[str] = []
    run(Processes(), "env; pwd", tmp_path, lambda line: said.append(line.text))
    assert str(tmp_path) in said
    assert "NOT_TO_BE_SEEN" not in "".join(said)
