"""The quick look: how many orders changed on each day, at the store and in the warehouse.

Counts can agree by chance, and no document says that the store counts what it lists, nor whether
its bounds include their own second: this is a hint where to look, and proves nothing.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.bigcommerce.order_counts import count_orders
from tap_bigcommerce_carts.bigcommerce.orders import INCOMPLETE
from tap_bigcommerce_carts.errors import OutOfReachError, TapError, UnverifiedError
from tap_bigcommerce_carts.model import Window
from tap_bigcommerce_carts.rows.values import integer_or_none
from tap_bigcommerce_carts.settings.schema import Source
from tap_bigcommerce_carts.verify.findings import Check, Checked, Explained, Fault, Mode
from tap_bigcommerce_carts.verify.state import bookmarks_in
from tap_bigcommerce_carts.verify.window import settled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from tap_bigcommerce_carts.bigcommerce.session import StoreSession
    from tap_bigcommerce_carts.run import Run
    from tap_bigcommerce_carts.verify.check import Asked, OnProgress
    from tap_bigcommerce_carts.verify.tables.table import Table
    from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse

ORDERS, CARTS = "orders", "abandoned_carts"
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
# Rows of the warehouse that are held at once.
_AT_ONCE = 1_000


def count_store(run: Run, warehouse: Warehouse, asked: Asked, on_progress: OnProgress) -> Check:
    """Compare how many orders and carts of each day the store and the warehouse have.

    Args:
        run: settings and store; nothing is written.
        warehouse: what was loaded.
        asked: what is to be looked at; without streams these two.
        on_progress: told how far it came.

    Raises:
        OutOfReachError: the store cannot be asked at all.
        StateError: the STATE is none.
        WarehouseError: the warehouse cannot be read.
    """
    found = {name: Checked(name) for name in asked.streams or (CARTS, ORDERS)}
    for name in found.keys() - {CARTS, ORDERS}:
        found[name].unverified.append("It cannot be counted: leave out --quick.")
    counted = [each for name, each in found.items() if name in (CARTS, ORDERS)]
    try:
        _count(run, warehouse, asked, {each.stream: each for each in counted}, on_progress)
    except OutOfReachError:
        raise
    except TapError as error:
        for each in counted:
            each.unverified.append(str(error))
    has_state = asked.state is not None
    return Check(run.store_name, Mode.QUICK, _now(run), tuple(found.values()), has_state)


def _now(run: Run) -> datetime:
    if run.settings.source is Source.API2CART:
        return datetime.now(UTC).replace(microsecond=0)
    run.bigcommerce.learn_time()
    return run.now


def _count(
    run: Run,
    warehouse: Warehouse,
    asked: Asked,
    found: dict[str, Checked],
    on_progress: OnProgress,
) -> None:
    if run.settings.source is Source.API2CART:
        raise UnverifiedError("API2Cart has no counts by date: leave out --quick.")
    now = _now(run)
    tables = {name: _table(warehouse, name) for name in found}
    window = settled(run.settings, _reached(run, asked, tables), now, asked)
    session, channels = run.bigcommerce.session, run.settings.channel_ids
    ours = {
        name: _by_day(name, table, run.store_name, window, warehouse)
        for name, table in tables.items()
    }
    # What changed since, and was not loaded since, stands in the warehouse on a day before.
    later = Window(window.upper + _SECOND, now + _DAY)
    since = count_orders(session, later, channels).total() - _loaded(run, warehouse, later)
    left = dict.fromkeys(found, max(since, 0))
    for day in _days(window):
        here = {name: ours[name][day.lower.date()] for name in found}
        theirs = _counted(session, day, channels, here)
        for name, checked in found.items():
            checked.window = window
            left[name] -= _compare(checked, day, theirs[name], here[name], left[name])
            on_progress(name, (day.upper - window.lower) / (window.upper - window.lower + _SECOND))


def _counted(
    session: StoreSession, day: Window, channels: Collection[int], here: Mapping[str, int]
) -> dict[str, int]:
    """Return how many rows of each stream the store has of a day.

    No document says whether a bound includes its own second. Where a count is not as it is here,
    it is counted with a second more at both ends, too: the store's is between the two, and the
    nearest to the warehouse's is taken.
    """
    least = _by_stream(count_orders(session, day, channels))
    if all(least[name] == count for name, count in here.items()):
        return least
    wider = Window(day.lower - _SECOND, day.upper + _SECOND)
    most = _by_stream(count_orders(session, wider, channels))
    return {name: min(max(least[name], count), most[name]) for name, count in here.items()}


def _by_stream(counted: Counter[int]) -> dict[str, int]:
    return {ORDERS: counted.total(), CARTS: counted[INCOMPLETE]}


def _table(warehouse: Warehouse, stream: str) -> Table:
    table = warehouse.table(stream)
    if table is None:
        raise UnverifiedError(f"The warehouse has no table {stream}.")
    return table


def _loaded(run: Run, warehouse: Warehouse, window: Window) -> int:
    """Return how many orders the warehouse has of some dates."""
    table = warehouse.table(ORDERS)
    return sum(1 for _ in table.rows(run.store_name, window, ["id"])) if table else 0


def _reached(run: Run, asked: Asked, tables: dict[str, Table]) -> dict[str, datetime]:
    """Return up to where each stream was loaded, as far as is known."""
    if asked.state is not None:
        known = bookmarks_in(asked.state, tables)
        return {name: each.reached for name, each in known.items()}
    newest = {name: table.newest(run.store_name) for name, table in tables.items()}
    return {name: each for name, each in newest.items() if each is not None}


def _days(window: Window) -> Iterator[Window]:
    lower = window.lower
    while lower <= window.upper:
        midnight = lower.replace(hour=0, minute=0, second=0) + _DAY
        yield Window(lower, min(midnight - _SECOND, window.upper))
        lower = midnight


def _by_day(
    name: str, table: Table, store: str, window: Window, warehouse: Warehouse
) -> Counter[date]:
    """Return how many rows each day has; of carts those that are not known as converted."""
    found: Counter[date] = Counter()
    orders = warehouse.table(ORDERS) if name == CARTS else None
    rows = table.rows(store, window, ("id", "date_modified"))
    while some := list(islice(rows, _AT_ONCE)):
        found.update(modified.date() for _, modified in some)
        if orders is None:
            continue
        numbers = {key: integer_or_none(key) for key, _ in some}
        statuses = orders.of_keys(store, filter(None, numbers.values()), ["status_id"])
        for key, modified in some:
            if statuses.get(numbers[key], (INCOMPLETE,)) != (INCOMPLETE,):
                found[modified.date()] -= 1
    return found


def _compare(checked: Checked, day: Window, there: int, here: int, since: int) -> int:
    """Note how a day's counts compare; return how many changes since explain of it."""
    of = checked.day(day.lower)
    of.equal += min(there, here)
    explained = min(max(here - there, 0), since)
    if explained:
        of.explained[Explained.CHANGED] += explained
    for fault, count in ((Fault.MISSING, there - here), (Fault.EXTRA, here - there - explained)):
        if count > 0:
            of.faults[fault] += count
            of.first, of.last = day.lower, day.upper
    return explained
