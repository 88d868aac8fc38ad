"""The words a stream's fields are declared with.

A declaration says everything about a column once: its name, type, where in BigCommerce's
document the value stands, whether it is personal, and what it means. The Singer schema and
the row builder are both made from it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.rows import columns
from tap_bigcommerce_carts.rows.personal_data import Personal
from tap_bigcommerce_carts.rows.values import LONGEST_KEY
from tap_bigcommerce_carts.rows.values import integer as whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.rows.columns import Read


@dataclass(frozen=True, slots=True)
class Kind:
    """A column type: its JSON schema, the function that reads raw values, and its name."""

    name: str
    schema: dict[str, Any]
    read: Read


INTEGER = Kind("a whole number", {"type": "integer"}, columns.integers)
ID = Kind("an id", {"type": "integer"}, columns.ids)
NUMBER = Kind("a number", {"type": "number"}, columns.decimals)
RATE = Kind("a number", {"type": "number"}, columns.decimals)
BOOLEAN = Kind("true or false", {"type": "boolean"}, columns.booleans)
GUEST = Kind("an id", {"type": "boolean"}, columns.guests)
TEXT = Kind("text", {"type": "string"}, columns.texts)
KEY = Kind("an id", {"type": "string", "maxLength": LONGEST_KEY}, columns.keys)
ANY_TEXT = Kind("text", {"type": "string"}, columns.any_texts)
INSTANT = Kind("a date", {"type": "string", "format": "date-time"}, columns.instants)
OBJECT = Kind("an object", {"type": "object"}, columns.unread)
LIST = Kind("a list", {"type": "array"}, columns.unread)

# What stands for NUMBER and RATE where decimals are text: the Singer SDK's own convention.
# https://sdk.meltano.com/en/latest/guides/sql-target.html
_DIGITS, _PLACES, _PLACES_OF_RATES = 20, 4, 10


def _decimal_text(places: int) -> Kind:
    """Return the kind of decimals as text, with so many places."""
    return Kind(
        f"a number of {_DIGITS} digits, {places} of them after the point",
        {"type": "string", "format": "x-singer.decimal", "precision": _DIGITS, "scale": places},
        columns.decimal_texts(_DIGITS, places),
    )


_NUMBER_TEXT, _RATE_TEXT = _decimal_text(_PLACES), _decimal_text(_PLACES_OF_RATES)


def decimal_text_kind(schema: dict[str, Any]) -> Kind | None:
    """Return the kind of a column by its JSON schema, if it has decimals as text."""
    if schema.get("format") != _NUMBER_TEXT.schema["format"]:
        return None
    return _RATE_TEXT if schema.get("scale") == _PLACES_OF_RATES else _NUMBER_TEXT


@dataclass(frozen=True, slots=True)
class Exemption:
    """When a value that is marked as personal is about nobody after all.

    Args:
        columns: columns beside it that decide.
        applies: decides, by what stands there in the document.
    """

    columns: tuple[str, ...]
    applies: Callable[..., bool]


@dataclass(frozen=True, slots=True)
class Field:
    """One column, or one property of an object or of a list's objects.

    Args:
        name: the column's name, BigCommerce's own where it has one.
        kind: its type.
        description: what it means, for catalogs and warehouses.
        source: keys that lead to the value in the document; default: the name.
        personal: the mark of personal data, if it is.
        exempt: when it is not, though marked.
        key: part of the primary key or the replication key, so never null.
        fields: the properties of an object, or of each object in a list.
        items: for a list of plain values, their type.
    """

    name: str
    kind: Kind
    description: str
    source: tuple[str, ...] = ()
    personal: Personal | None = None
    exempt: Exemption | None = None
    key: bool = False
    fields: tuple[Field, ...] = field(default=())
    items: Kind | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """Keys that lead to the value in the document."""
        return self.source or (self.name,)

    def schema(self) -> dict[str, Any]:
        """Return the column's JSON schema."""
        kind = self.kind.schema["type"]
        schema: dict[str, Any] = {
            **self.kind.schema,
            "type": kind if self.key else [kind, "null"],
            "description": self.description,
        }
        if self.kind is OBJECT:
            schema["properties"] = _properties(self.fields)
        elif self.kind is LIST:
            schema["items"] = (
                self.items.schema
                if self.items
                else {"type": "object", "properties": _properties(self.fields)}
            )
        return schema


