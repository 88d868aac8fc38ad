"""Checks settings against their JSON schema: unknown, missing or mistyped, in a sentence each."""

from __future__ import annotations

import difflib
from math import isfinite
from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator

from tap_bigcommerce_carts.rows.decoding import clean
from tap_bigcommerce_carts.settings.schema import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NEEDED = {
    Source.BIGCOMMERCE: ("store_hash", "access_token"),
    Source.API2CART: ("api2cart_api_key", "api2cart_store_key"),
}
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


def problems_in(given: Mapping[str, Any], schema: dict[str, Any]) -> list[str]:
    """Check settings against their JSON schema.

    Args:
        given: the settings, each of its type.
        schema: the JSON schema of all settings, those of the SDK included.

    Returns:
        A sentence for each that is unknown, missing or of another type; none holds a value.
    """
    return _unknown(given, schema) + _mistyped(given, schema) + _no_text(given)


def _unknown(given: Mapping[str, Any], schema: dict[str, Any]) -> list[str]:
    names = schema["properties"]
    problems = []
    for name in sorted(set(given) - set(names)):
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"; did you mean `{close[0]}`?" if close else "."
        problems.append(f"There is no setting `{name}`{hint}")
    return problems


def _mistyped(given: Mapping[str, Any], schema: dict[str, Any]) -> list[str]:
    wrong = {
        name: schema["properties"][name]
        for name, value in given.items()
        if isinstance(value, float) and not isfinite(value)
    }
    wrong |= dict(
        _property_at(error.path, schema)
        for error in validator(schema).iter_errors(given)
        if error.path
    )
    problems = [f"`{name}` must be {expected(wrong[name])}." for name in sorted(wrong)]
    if "source" in wrong:
        return problems
    source = given.get("source", Source.BIGCOMMERCE)
    missing = [name for name in _NEEDED[source] if name not in given]
    return problems + [f"`{name}` is missing: set it." for name in missing]


def _no_text(given: Mapping[str, Any]) -> list[str]:
    """Find text that is none: the environment may hold any bytes, a file halves of characters."""
    return [
        f"`{name}` holds characters that are none in UTF-8: write it anew."
        for name, value in sorted(given.items())
        if isinstance(value, str | list | dict) and clean(value) != value
    ]


def validator(of: dict[str, Any]) -> Draft7Validator:
    """Return the validator of a JSON schema; the SDK's has words where schemas belong."""
    return Draft7Validator(_without_words(of))


def _without_words(of: Any) -> Any:
    if not isinstance(of, dict):
        return of
    mended = {name: _without_words(inside) for name, inside in of.items()}
    if isinstance(of.get("anyOf"), list):
        mended["anyOf"] = [_without_words(each) for each in of["anyOf"] if isinstance(each, dict)]
    return mended


def _property_at(path: Iterable[str | int], schema: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the innermost property on a path that has a name, and its JSON schema."""
    names, of = [], schema
    for step in path:
        if step not in of.get("properties", {}):
            break
        names.append(str(step))
        of = of["properties"][step]
    return ".".join(names), of


def expected(of: dict[str, Any]) -> str:
    """Return in words what a setting's JSON schema allows, such as "true or false"."""
    kinds = of.get("type", [])
    kind = next((each for each in [*kinds] if each != "null"), "") if kinds else ""
    if "enum" in of:
        return "one of " + ", ".join(f"`{value}`" for value in of["enum"] if value is not None)
    said = _TYPES.get(kind, "null" if "anyOf" in of else "of another shape")
    if "minimum" in of and "maximum" in of:
        return f"{said} from {of['minimum']} to {of['maximum']}"
    if "maxLength" in of:
        return f"{said} of at most {of['maxLength']} characters"
    if kind == "array" and "integer" in of.get("items", {}).get("type", ()):
        return "a list of whole numbers, such as `[1, 2]`"
    return said
