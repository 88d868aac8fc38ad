"""How far a log has come that is read newest entry first: by the id of its newest entry.

Nothing is passed before the whole log was read down to what was known: a run that ends before
that is read again by the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_bigcommerce_carts.singer.bookmarks import DateBookmark
from tap_bigcommerce_carts.singer.state import not_a_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_bigcommerce_carts.rows.builder import Row
    from tap_bigcommerce_carts.singer.pages import Settled


class IdBookmark(DateBookmark):
    """The bookmark of a log: the highest id up to which all entries are written."""

    _settled = 0

    def resume(self) -> int:
        """Take up the STATE; return the id up to which everything was read before, or 0.

        Raises:
            StateError: it is of another key, or no id.
        """
        value: Any = self._taken_up()
        if value is not None and type(value) is not int:
            raise not_a_number(self._stream)
        return self.after

    @property
    def after(self) -> int:
        """The id that the STATE notes; 0 if the stream is read from its beginning."""
        value = self._state.get("replication_key_value")
        return value if type(value) is int else 0

    @override
    def reach(self, rows: Sequence[Row]) -> None:
        """Note nothing: older rows are still to come."""

    @override
    def settle(self, settled: Settled) -> None:
        if isinstance(settled, int) and self.held is None:
            self._settled = settled

    @override
    def move(self) -> None:
        # Of a log that was begun anew it moves down.
        if self._settled:
            self._state["replication_key"] = self._key
            self._state["replication_key_value"] = self._settled

    @property
    @override
    def progress(self) -> str:
        return f"entry {self._settled}" if self._settled else ""
