"""The demo: an invented store, loaded, changed, and loaded again."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time
from typing import Any
from urllib.request import Request, urlopen

from rich.console import Console

from tools.demo import inbox
from tools.demo.load import OUTPUT, ROOT, FailedError, Runs
from tools.demo.proof import prove
from tools.demo.warehouse import answer, show

# Files of its own: a real store's warehouse and page are left alone.
WAREHOUSE, PAGE = OUTPUT / "demo.duckdb", OUTPUT / "demo.html"
INVENTED = "sandbox1"
CARTS = 2000
# The first run was a week ago, and what happened since is like the weeks before.
DAYS = 7
CHANGES = {"recover": 16, "new": 150, "edit": 25, "placed": 300}
_NO_ENV_FILE = Path(os.devnull)
_PATIENCE = 60  # seconds
_DAY = 86_400
_OTHERS_SETTINGS = ("MELTANO_", "TAP_BIGCOMMERCE_CARTS_", "TARGET_DUCKDB_", "DBT_")


@dataclass(frozen=True, slots=True)
class InventedStore:
    """A sandbox that is running: where, and how to sign in as either platform asks."""

    url: str
    keys: dict[str, str]

    def settings(self, source: str) -> dict[str, str]:
        """Return the tap's settings, as environment variables."""
        settings = {
            "bigcommerce": {
                "API_URL": self.url,
                "STORE_HASH": INVENTED,
                "ACCESS_TOKEN": self.keys["access_token"],
            },
            "api2cart": {
                "API2CART_URL": f"{self.url}/v1.1",
                "API2CART_API_KEY": self.keys["api_key"],
                "API2CART_STORE_KEY": self.keys["store_key"],
                "STORE_NAME": INVENTED,
            },
        }[source]
        named = {"SOURCE": source, **settings}
        return {f"TAP_BIGCOMMERCE_CARTS_{name}": value for name, value in named.items()}

    def let_pass(self, days: int, wanted: dict[str, int]) -> dict[str, int]:
        """Let days pass; return how many carts were recovered, new, edited, and orders placed.

        Args:
            days: how many.
            wanted: how many carts to `recover`, to appear (`new`), to `edit`; orders `placed`.
        """
        self._post("clock", {"days": days})
        done: dict[str, int] = self._post("live", {**wanted, "hours": 24 * days})
        return done

    def _post(self, what: str, document: dict[str, int]) -> Any:
        request = Request(  # noqa: S310 - the address is the sandbox's own
            f"{self.url}/_sandbox/{what}", data=json.dumps(document).encode(), method="POST"
        )
        with urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310 - as above
            return json.load(answer)


def load_invented_store(
    console: Console, source: str = "bigcommerce", *, sql: bool = False
) -> None:
    """Load an invented store into a new warehouse, twice, check that, and ask it questions.

    Args:
        console: where progress is shown.
        source: the road the carts come by, as the tap's setting.
        sql: whether the questions are shown in SQL, too.

    Raises:
        FailedError: it did not work.
    """
    started, began = monotonic(), time() - (DAYS + 1) * _DAY
    for old in OUTPUT.glob(WAREHOUSE.name + "*"):
        old.unlink()
    console.rule("[bold]1. An invented store, a week ago")
    with _sandbox() as store, _inbox(store, source) as inbox_settings:
        console.print(f"A store with {CARTS:,} abandoned carts answers at {store.url}")
        if inbox_settings:
            inbox.live(store.url, inbox.FIRST_DAY, days=1, began=began)
            console.print(f"Its webhooks told an inbox of {inbox.FIRST_DAY} carts of its first day")
        console.print()
        console.rule("[bold]2. First run: everything")
        runs = _runs(console, store.settings(source) | inbox_settings)
        runs.load(from_start=True)
        console.rule("[bold]3. A week passes")
        done = store.let_pass(DAYS, CHANGES)
        console.print(
            f"{done['new']} carts are left at payment, {done['recover']} come back to theirs, "
            f"{done['edit']} are edited; {done['placed']} more orders are placed"
        )
        if inbox_settings:
            inbox.live(store.url, inbox.WEEK, days=DAYS, began=began, back=inbox.BACK)
            console.print(f"The inbox hears of {inbox.WEEK} more, and of some that come back")
        console.print()
        console.rule("[bold]4. Second run: what is new")
        runs.load(from_start=False)
        console.rule("[bold]5. Is it what the store has?")
        if not prove(console, runs, runs.environment):
            raise FailedError("The warehouse is not what the store has; what differs is above.")
    console.rule("[bold]6. Answers")
    runs.build_marts()
    answer(console, WAREHOUSE, sql=sql)
    show(console, WAREHOUSE, PAGE)
    if not sql:
        console.print("The answers with their SQL: [bold]make demo SQL=1[/bold]")
    console.print(
        f"Done in {monotonic() - started:.0f} s. The tables are in the schema [bold]bigcommerce"
        f"[/bold] of {WAREHOUSE.relative_to(ROOT)}, the marts in [bold]analytics[/bold].\n"
        "Your own store: copy .env.example to .env, fill it in, and run [bold]make run[/bold]."
    )


def _runs(console: Console, settings: dict[str, str]) -> Runs:
    """Run Meltano for the sandbox; nothing a person has set for a store of their own gets in."""
    others = {k: v for k, v in os.environ.items() if not k.startswith(_OTHERS_SETTINGS)}
    return Runs(console, others | settings, WAREHOUSE, INVENTED, _NO_ENV_FILE)


@contextmanager
def _inbox(store: InventedStore, source: str) -> Iterator[dict[str, str]]:
    """Run an inbox, and yield the tap's setting for it; API2Cart knows no webhooks."""
    if source != "bigcommerce":
        yield {}
        return
    with inbox.inbox(store.url, INVENTED, store.keys["access_token"]) as url:
        yield {"TAP_BIGCOMMERCE_CARTS_INBOX_URL": url}


@contextmanager
def _sandbox() -> Iterator[InventedStore]:
    """Run a sandbox on a free port; whatever happens, it ends with the block."""
    command = [sys.executable, "-m", "tools.sandbox", "--port=0", f"--carts={CARTS}"]
    command += [f"--store-hash={INVENTED}", "--plain-hooks", f"--days-ago={DAYS}"]
    with subprocess.Popen(  # noqa: S603 - the command is ours
        command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as process:
        try:
            url, *facts = (process.stdout.readline() if process.stdout else "").split() or [""]
            if not url:
                raise FailedError("The sandbox did not start; its own words are above.")
            signed = dict(fact.split("=", 1) for fact in facts)
            yield InventedStore(url, signed)
        finally:
            process.terminate()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
