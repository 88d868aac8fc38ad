"""Ends that come from outside: a signal, a target that is gone, a full disk."""

from __future__ import annotations

import fcntl
import json
import signal
import struct
import subprocess
import sys
import termios
import time
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.sandbox import Fault, Sandbox, Shop
from tests.support.devices import full_device
from tests.support.harness import (
    Output,
    catalog_for,
    error_lines,
    read_messages,
    run,
)
from tests.support.patience import until
from tests.support.planting import EARLIER

if TYPE_CHECKING:
    from pathlib import Path


CARTS = ("abandoned_carts", "abandoned_cart_line_items")


def started(settings: dict[str, Any], folder: Path, *streams: str) -> subprocess.Popen[bytes]:
    """Start the command with its output in a pipe."""
    options = []
    for name, content in (("config", settings), ("catalog", catalog_for(streams))):
        file = folder / f"{name}.json"
        file.write_text(json.dumps(content))
        options += [f"--{name}", str(file)]
    return subprocess.Popen(
        [sys.executable, "-m", "tap_bigcommerce_carts", *options],
        # Unbuffered, so that what was not read stays in the pipe.
        bufsize=0,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ended(process: subprocess.Popen[bytes]) -> Output:
    """Wait for the end and read what was written; every line must be a whole message."""
    out, log = process.communicate(timeout=30)
    assert out == b"" or out.endswith(b"\n")
    return Output(read_messages(out.decode()), log.decode(), process.returncode)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_told_to_stop_leaves_whole_lines_and_a_good_state(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path, number: signal.Signals
) -> None:
    ids = [shop.add_order(modified=EARLIER + timedelta(minutes=n)) for n in range(30)]
    settings = {**config, "page_size": 3}
    reached: list[int] = []

    def stop(turn: int, _request: object) -> Fault | None:
        if turn == 6 and not reached:
            reached.append(turn)
            process.send_signal(number)
        # Long enough for the signal to come first, however busy the machine.
        return Fault("slow", seconds=20) if reached else None

    process = started(settings, tmp_path, *CARTS)
    store.before(stop)
    output = ended(process)
    assert reached
    # As a shell says it of a command that a signal ended.
    assert output.code == 128 + number
    assert "Traceback" not in output.log
    assert len(error_lines(output)) == 1
    assert "signal" in error_lines(output)[0]
    assert 0 < len(output.ids("abandoned_carts")) < 30
    store.before(None)
    rest = run(settings, state=output.state, streams=CARTS)
    seen = {*output.ids("abandoned_carts"), *rest.ids("abandoned_carts")}
    assert seen == {str(each) for each in ids}
    lines = {
        row["abandoned_cart_id"]
        for each in (output, rest)
        for row in each.rows("abandoned_cart_line_items")
    }
    assert lines == seen


def test_a_signal_in_the_middle_of_a_long_row_does_not_cut_it(
    shop: Shop, config: dict[str, Any], tmp_path: Path
) -> None:
    """The target is slow, so the row waits half written: it is finished, or not begun."""
    long = "x" * 400_000
    for n in range(3):
        shop.add_order(modified=EARLIER + timedelta(minutes=n), cart_id=f"{n}{long}")
    process = started(config, tmp_path, "orders")
    assert process.stdout is not None
    # The pipe fills and stays full: the command stands still in the middle of a row.
    pipe = process.stdout
    until(lambda: waiting_bytes(pipe) >= FULL_PIPE, "a full pipe")
    process.terminate()
    time.sleep(0.2)
    out, log = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert out.endswith(b"\n")
    for line in out.splitlines():
        json.loads(line)
    assert b"Traceback" not in log


# More than the messages before the first row take, no more than any pipe holds.
FULL_PIPE = 60_000


def waiting_bytes(pipe: IO[bytes]) -> int:
    """How much has been written to a pipe and not been read."""
    (size,) = struct.unpack("i", fcntl.ioctl(pipe.fileno(), termios.FIONREAD, bytes(4)))
    return int(size)


def test_a_target_that_died_is_told_in_one_line(
    shop: Shop, config: dict[str, Any], tmp_path: Path
) -> None:
    for n in range(300):
        shop.add_order(modified=EARLIER + timedelta(seconds=n))
    process = started({**config, "page_size": 50}, tmp_path, "orders")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    _, log = process.communicate(timeout=30)
    output = Output([], log.decode(), process.returncode)
    assert output.code == 1
    assert "Traceback" not in output.log
    assert "BrokenPipe" not in output.log
    (line,) = error_lines(output)
    assert "target" in line


def test_a_target_that_never_started(shop: Shop, config: dict[str, Any], tmp_path: Path) -> None:
    shop.add_order(modified=EARLIER)
    process = started(config, tmp_path, "orders")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, log = process.communicate(timeout=30)
    output = Output([], log.decode(), process.returncode)
    assert output.code == 1
    assert "Traceback" not in output.log
    assert len(error_lines(output)) == 1


def test_a_full_disk_is_told_in_one_line(
    shop: Shop, config: dict[str, Any], tmp_path: Path
) -> None:
    shop.add_order(modified=EARLIER)
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config))
    with full_device().open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tap_bigcommerce_carts", "--config", str(file)],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=30,
            check=False,
        )
    output = Output([], done.stderr.decode(), done.returncode)
    assert output.code == 1
    assert "Traceback" not in output.log
    assert len(error_lines(output)) == 1
