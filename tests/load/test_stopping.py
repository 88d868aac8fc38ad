"""A load that is stopped or killed leaves nothing behind, and the next one goes on at once."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest

from tests.support.patience import until
from tests.support.stores import Place, ended, place, sandbox, token_of

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tap_bigcommerce_carts.sandbox.recorder import Request

pytestmark = pytest.mark.slow
CARTS = 20


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Place]:
    """Two stores that take long to answer."""
    with ExitStack() as stack:
        made = place(tmp_path_factory.mktemp("stopped"), postgres)
        for name in ("slow", "next"):
            made.shops[name] = stack.enter_context(sandbox(name, CARTS))
            made.variables[f"STORE_{name.upper()}_ACCESS_TOKEN"] = token_of(name)
        made.write({"slow": {}, "next": {}}, defaults={"page_size": 4, "max_parallel_requests": 1})
        yield made


def midway(shops: Place, *arguments: str) -> subprocess.Popen[str]:
    """Start the command; return when its first store is being read."""
    reached = Event()

    def slow(number: int, _request: Request) -> None:
        if number == 4:
            reached.set()

    shop = shops.shops["slow"]
    shop.clear()
    shop.latency = 0.5
    shop.before(slow)
    process = shops.start(*arguments)
    assert reached.wait(120)
    assert left(shops)
    return process


def left(shops: Place) -> set[Path]:
    """The processes of a store's load: Meltano, tap and loader."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # Of one that has ended and is not buried yet there is no command line.
            if (folder / "cmdline").read_bytes() and os.fsencode(f"={shops.work}/") in (
                folder / "environ"
            ).read_bytes():
                found.add(folder)
        except OSError:
            continue
    return found


def until_ended(shops: Place, those: set[Path]) -> None:
    until(lambda: not those & left(shops), "the end of a load's processes")


def test_a_second_run_leaves_the_store_alone_and_the_first_ends_when_asked(shops: Place) -> None:
    process = midway(shops, "slow")
    second = shops.run("slow")
    assert second.code == 75
    assert second.log.endswith(
        "ERROR Store `slow` is being loaded by another run: this one leaves it alone.\n"
    )
    process.send_signal(signal.SIGTERM)
    first = ended(process)
    assert left(shops) == set()
    assert first.code == 128 + signal.SIGTERM
    assert first.out == (
        "slow  failed   It was stopped before its end; the next run goes on from the last STATE.\n"
    )


def test_an_interrupt_stops_all_and_begins_no_other(shops: Place) -> None:
    process = midway(shops, "--all", "--at-once=1", "--then=witness:look")
    process.send_signal(signal.SIGINT)
    done = ended(process)
    assert left(shops) == set()
    assert done.code == 128 + signal.SIGINT
    assert done.out.count("It was stopped before its end") == 2
    assert done.out.splitlines()[-2] == "Not loaded: next, slow."
    assert shops.shops["next"].requests == []
    assert not shops.witnessed.exists()
    assert "Traceback" not in done.log


def test_one_that_is_killed_leaves_nothing_and_the_next_one_loads_all(shops: Place) -> None:
    process = midway(shops, "slow")
    killed = left(shops)
    process.kill()
    assert ended(process).code == -signal.SIGKILL
    following = shops.start("slow")
    until_ended(shops, killed)
    shops.shops["slow"].latency = 0.0
    assert ended(following).code == 0
    shop = shops.shops["slow"].shop
    assert shops.carts() == {"slow": CARTS}
    assert shops.rows("select count(*) from bigcommerce.orders") == [(len(shop.orders),)]
    ((lines,),) = shops.rows("select count(*) from bigcommerce.abandoned_cart_line_items")
    there = sum(
        len(shop.lines(key)) for key, order in shop.order_records.items() if not order.status_id
    )
    assert lines == there
