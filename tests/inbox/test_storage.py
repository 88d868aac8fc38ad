"""The database alone: what is pruned, and tables of another version."""

from __future__ import annotations

from contextlib import closing

import msgspec
import pytest
import sqlalchemy as sa

from tap_bigcommerce_carts.inbox.errors import InboxError
from tap_bigcommerce_carts.inbox.events import parse
from tap_bigcommerce_carts.inbox.storage import Storage
from tap_bigcommerce_carts.inbox.tables import SCHEMA, VERSION
from tests.inbox.conftest import event, fresh_database

FAR_AHEAD = 2**40


def test_a_pruned_sequence_is_not_given_again(inbox_url: str) -> None:
    events = [parse(msgspec.json.encode(event(number))) for number in range(12)]
    with closing(Storage(inbox_url)) as storage:
        assert storage.write(events[:11]) == 11
        last = storage.events_after(0, ["abc123"], 100)[-1].sequence
        assert storage.prune(0) == 0
        assert storage.prune(FAR_AHEAD, portion=3) == 11
        assert storage.write(events[11:]) == 1
        (row,) = storage.events_after(last, ["abc123"], 100)
    assert row.cart_id == events[11].cart_id


def test_an_address_as_hosting_services_hand_it_out_is_taken(postgres: str) -> None:
    """`postgres://`, which SQLAlchemy itself does not know any more."""
    url = fresh_database(postgres)
    with closing(Storage(url)) as storage:
        storage.write([parse(msgspec.json.encode(event(1)))])
    with closing(Storage(url.replace("postgresql://", "postgres://"), create=False)) as storage:
        assert len(storage.events_after(0, ["abc123"], 100)) == 1


def test_tables_of_a_newer_version_are_left_alone(inbox_url: str) -> None:
    with closing(Storage(inbox_url)) as storage, storage._engine.begin() as connection:  # noqa: SLF001 - there is no door for this
        connection.execute(sa.insert(SCHEMA).values(version=VERSION + 1))
    with pytest.raises(InboxError, match="install its newer version"):
        Storage(inbox_url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "postgresql://u:p@hidden@h/inbox",
        "postgresql://user:hidden@host:port/inbox",
        "sqlite://",
        "mysql://h/d",
    ],
)
def test_a_wrong_address_is_not_repeated(url: str) -> None:
    with pytest.raises(InboxError, match="must be sqlite:///") as caught:
        Storage(url)
    assert "hidden" not in str(caught.value)
