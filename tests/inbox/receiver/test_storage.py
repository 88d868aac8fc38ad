"""The database alone: what is pruned, and tables of another version."""

from __future__ import annotations

import os
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest
import sqlalchemy as sa

from tap_bigcommerce_carts.errors import InboxError
from tap_bigcommerce_carts.inbox.cart_log import CartLog
from tap_bigcommerce_carts.inbox.database import why
from tap_bigcommerce_carts.inbox.events import parse
from tap_bigcommerce_carts.inbox.lifecycle import Reading
from tap_bigcommerce_carts.inbox.receiver.storage import Storage
from tap_bigcommerce_carts.inbox.tables import SCHEMA, VERSION
from tests.support.receivers import event, fresh_database, logged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAR_AHEAD = 2**40


def test_a_pruned_sequence_is_not_given_again(inbox_url: str) -> None:
    events = [parse(msgspec.json.encode(event(number))) for number in range(12)]
    with closing(Storage(inbox_url)) as storage:
        assert storage.write(events[:11]) == 11
        last = logged(storage)[-1].sequence
        assert storage.prune(0, unread=True) == (0, {})
        assert storage.prune(FAR_AHEAD, unread=True, portion=3) == (11, {})
        assert storage.write(events[11:]) == 1
        (row,) = logged(storage, last)
    assert row.cart_id == events[11].cart_id


def test_an_address_as_hosting_services_hand_it_out_is_taken(postgres: str) -> None:
    """`postgres://`, which SQLAlchemy itself does not know any more."""
    url = fresh_database(postgres)
    with closing(Storage(url)) as storage:
        storage.write([parse(msgspec.json.encode(event(1)))])
    with closing(Storage(url.replace("postgresql://", "postgres://"), create=False)) as storage:
        assert len(logged(storage)) == 1


def test_what_the_tap_has_not_loaded_is_not_pruned(inbox_url: str) -> None:
    stores = ["abc123", "def456", "abc123", "def456", "ghi789"]
    events = [
        parse(msgspec.json.encode(event(number, producer=f"stores/{store}")))
        for number, store in enumerate(stores)
    ]
    with closing(Storage(inbox_url)) as storage, closing(CartLog(inbox_url, "abc123")) as log:
        storage.write(events)
        assert storage.prune(FAR_AHEAD) == (0, {"abc123": 2, "def456": 2, "ghi789": 1})
        log.checkpoint("carts", 5)
        log.checkpoint("cart_events", 0)
        log.checkpoint("cart_events", 1)
        log.readings.save({each.cart_id or "": (0, Reading(0)) for each in (events[0], events[2])})
        assert storage.prune(FAR_AHEAD) == (1, {"abc123": 1, "def456": 2, "ghi789": 1})
        # A cart's reading goes with the last of its events.
        assert list(log.readings.of([each.cart_id or "" for each in events])) == [events[2].cart_id]
        assert storage.prune(FAR_AHEAD, unread=True) == (4, {})
        assert not log.readings.of([each.cart_id or "" for each in events])


def test_tables_of_a_newer_version_are_left_alone(inbox_url: str) -> None:
    with closing(Storage(inbox_url)) as storage, storage.database.engine.begin() as connection:
        connection.execute(sa.insert(SCHEMA).values(version=VERSION + 1))
    with pytest.raises(InboxError, match="install its newer version"):
        Storage(inbox_url)


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("usual_umask")
@pytest.mark.parametrize(
    ("folder_mode", "old_mode", "mode"),
    [
        (0o755, None, 0o600),
        (0o2770, None, 0o660),
        (0o755, 0o644, 0o600),
        (0o755, 0o640, 0o600),
        (0o2770, 0o664, 0o660),
        # Somebody let the group write: that is no default.
        (0o755, 0o664, 0o660),
    ],
    ids=lambda value: value and oct(value),
)
def test_the_files_are_for_their_owner(
    tmp_path: Path, folder_mode: int, old_mode: int | None, mode: int
) -> None:
    tmp_path.chmod(folder_mode)
    url = f"sqlite:///{tmp_path / 'inbox.db'}"
    events = [parse(msgspec.json.encode(event(number))) for number in range(2)]

    def modes() -> dict[str, int]:
        return {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}

    names = ["inbox.db", "inbox.db-shm", "inbox.db-wal"]
    with closing(Storage(url)) as older:
        older.write(events[:1])
        for each in names if old_mode else []:
            (tmp_path / each).chmod(old_mode or 0)
        with closing(Storage(url)) as storage:
            storage.write(events[1:])
            assert modes() == dict.fromkeys(names, mode)
    with closing(CartLog(url, "abc123")) as log:
        log.readings.save({})
        assert modes() == dict.fromkeys(names, mode)


def test_a_file_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InboxError, match=r"cannot be made \(No such file or directory\): check"):
        Storage(f"sqlite:///{tmp_path / 'none' / 'inbox.db'}")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "postgresql://u:p@hidden@h/inbox",
        "postgresql://user:hidden@host:port/inbox",
        "sqlite://",
        "mysql://h/d",
        "sqlite:///file:hidden?uri=true",
    ],
)
def test_a_wrong_address_is_not_repeated(url: str) -> None:
    with pytest.raises(InboxError, match="must be sqlite:///") as caught:
        Storage(url)
    assert "hidden" not in str(caught.value)


def test_the_databases_reason_is_told_in_one_clean_line() -> None:
    """It may repeat what somebody wrote, and be for a terminal."""
    cause = RuntimeError("\x1b[31mFATAL: no user ada@example.org\u202ehere.\nDETAIL: x")
    told = why(sa.exc.OperationalError("insert into secret", {}, cause))
    assert told == "[31mFATAL: no user (an e-mail address) here"