def schema_of(fields: tuple[Field, ...]) -> dict[str, Any]:
    """Return the JSON schema of a stream with these fields."""
    return {
        "type": "object",
        "properties": _properties(fields),
        "required": [column.name for column in fields if column.key],
    }


def with_decimals_as_text(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Declare the same columns, with text in place of exact decimals, also inside of others."""
    return tuple(
        replace(column, kind=_in_text(column.kind), fields=with_decimals_as_text(column.fields))
        for column in fields
    )


def _in_text(kind: Kind) -> Kind:
    # By identity: a rate differs from a number in nothing else.
    if kind is NUMBER:
        return _NUMBER_TEXT
    return _RATE_TEXT if kind is RATE else kind


def _properties(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {column.name: column.schema() for column in fields}


def integer(name: str, description: str, **more: Any) -> Field:
    """Declare a whole number."""
    return Field(name, INTEGER, description, **more)


def identifier(name: str, description: str, **more: Any) -> Field:
    """Declare an id, null where BigCommerce writes 0 for "none"."""
    return Field(name, ID, description, **more)


def number(name: str, description: str, **more: Any) -> Field:
    """Declare an exact decimal: money, a measure."""
    return Field(name, NUMBER, description, **more)


def rate(name: str, description: str, **more: Any) -> Field:
    """Declare an exchange rate, which has more places than money."""
    return Field(name, RATE, description, **more)


def boolean(name: str, description: str, **more: Any) -> Field:
    """Declare a true or false."""
    return Field(name, BOOLEAN, description, **more)


def guest(name: str, description: str, **more: Any) -> Field:
    """Declare whether somebody has no customer id."""
    return Field(name, GUEST, description, **more)


def text(name: str, description: str, **more: Any) -> Field:
    """Declare text; a key is bounded, since no warehouse makes a key of text without end."""
    return Field(name, KEY if more.get("key") else TEXT, description, **more)


def any_text(name: str, description: str, **more: Any) -> Field:
    """Declare text where BigCommerce also writes numbers and lists."""
    return Field(name, ANY_TEXT, description, **more)


def instant(name: str, description: str, **more: Any) -> Field:
    """Declare a point in time."""
    return Field(name, INSTANT, description, **more)


def group(name: str, description: str, *fields: Field, **more: Any) -> Field:
    """Declare an object."""
    return Field(name, OBJECT, description, fields=fields, **more)


def several(name: str, description: str, *fields: Field, **more: Any) -> Field:
    """Declare a list of objects, or of plain values (`items`)."""
    return Field(name, LIST, description, fields=fields, **more)


def personal(column: Field, exempt: Exemption | None = None) -> Field:
    """Mark a field as personal data.

    Args:
        column: the field.
        exempt: when its value is about nobody after all.

    Returns:
        The field with the mark, which is masked as `personal_data` says.
    """
    return replace(column, personal=Personal.OTHER, exempt=exempt)


def personal_email(column: Field) -> Field:
    """Mark a field as somebody's e-mail address."""
    return replace(column, personal=Personal.EMAIL)


def is_id(value: Any) -> bool:
    """Return whether a value is an id, as a column of ids reads it; 0 is none."""
    with suppress(ValueError):
        return bool(whole(value))
    return False


def is_choice(kind: Any, choice: Any = None) -> bool:
    """Return whether an option's value is one of those the merchant gave, not what was typed.

    Args:
        kind: the option's kind, if it is known.
        choice: the id of the choice, which decides where the kind is not known.
    """
    if isinstance(kind, str) and kind.strip():
        return "".join(filter(str.isalpha, kind)).lower() in _CHOICES
    return is_id(choice)


# Kinds of options with values to choose from, in the words of BigCommerce and of others. What
# is not known to be one may hold what a shopper typed, or a file's name.
_CHOICES = frozenset(
    (
        *("multiplechoice", "swatch", "checkbox", "checkboxes", "productpicklist", "picklist"),
        *("productlist", "dropdown", "select", "multiselect", "multiple", "radio", "radiobutton"),
        *("radiobuttons", "rectangle", "rectangles", "color", "colour"),
    )
)
