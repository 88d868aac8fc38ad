"""Columns are read as their values would be one by one, whatever stands beside them."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tap_bigcommerce_carts.rows import columns, values
from tap_bigcommerce_carts.rows.builder import RowBuilder, as_dict
from tap_bigcommerce_carts.rows.fields import (
    group,
    integer,
    is_choice,
    is_id,
    number,
    several,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

READERS: dict[str, tuple[Callable[[Any], Any], columns.Read]] = {
    "integer": (values.integer, columns.integers),
    "decimal": (values.decimal, columns.decimals),
    "boolean": (values.boolean, columns.booleans),
    "text": (values.text, columns.texts),
    "key": (values.key, columns.keys),
    "any_text": (values.any_text, columns.any_texts),
    "instant": (values.instant, columns.instants),
}
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**65), 2**65)
    | st.decimals(places=4, min_value=-(10**9), max_value=10**9).map(str)
    | st.decimals()
    | st.text(max_size=8)
    | st.sampled_from(("", "0", "0.0000", "1", "true", "1e999", "2026-03-03T14:05:09Z", 1, True))
)
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("id", "name", "amount", "of")), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = (
    integer("id", "A number."),
    text("name", "A text."),
    number("amount", "An amount."),
    text("inside", "Deep down.", source=("of", "name")),
    group("of", "An object.", integer("id", "A number."), text("name", "A text.")),
    several("each", "Objects.", integer("id", "A number."), number("amount", "An amount.")),
)
DOCUMENTS = st.dictionaries(
    st.sampled_from(("id", "name", "amount", "of", "each", "unknown")), ANYTHING
)


def outcome(read: Callable[[], Any]) -> Any:
    """The value and its type, or that it was refused."""
    try:
        value = read()
    except ValueError:
        return "refused"
    return type(value), str(value)


@pytest.mark.parametrize("name", READERS)
@given(values_=st.lists(ANYTHING, max_size=8))
def test_a_column_holds_what_its_values_are_one_by_one(name: str, values_: list[Any]) -> None:
    one, column = READERS[name]
    expected = [outcome(lambda value=value: one(value)) for value in values_]  # type: ignore[misc]
    assert [outcome(lambda value=value: column([value])[0]) for value in values_] == expected  # type: ignore[misc]
    if "refused" in expected:
        with pytest.raises(ValueError, match=r"."):
            column(values_)
    else:
        assert [(type(value), str(value)) for value in column(values_)] == expected


@pytest.mark.parametrize("nothing", [0, "0", "", None, "0.0000", Decimal("0.0")])
def test_the_id_zero_is_no_id(nothing: Any) -> None:
    """BigCommerce writes 0 for a guest, and for the product of a custom item."""
    assert columns.ids([nothing]) == [None]
    assert columns.guests([nothing]) == [True]


@pytest.mark.parametrize("given_value", [4107, "4107", Decimal("4107.0")])
def test_ids_are_whole_numbers_however_written(given_value: Any) -> None:
    assert columns.ids([given_value]) == [4107]
    assert columns.guests([given_value]) == [False]


@given(documents=st.lists(DOCUMENTS, min_size=1, max_size=6))
def test_a_row_is_the_same_whatever_stands_beside_it(documents: list[dict[str, Any]]) -> None:
    together = RowBuilder(FIELDS)
    alone = RowBuilder(FIELDS)
    rows = [row for document in documents for row in alone.build([document])]
    assert repr(together.build(documents)) == repr(rows)
    assert together.losses == alone.losses


@given(documents=st.lists(DOCUMENTS, min_size=1, max_size=6))
def test_a_row_is_the_same_from_a_struct_and_from_a_dict(documents: list[dict[str, Any]]) -> None:
    content = msgspec.json.encode(documents)
    from_dicts, from_structs = RowBuilder(FIELDS), RowBuilder(FIELDS)
    decoder = msgspec.json.Decoder(list[from_structs.document], float_hook=Decimal)  # type: ignore[name-defined]
    try:
        structs = decoder.decode(content)
    except msgspec.ValidationError:
        # What has another shape is read as dicts, and never as something else.
        assume(False)  # noqa: FBT003
    expected = from_dicts.build(msgspec.json.Decoder(float_hook=Decimal).decode(content))
    assert repr(from_structs.build(structs)) == repr(expected)
    assert from_structs.losses == from_dicts.losses


def test_nothing_is_said_in_many_ways_and_still_decoded_into_structs() -> None:
    """PHP writes an empty object as [], and an empty list as {}."""
    builder = RowBuilder(FIELDS)
    decoder = msgspec.json.Decoder(list[builder.document])  # type: ignore[name-defined]
    structs = decoder.decode(
        b'[{"of":[],"each":{}},{"of":"","each":""},{"of":null,"each":null},{},{"each":{"id":7}}]'
    )
    rows = list(map(as_dict, builder.build(structs)))
    assert [row["of"] for row in rows] == [None] * 5
    assert [row["each"] for row in rows] == [[], None, None, None, [{"id": 7, "amount": None}]]
    assert not builder.losses


def test_a_key_is_read_deep_down_though_the_object_does_not_keep_it() -> None:
    builder = RowBuilder(
        (text("inside", "Deep down.", source=("of", "name")), group("of", "", integer("id", "")))
    )
    decoder = msgspec.json.Decoder(list[builder.document])  # type: ignore[name-defined]
    [row] = builder.build(decoder.decode(b'[{"of":{"id":7,"name":"x","more":1}}]'))
    assert as_dict(row) == {"inside": "x", "of": {"id": 7}}


def test_known_columns_need_not_stand_in_the_document() -> None:
    builder = RowBuilder(FIELDS[:2], constants={"name": "same"})
    assert list(map(as_dict, builder.build([{}, {"id": 7, "name": "x"}], id=[1, 2]))) == [
        {"id": 1, "name": "same"},
        {"id": 2, "name": "same"},
    ]
    assert builder.build([]) == []


def test_what_is_lost_inside_a_list_is_counted_once_and_the_rest_is_kept() -> None:
    builder = RowBuilder(FIELDS)
    each = [{"id": 1, "amount": "x"}, {"id": "x", "amount": "2.0"}, "no object", {"id": 3}]
    row = builder.build([{"each": each}, {"each": 5}])
    assert as_dict(row[0])["each"] == [
        {"id": 1, "amount": None},
        {"id": None, "amount": Decimal("2.0")},
        {"id": 3, "amount": None},
    ]
    assert row[1].each is None
    assert builder.losses == Counter(
        {
            ("each.amount", "a number"): 1,
            ("each.id", "a whole number"): 1,
            ("each", "an object"): 1,
            ("each", "a list"): 1,
        }
    )


def test_a_key_that_is_longer_than_its_column_is_no_key() -> None:
    """Half of it would be the key of another row."""
    assert values.key("k" * 255) == "k" * 255
    with pytest.raises(ValueError, match="too long"):
        values.key("k" * 256)
    assert values.text("k" * 256) == "k" * 256


@pytest.mark.parametrize("value", [4107, "4107", Decimal(7), "7.0"])
def test_what_has_an_id_is_in_the_catalogue(value: Any) -> None:
    assert is_id(value)


@pytest.mark.parametrize(
    "value", [0, "0", "", " ", None, True, "x", "gid://shop/1", Decimal(0), [], {"id": 1}]
)
def test_what_has_none_is_not(value: Any) -> None:
    assert not is_id(value)


@pytest.mark.parametrize(
    ("kind", "choice", "is_chosen"),
    [
        ("Multiple choice", None, True),
        ("drop_down", None, True),
        ("SELECT", 7, True),
        ("Text field", 7, False),
        ("file", 7, False),
        ("Something new", 7, False),
        # Where the kind is not told, the choice's id tells.
        (None, 7, True),
        ("", "7", True),
        (None, 0, False),
        (None, None, False),
        (["Swatch"], None, False),
    ],
)
def test_an_option_is_a_choice_only_if_it_is_known_to_be_one(
    kind: Any, choice: Any, *, is_chosen: bool
) -> None:
    assert is_choice(kind, choice) is is_chosen
