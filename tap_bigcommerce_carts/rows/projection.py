"""Projects a document onto fields: what rows are made of is kept, personal data masked.

The row of a projected document is the row of the document itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.rows.columns import as_list
from tap_bigcommerce_carts.rows.fields import LIST, OBJECT, Field

if TYPE_CHECKING:
    from tap_bigcommerce_carts.rows.personal_data import Mask

# What no row can be made of: the row builder counts it as it would what stood there.
_NO_VALUE: dict[str, Any] = {}
_NO_OBJECT = True


class Projection:
    """Copies of a document what some fields are read from.

    Args:
        fields: what is read of it.
    """

    def __init__(self, fields: tuple[Field, ...]) -> None:
        paths = {field.name: field.path[0] for field in fields}
        self._fields: dict[str, list[_FieldProjection]] = {}
        for field in fields:
            deciding = tuple(paths[name] for name in field.exempt.columns) if field.exempt else ()
            projection = _FieldProjection(field, deciding)
            self._fields.setdefault(field.path[0], []).append(projection)

    def project(self, document: dict[str, Any], mask: Mask | None) -> dict[str, Any]:
        """Return a document with nothing but the fields.

        Args:
            document: as the store gave it.
            mask: masks personal data; None to keep it as it is.
        """
        projected: dict[str, Any] = {}
        for key, value in document.items():
            for field in self._fields.get(key, ()):
                field.put(projected, key, value, None if field.is_exempt(document) else mask)
        return projected


class _FieldProjection:
    """Copies what one field is read from.

    Args:
        field: the field.
        deciding: keys beside it that decide whether it is personal.
    """

    def __init__(self, field: Field, deciding: tuple[str, ...]) -> None:
        self._field = field
        self._deciding = deciding
        self._deeper = field.path[1:]
        self._read, self._mark = field.kind.read, field.personal
        self._inside = Projection(field.fields) if field.fields else None

    def is_exempt(self, document: dict[str, Any]) -> bool:
        """Return whether, by the document, what is marked as personal is not."""
        exempt = self._field.exempt
        return exempt is not None and exempt.applies(*map(document.get, self._deciding))

    def put(self, projected: dict[str, Any], key: str, value: Any, mask: Mask | None) -> None:
        """Put what is read into the projected document, at the same path."""
        for step in self._deeper:
            if not isinstance(value, dict):
                projected[key] = _no_object(value)
                return
            projected = projected.setdefault(key, {})
            if step not in value:
                return
            key, value = step, value[step]
        projected[key] = self._projected(value, mask)

    def _projected(self, value: Any, mask: Mask | None) -> Any:
        if self._field.kind is OBJECT:
            return self._object(value, mask)
        if self._field.kind is LIST:
            try:
                return [self._object(each, mask) for each in as_list(value, lone=True) or ()]
            except ValueError:
                return _NO_OBJECT
        try:
            (read,) = self._read([value])
        except ValueError:
            return _NO_VALUE
        if mask and self._mark:
            return mask(read, self._mark)
        return read if isinstance(value, dict | list) else value

    def _object(self, value: Any, mask: Mask | None) -> Any:
        if self._inside and isinstance(value, dict):
            return self._inside.project(value, mask)
        return _no_object(value)


def _no_object(value: Any) -> Any:
    return value if value in (None, "", []) else _NO_OBJECT
