"""An order's lines: found in every shape, and known to be all of them or asked for again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_bigcommerce_carts.bigcommerce.line_items import adds_up, line_items_of
from tap_bigcommerce_carts.bigcommerce.order_decoders import cart_decoder
from tap_bigcommerce_carts.rows.documents import document, value_of
from tests.support.harness import NOON, Output, run

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Request, Sandbox, Shop

Document = dict[str, Any]

CARTS = ("abandoned_carts", "abandoned_cart_line_items")
EARLIER = NOON - timedelta(hours=5)
WARNING = {"message": "Not all line items of this consignment are returned."}
LINK = {"url": "https://api.example.com/v2/orders/1/products", "resource": "/orders/1/products"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    *("shipping", "pickups", "downloads", "email", "gift_certificates"),
                    *("line_items", "id", "quantity", "__warning__", "resource"),
                    "parent_order_product_id",
                )
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def line(number: int, quantity: Any = 1, **more: Any) -> Document:
    return {"id": number, "quantity": quantity, **more}


def order(  # noqa: PLR0913 - each is a place where a key may stand
    lines: Any = (),
    *,
    total: Any = 0,
    kind: str = "shipping",
    inside: Document | None = None,
    around: Document | None = None,
    on: Document | None = None,
) -> Document:
    """An order with one consignment; extra keys go into it, around it, or on the order."""
    consignment = {"line_items": lines if isinstance(lines, dict) else [*lines], **(inside or {})}
    consignments: Document = {"pickups": [], "shipping": [], "downloads": []}
    consignments["email"] = {"gift_certificates": []}
    if kind == "gift_certificates":
        consignments["email"]["gift_certificates"] = [consignment]
    else:
        consignments[kind] = [consignment]
    return {"items_total": total, "consignments": consignments | (around or {}), **(on or {})}


def found_ids(document: Document) -> list[int]:
    return [each["id"] for each in line_items_of(document)[0]]


@pytest.mark.parametrize("kind", ["shipping", "pickups", "downloads", "gift_certificates"])
def test_lines_of_every_kind_of_consignment_are_found(kind: str) -> None:
    document = order([line(1, 2), line(2)], total=3, kind=kind)
    assert found_ids(document) == [1, 2]
    assert line_items_of(document)[1]


def test_lines_of_all_kinds_together_are_found() -> None:
    document = order([line(1)], total=5)
    parts = document["consignments"]
    parts["shipping"].append({"line_items": [line(2)]})
    parts["pickups"] = [{"line_items": [line(3)]}]
    parts["downloads"] = [{"line_items": [line(4)]}]
    parts["email"]["gift_certificates"] = [{"line_items": [line(5)]}]
    assert sorted(found_ids(document)) == [1, 2, 3, 4, 5]
    assert line_items_of(document)[1]


def test_both_consignment_structures_give_the_same_lines() -> None:
    """An object, or the same object inside a list, as it was before 2026."""
    new = order([line(1), line(2)], total=2)
    old = {**new, "consignments": [new["consignments"]]}
    assert line_items_of(old) == line_items_of(new)


def test_a_bare_object_in_place_of_the_lines_is_one_line() -> None:
    document = order(line(1), total=1, kind="downloads")
    assert line_items_of(document) == ([line(1)], True)


@pytest.mark.parametrize("lines", [LINK, [LINK], [LINK, LINK]])
def test_links_are_no_lines(lines: Any) -> None:
    """Without the include there are links in the lines' place: the order has to be asked for."""
    assert line_items_of(order(lines, total=2)) == ([], False)


@pytest.mark.parametrize("consignments", [None, "", [], {}, LINK, [LINK], "gone", 7])
def test_an_order_without_consignments_is_not_taken_as_empty(consignments: Any) -> None:
    document = {"items_total": 2, "consignments": consignments}
    assert line_items_of(document) == ([], False)
    assert line_items_of({"items_total": 2}) == ([], False)


@pytest.mark.parametrize(
    "document",
    [
        order([line(1)], total=1, inside={"__warning__": WARNING}),
        order([line(1)], total=1, around={"__warning__": WARNING}),
        order([line(1)], total=1, on={"__warning__": WARNING}),
        order(
            [line(1)],
            total=1,
            around={"email": {"gift_certificates": [], "__warning__": WARNING}},
        ),
        order([line(1)], total=1, kind="gift_certificates", inside={"__warning__": WARNING}),
        # Even a warning without words.
        order([line(1)], total=1, inside={"__warning__": None}),
    ],
    ids=["consignment", "consignments", "order", "email", "certificate", "null"],
)
def test_a_warning_at_any_level_means_that_lines_are_missing(document: Document) -> None:
    """Where the key stands is not documented, so it is looked for everywhere."""
    assert line_items_of(document) == ([line(1)], False)


@pytest.mark.parametrize(("count", "whole"), [(49, True), (50, False), (51, False)])
def test_fifty_lines_may_be_a_cut(count: int, whole: bool) -> None:  # noqa: FBT001 - a table's column
    """At 50 lines the list stops; whether there are more cannot be told from it."""
    assert line_items_of(order([line(n) for n in range(count)], total=count))[1] is whole


