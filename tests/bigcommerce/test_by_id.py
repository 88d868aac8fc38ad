"""Single orders and customers, asked for by their ids: from the lists, as far as they have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.bigcommerce.store import BigCommerceStore
from tap_bigcommerce_carts.errors import StoreError
from tap_bigcommerce_carts.model import BigCommerceConnection, Limits
from tap_bigcommerce_carts.rows.documents import document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_bigcommerce_carts.sandbox import Sandbox, Shop

NARROW = document("Narrow", {"total_inc_tax": object})


@pytest.fixture
def reader(store: Sandbox) -> Iterator[BigCommerceStore]:
    """What reads the sandbox, ten rows at a time."""
    limits = Limits(timeout=5, retry_for=5, parallel=1)
    made = BigCommerceStore(
        BigCommerceConnection(store.url, store.store_hash, store.token, limits), 10, (1,)
    )
    yield made
    made.session.close()


def fill(shop: Shop, ids: Iterable[int]) -> None:
    for number in ids:
        shop.add_order(id=number, channel_id=1 + number % 2)


def ids(reader: BigCommerceStore, wanted: Iterable[int]) -> list[int]:
    return [order.id for order in reader.orders_of(wanted, NARROW)]


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("most", [None, 1, 7])
def test_orders_are_found_by_id_of_whatever_storefront(
    shop: Shop, store: Sandbox, reader: BigCommerceStore, most: int | None, *, exclusive: bool
) -> None:
    fill(shop, range(1, 60))
    store.faults.exclusive_ids, store.faults.most_rows = exclusive, most
    shop.remove(30)
    assert ids(reader, [1, 2, 3, 30, 58, 59, 60, 7, 7]) == [1, 2, 3, 7, 58, 59]
    assert ids(reader, [30]) == ids(reader, []) == ids(reader, [99]) == []


def test_neighbours_cost_no_request_of_their_own(
    shop: Shop, store: Sandbox, reader: BigCommerceStore
) -> None:
    fill(shop, range(1, 60))
    assert ids(reader, range(1, 50)) == list(range(1, 50))
    assert len(store.requests) == 5
    store.clear()
    assert ids(reader, [1, 40, 59]) == [1, 40, 59]
    assert len(store.requests) == 3


@pytest.mark.parametrize("ignored", ["min_id", "sort"])
def test_a_list_that_does_not_keep_to_the_ids_is_refused(
    shop: Shop, store: Sandbox, reader: BigCommerceStore, ignored: str
) -> None:
    fill(shop, range(1, 30))
    store.faults.ignored = {ignored}
    if ignored == "sort":
        # Without it they come by id: nothing is wrong.
        assert ids(reader, [12]) == [12]
        return
    with pytest.raises(StoreError, match="does not keep to the ids"):
        ids(reader, [12])


def test_an_archived_order_is_had_by_its_id_alone(
    shop: Shop, store: Sandbox, reader: BigCommerceStore
) -> None:
    fill(shop, [1, 2, 3])
    store.faults.list_archived = False
    shop.archive(2)
    assert ids(reader, [1, 2, 3]) == [1, 3]
    alone = reader.order_list.alone(2)
    assert alone is not None
    assert alone.document["is_deleted"] is True
    assert reader.order_list.alone(4) is None


def test_the_newest_are_those_that_came_last(shop: Shop, reader: BigCommerceStore) -> None:
    assert reader.order_list.newest() is None
    assert reader.customer_list.newest() is None
    fill(shop, [3, 9, 5])
    shop.add_customer(id=4)
    newest, customer = reader.order_list.newest(), reader.customer_list.newest()
    assert newest is not None
    assert customer is not None
    assert (newest.id, customer.id) == (9, 4)


@pytest.mark.parametrize("whole", [False, True])
def test_customers_are_found_by_id(shop: Shop, reader: BigCommerceStore, *, whole: bool) -> None:
    for number in range(1, 251):
        shop.add_customer(id=number, addresses=12 if number == 9 else 1)
    wanted = [*range(5, 220), 400]
    found = list(reader.customer_list.of_ids(wanted, whole=whole))
    assert [each.id for each in found] == list(range(5, 220))
    nine = next(each for each in found if each.id == 9)
    assert len(nine.document.get("addresses", ())) == (12 if whole else 0)


def test_carts_are_found_by_id_with_all_their_lines(shop: Shop, reader: BigCommerceStore) -> None:
    shop.add_order(id=1, lines=2)
    shop.add_order(11, id=2, lines=60)
    found = list(reader.carts_of([1, 2], NARROW, document("Line", {"sku": object})))
    assert [(each.id, len(each.lines)) for each in found] == [(1, 2), (2, 60)]
