"""The demo: the year of an invented store, loaded again and again while it passes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.request import Request, urlopen

from rich.console import Console

from tap_bigcommerce_carts.load.secrets import PREFIX
from tap_bigcommerce_carts.sandbox.shop.year import HELD_OUT
from tools.demo import inbox
from tools.demo.load import OUTPUT, ROOT, FailedError, Runs
from tools.demo.proof import prove
from tools.demo.warehouse import answer, show
from tools.demo.year import pass_year

# Files of its own: a real store's warehouse and page are left alone.
WAREHOUSE, PAGE = OUTPUT / "demo.duckdb", OUTPUT / "demo.html"
INVENTED = "sandbox1"
DAYS = 365
# The last loads are by Meltano, so many hours before the end, and at the end.
LAST_HOURS = 4
_NO_ENV_FILE = Path(os.devnull)
_PATIENCE = 60  # seconds
_INBOX = f"{PREFIX}INBOX_URL"
# What Meltano selects, with streams that it leaves out else: what ids stand for, and the log.
_SELECTED = (
    *("abandoned_carts.*", "abandoned_cart_line_items.*", "cart*.*", "channels.*"),
    *("customer*.*", "order*.*", "store_logs.*"),
)
_HOW_IT_PASSES = (
    "Runs in every hour would take long. The tap runs at {count} of them, chosen so that it sees "
    "every cart that hourly runs would see; one loader takes the messages of all."
)
_OTHERS_SETTINGS = ("MELTANO_", PREFIX, "TARGET_DUCKDB_", "DBT_")


@dataclass(frozen=True, slots=True)
class Year:
    """What is to come in the store.

    Attributes:
        hours: when to look.
        browsing_from: when the first cart may be filled that never reaches payment.
        end: when nothing more is planned.
    """

    hours: list[datetime]
    browsing_from: datetime
    end: datetime


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
        return {f"{PREFIX}{name}": value for name, value in named.items()}

    def year(self, last_hours: int) -> Year:
        """Return the year that the shop has before it.

        Args:
            last_hours: how long before its end nobody looks any more.
        """
        found = self._post("year", {"hours": last_hours})
        return Year(
            hours=[datetime.fromisoformat(hour) for hour in found["hours"]],
            browsing_from=datetime.fromisoformat(found["browsing_from"]),
            end=datetime.fromisoformat(found["end"]),
        )

    def go_on(self, moment: datetime) -> None:
        """Let it be a later moment in the shop, with all that happens until then."""
        self._post("clock", {"until": f"{moment:%Y-%m-%dT%H:%M:%SZ}"})

    def _post(self, what: str, document: dict[str, Any]) -> Any:
        request = Request(  # noqa: S310 - the address is the sandbox's own
            f"{self.url}/_sandbox/{what}", data=json.dumps(document).encode(), method="POST"
        )
        with urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310 - as above
            return json.load(answer)


def load_invented_store(
    console: Console, source: str = "bigcommerce", *, sql: bool = False
) -> None:
    """Load the year of an invented store into a new warehouse, check that, and ask it questions.

    Args:
        console: where progress is shown.
        source: the road the carts come by, as the tap's setting.
        sql: whether the questions are shown in SQL, too.

    Raises:
        FailedError: it did not work.
    """
    started = monotonic()
    for old in OUTPUT.glob(WAREHOUSE.name + "*"):
        old.unlink()
    console.rule("[bold]1. An invented store")
    with _sandbox() as store, ExitStack() as later:
        console.print(f"A store that opened a year ago answers at {store.url}\n")
        year = store.year(LAST_HOURS)
        settings = store.settings(source)

        def go_on(moment: datetime) -> dict[str, str]:
            if source == "bigcommerce" and moment > year.browsing_from and _INBOX not in settings:
                token = store.keys["access_token"]
                url = later.enter_context(inbox.inbox(store.url, INVENTED, token))
                settings[_INBOX] = url
            store.go_on(moment)
            if _INBOX in settings:
                inbox.arrived(store.url)
            return settings

        console.rule("[bold]2. A year passes")
        console.print(_HOW_IT_PASSES.format(count=len(year.hours)))
        if source == "bigcommerce":
            console.print(
                f"From {year.browsing_from:%d %B} on, its webhooks tell an inbox of carts"
            )
        pass_year(console, _runs(console, settings), year.hours, go_on)
        if source == "bigcommerce":
            settings[f"{PREFIX}_SELECT"] = json.dumps(_SELECTED)
        runs = _runs(console, settings)
        console.rule("[bold]3. A run like any other: what is new")
        runs.load(from_start=False)
        console.rule(f"[bold]4. {LAST_HOURS} hours pass, and another one")
        go_on(year.end)
        runs.load(from_start=False)
        console.rule("[bold]5. Is it what the store has?")
        if not prove(console, runs, runs.environment):
            raise FailedError("The warehouse is not what the store has; what differs is above.")
    console.rule("[bold]6. Answers")
    opened = year.end - timedelta(days=DAYS)
    runs.build_marts({"holdout_share": HELD_OUT, "holdout_since": f"{opened:%Y-%m-%d}"})
    answer(console, WAREHOUSE, sql=sql)
    show(console, WAREHOUSE, PAGE)
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
def _sandbox() -> Iterator[InventedStore]:
    """Run a sandbox on a free port; whatever happens, it ends with the block."""
    command = [
        sys.executable,
        "-m",
        "tap_bigcommerce_carts.sandbox",
        "--port=0",
        "--year",
        f"--days-ago={DAYS}",
    ]
    command += [f"--store-hash={INVENTED}", "--plain-hooks", "--every-scope"]
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
