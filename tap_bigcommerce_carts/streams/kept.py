"""What is kept of a document: what its rows are made of, and of people what the setting says.

A row made of what is kept is the row that would be made of the document itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.streams.fields import LIST, OBJECT, Field
from tap_bigcommerce_carts.streams.rows import as_list

if TYPE_CHECKING:
    from tap_bigcommerce_carts.streams.rows import Treat

# What no row can be made of: the row builder counts it as it would what stood there.
_NO_VALUE: dict[str, Any] = {}
_NO_OBJECT = True


def kept(document: dict[str, Any], fields: tuple[Field, ...], treat: Treat | None) -> Any:
    """Make of a document another that holds no more than some fields.

    Args:
        document: as the store gave it.
        fields: what is read of it.
        treat: what happens to personal data; None to keep it as it is.
    """
    found: dict[str, Any] = {}
    paths = {field.name: field.path for field in fields}
    for field in fields:
        unless = field.unless
        spares = unless and unless.holds(*(document.get(paths[of][0]) for of in unless.columns))
        _keep(document, field.path, found, field, None if spares else treat)
    return found


def _keep(
    document: dict[str, Any],
    path: tuple[str, ...],
    found: dict[str, Any],
    field: Field,
    treat: Treat | None,
) -> None:
    """Put what stands at the end of a path in its place."""
    key, *deeper = path
    if key not in document:
        return
    value = document[key]
    if not deeper:
        found[key] = _of(value, field, treat)
    elif isinstance(value, dict):
        _keep(value, tuple(deeper), found.setdefault(key, {}), field, treat)
    else:
        found[key] = _no_object(value)


def _of(value: Any, field: Field, treat: Treat | None) -> Any:
    if field.kind is OBJECT:
        return _object(value, field, treat)
    if field.kind is LIST:
        try:
            return [_object(each, field, treat) for each in as_list(value, lone=True) or ()]
        except ValueError:
            return _NO_OBJECT
    try:
        (read,) = field.kind.read([value])
    except ValueError:
        return _NO_VALUE
    if field.personal and treat:
        return treat(read, field.personal)
    return read if isinstance(value, dict | list) else value


def _object(value: Any, field: Field, treat: Treat | None) -> Any:
    return kept(value, field.fields, treat) if isinstance(value, dict) else _no_object(value)


def _no_object(value: Any) -> Any:
    return value if value in (None, "", []) else _NO_OBJECT