def test_fifty_lines_over_two_consignments_are_no_cut() -> None:
    document = order([line(n) for n in range(25)], total=50)
    document["consignments"]["pickups"] = [{"line_items": [line(n) for n in range(25, 50)]}]
    assert line_items_of(document)[1]


@pytest.mark.parametrize(
    ("lines", "total", "expected"),
    [
        ([], 0, True),
        ([], 2, False),
        ([line(1, 2)], 2, True),
        ([line(1, "2")], "2", True),
        ([line(1, "2.0000")], 2, True),
        ([line(1, 2)], 3, False),
        ([line(1, 2)], 1, False),
        ([line(1, 2)], None, False),
        ([line(1, 2)], "", False),
        ([line(1, 2)], "two", False),
        ([line(1, "two")], 2, False),
        ([line(1, None)], 1, False),
        ([line(1, [1])], 1, False),
        ([line(1, {"of": True})], 1, False),
    ],
)
def test_quantities_must_add_up_to_the_orders_count(
    lines: list[Document],
    total: Any,
    expected: bool,  # noqa: FBT001 - a table's column
) -> None:
    assert adds_up({"items_total": total}, lines) is expected
    assert line_items_of(order(lines, total=total)) == (lines, expected)


def test_parts_of_a_bundle_may_count_or_not() -> None:
    """Which of the two BigCommerce does is not documented; both are right, others are not."""
    bundle = [line(1), line(2, parent_order_product_id=1), line(3, 2, parent_order_product_id=1)]
    assert [adds_up({"items_total": total}, bundle) for total in range(6)] == [
        *(False, True, False, False, True, False)
    ]


@given(JSON, JSON)
def test_any_consignments_at_all_are_read_without_an_error(consignments: Any, total: Any) -> None:
    lines, whole = line_items_of({"consignments": consignments, "items_total": total})
    assert all(isinstance(each, dict) for each in lines)
    assert isinstance(whole, bool)


SMALL = st.none() | st.integers(0, 9) | st.sampled_from(("", "3", "x", True))
LINES = st.lists(
    st.dictionaries(
        st.sampled_from(("id", "quantity", "parent_order_product_id", "resource", "sku")),
        SMALL,
        max_size=5,
    ),
    max_size=4,
)
GROUPS = st.lists(
    st.fixed_dictionaries({}, optional={"line_items": LINES, "__warning__": SMALL}), max_size=2
)
EMAIL = st.fixed_dictionaries({}, optional={"gift_certificates": GROUPS, "__warning__": SMALL})
CONSIGNMENTS = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "shipping": GROUPS,
        "pickups": GROUPS,
        "downloads": GROUPS,
        "email": EMAIL,
        "__warning__": SMALL,
    },
)
DECODER = cart_decoder(
    document("Order", {"id": object, "sku": object}),
    document("Line", {"sku": object, "id": object}),
)


def plain(lines: list[Any]) -> list[list[Any]]:
    return [[value_of(each, key) for key in ("id", "quantity", "sku")] for each in lines]


@given(
    consignments=CONSIGNMENTS | JSON,
    more=st.fixed_dictionaries({}, optional={"items_total": SMALL, "__warning__": SMALL}),
)
def test_a_document_decoded_for_speed_tells_the_same(
    consignments: Any, more: dict[str, Any]
) -> None:
    given_order = {"id": 1, "consignments": consignments, **more}
    try:
        [struct] = DECODER.decode(msgspec.json.encode([given_order]))
    except msgspec.ValidationError:
        # A shape that is looked at twice, as a dict.
        assert not isinstance(consignments, dict) or consignments
        return
    lines, whole = line_items_of(struct)
    careful, careful_whole = line_items_of(given_order)
    assert (sorted(map(repr, plain(lines))), whole) == (
        sorted(map(repr, plain(careful))),
        careful_whole,
    )


def test_a_document_as_it_should_be_is_decoded_for_speed() -> None:
    given_order = order([line(1, 2)], total=2)
    [struct] = DECODER.decode(msgspec.json.encode([given_order]))
    lines, whole = line_items_of(struct)
    assert (plain(lines), whole) == ([[1, 2, None]], True)


# The same with a store: what was cut is asked for.


def read_cart(config: Document) -> Output:
    return run(config, streams=CARTS)


def product_requests(store: Sandbox) -> list[Request]:
    return [each for each in store.requests if each.path.endswith("/products")]


@pytest.mark.parametrize(
    ("count", "pages"), [(1, 0), (49, 0), (50, 1), (73, 1), (249, 1), (250, 1), (251, 2)]
)
def test_a_cart_of_any_length_is_complete(
    shop: Shop, store: Sandbox, config: Document, count: int, pages: int
) -> None:
    cart = shop.add_order(modified=EARLIER, lines=count)
    output = read_cart(config)
    assert output.ids("abandoned_cart_line_items") == [each["id"] for each in shop.lines(cart)]
    assert output.rows("abandoned_carts")[0]["line_item_count"] == count
    requests = product_requests(store)
    assert [each.query["page"] for each in requests] == [str(n + 1) for n in range(pages)]
    assert {each.query["limit"] for each in requests} <= {"250"}


