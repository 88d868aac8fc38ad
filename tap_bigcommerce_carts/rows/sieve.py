"""What is kept of a document: what its rows are made of, and of people what the setting says.

A row made of what is kept is the row that would be made of the document itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.rows.builder import as_list
from tap_bigcommerce_carts.rows.fields import LIST, OBJECT, Field

if TYPE_CHECKING:
    from tap_bigcommerce_carts.rows.builder import Treat

# What no row can be made of: the row builder counts it as it would what stood there.
_NO_VALUE: dict[str, Any] = {}
_NO_OBJECT = True


class Sieve:
    """Makes of a document another that holds no more than some fields.

    Args:
        fields: what is read of it.
    """

    def __init__(self, fields: tuple[Field, ...]) -> None:
        paths = {field.name: field.path[0] for field in fields}
        self._holes: dict[str, list[_Hole]] = {}
        for field in fields:
            hole = _Hole(field, tuple(paths[name] for name in _deciding(field)))
            self._holes.setdefault(field.path[0], []).append(hole)

    def kept(self, document: dict[str, Any], treat: Treat | None) -> dict[str, Any]:
        """Make of a document what may be kept of it.

        Args:
            document: as the store gave it.
            treat: what happens to personal data; None to keep it as it is.
        """
        found: dict[str, Any] = {}
        for key, value in document.items():
            for hole in self._holes.get(key, ()):
                hole.put(found, key, value, None if hole.spares(document) else treat)
        return found


class _Hole:
    """What one field lets through.

    Args:
        field: the field.
        deciding: keys beside it that decide whether it is personal.
    """

    def __init__(self, field: Field, deciding: tuple[str, ...]) -> None:
        self._field = field
        self._deciding = deciding
        self._deeper = field.path[1:]
        self._read, self._mark = field.kind.read, field.personal
        self._inside = Sieve(field.fields) if field.fields else None

    def spares(self, document: dict[str, Any]) -> bool:
        """Tell whether the document says that what is marked as personal is not."""
        unless = self._field.unless
        return unless is not None and unless.holds(*map(document.get, self._deciding))

    def put(self, found: dict[str, Any], key: str, value: Any, treat: Treat | None) -> None:
        """Put what is let through in its place."""
        for step in self._deeper:
            if not isinstance(value, dict):
                found[key] = _no_object(value)
                return
            found = found.setdefault(key, {})
            if step not in value:
                return
            key, value = step, value[step]
        found[key] = self._through(value, treat)

    def _through(self, value: Any, treat: Treat | None) -> Any:
        if self._field.kind is OBJECT:
            return self._object(value, treat)
        if self._field.kind is LIST:
            try:
                return [self._object(each, treat) for each in as_list(value, lone=True) or ()]
            except ValueError:
                return _NO_OBJECT
        try:
            (read,) = self._read([value])
        except ValueError:
            return _NO_VALUE
        if treat and self._mark:
            return treat(read, self._mark)
        return read if isinstance(value, dict | list) else value

    def _object(self, value: Any, treat: Treat | None) -> Any:
        if self._inside and isinstance(value, dict):
            return self._inside.kept(value, treat)
        return _no_object(value)


def _deciding(field: Field) -> tuple[str, ...]:
    return field.unless.columns if field.unless else ()


def _no_object(value: Any) -> Any:
    return value if value in (None, "", []) else _NO_OBJECT