@pytest.mark.parametrize("position", ["consignment", "consignments", "order"])
def test_a_cut_cart_is_completed_wherever_the_warning_stands(
    shop: Shop, store: Sandbox, config: Document, position: Any
) -> None:
    store.faults.warning_position = position
    shop.add_order(modified=EARLIER, lines=73)
    assert len(read_cart(config).rows("abandoned_cart_line_items")) == 73


def test_only_the_carts_that_came_without_lines_are_asked_for(
    shop: Shop, store: Sandbox, config: Document
) -> None:
    """Near-identical orders differ: one comes with its lines, the other with none."""
    ids = [
        shop.add_order(modified=EARLIER + timedelta(minutes=n), lines=2 + n % 3) for n in range(9)
    ]
    store.faults.empty_line_items = {ids[3], ids[7]}
    output = read_cart(config)
    asked = sorted(int(each.path.split("/")[-2]) for each in product_requests(store))
    assert asked == [ids[3], ids[7]]
    assert output.ids("abandoned_cart_line_items") == [
        each["id"] for cart in ids for each in shop.lines(cart)
    ]


def test_both_structures_and_odd_shapes_give_equal_rows(
    shop: Shop, store: Sandbox, config: Document
) -> None:
    """Consignments in a list, lines as one object: the same rows as without."""
    shop.add_order(
        modified=EARLIER,
        lines=[
            shop.line(),
            shop.line(type="digital"),
            shop.line(type="giftcertificate", gift_certificate_id=12, product_id=0),
            shop.line(order_pickup_method_id=3),
        ],
    )
    plain = read_cart(config)
    store.faults.consignments_as_array = True
    store.faults.dict_line_items = True
    odd = read_cart(config)
    assert odd.tables == plain.tables
    assert len(plain.rows("abandoned_cart_line_items")) == 4
    assert product_requests(store) == []


def test_a_cart_that_vanishes_before_its_lines_are_asked_for_is_kept(
    shop: Shop, store: Sandbox, config: Document, caplog: pytest.LogCaptureFixture
) -> None:
    """It was listed, so it is written, with the lines seen; the log says so."""
    cart = shop.add_order(modified=EARLIER, lines=60)

    def vanish(_number: int, request: Request) -> None:
        if request.path.endswith("/products"):
            shop.remove(cart)

    store.before(vanish)
    output = read_cart(config)
    assert output.ids("abandoned_carts") == [str(cart)]
    assert len(output.rows("abandoned_cart_line_items")) == 50
    assert f"Order {cart} is gone" in caplog.text


def test_a_line_listed_in_two_consignments_is_written_once(shop: Shop, config: Document) -> None:
    cart = shop.add_order(modified=EARLIER, lines=2)
    lines = shop.lines(cart)
    parcels = [{"id": 1, "line_items": lines}, {"id": 2, "line_items": lines[:1]}]
    content = shop.order_records[cart].keep()
    content.document["consignments"] = {"shipping": parcels}
    rows = read_cart(config).rows("abandoned_cart_line_items")
    assert sorted(row["id"] for row in rows) == sorted(each["id"] for each in lines)


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(("quantity", "whole"), [(1, True), (2, False)])
def test_two_lines_of_one_id_are_counted_once(quantity: int, *, whole: bool, fast: bool) -> None:
    """The same line again is harmless; another one of its id would be lost."""
    twice = order([line(1), line(1, quantity)], total=1 if whole else 1 + quantity)
    if fast:
        [twice] = DECODER.decode(msgspec.json.encode([twice]))
    lines, known = line_items_of(twice)
    assert ([value_of(each, "id") for each in lines], known) == ([1], whole)


def test_custom_items_and_certificates_have_no_product(shop: Shop, config: Document) -> None:
    """BigCommerce writes 0 for the product of what is in no catalogue."""
    custom: Document = {"product_id": 0, "variant_id": 0, "sku": "", "upc": ""}
    shop.add_order(
        modified=EARLIER,
        lines=[
            shop.line(**custom, wrapping_message=None),
            shop.line(**custom, type="giftcertificate", gift_certificate_id=12),
        ],
    )
    first, second = read_cart(config).rows("abandoned_cart_line_items")
    for row in (first, second):
        assert [row[name] for name in custom] == [None] * 4
    assert second["gift_certificate_id"] == 12


@pytest.mark.parametrize(
    ("given_value", "expected"), [(None, None), (42, "42"), ("A-42", "A-42"), ("", None)]
)
def test_a_lines_outside_id_is_text(
    shop: Shop, config: Document, given_value: Any, expected: str | None
) -> None:
    shop.add_order(modified=EARLIER, lines=[shop.line(external_id=given_value)])
    (row,) = read_cart(config).rows("abandoned_cart_line_items")
    assert row["external_id"] == expected
