"""What Meltano's log, in JSON, says of a run: rows, requests, how far it came, why it failed.

Source: Meltano's setting `cli.log_format`, and the metrics that the SDK logs of a tap.
"""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TAP = "tap-bigcommerce-carts"
_LAST_LINES = 12
# Characters of a line, and of a reason: a loader may log whole rows, and its statements.
_LONGEST_LINE, _LONGEST_REASON = 2_000, 400
_FAILURES = {"error", "critical"}
_WORRYING = {"warning", *_FAILURES}
# What Meltano says of every run that fails, and what it says when only its plugin knows more.
_SAYS_NOTHING = "Block run completed"
_PLUGIN_FAILED = re.compile(r"(?:Extractor|Loader|Extractor and loader|Mappers) failed")
# The last line that the tap logs of a stream.
_BOOKMARK = re.compile(r", bookmark (\S+)\.$")
_MAIN_STREAM = "abandoned_carts"
_HOLDER = re.compile(r"lock is held in (\S+) \(PID (\d+)\)")
# What PostgreSQL says to whoever makes a schema, table or column that another makes meanwhile:
# `CREATE TABLE IF NOT EXISTS` does not prevent it.
_COLLISION = re.compile(
    r"pg_(?:namespace_nspname|class_relname_nsp|type_typname_nsp)_index"
    r"|\.errors\.Duplicate(?:Schema|Table|Column|Object)\b|tuple concurrently updated"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log.

    Attributes:
        text: what is said, without time and level.
        level: `info`, `warning`, …; empty if the line is not of Meltano's log.
        plugin: who said it; empty for Meltano itself.
        metric: the SDK's, such as `{"metric": "record_count", "value": 3, "tags": {…}}`.
        stream: of the tap, if it is about one.
        time: as Meltano writes it.
    """

    text: str
    level: str = ""
    plugin: str = ""
    metric: dict[str, Any] = field(default_factory=dict)
    stream: str = ""
    time: str = ""

    @property
    def worrying(self) -> bool:
        """Whether a plugin says that something is wrong."""
        return bool(self.plugin) and self.level in _WORRYING

    def without(self, secrets: Iterable[str]) -> Line:
        """Return the line without some secrets: a plugin may repeat what it was given."""
        text = self.text
        for secret in secrets:
            text = text.replace(secret, "***")
        return replace(self, text=text)

    def __str__(self) -> str:
        """Return the line as a person reads it."""
        return f"{self.time} {self.level:<8} {self.plugin or 'meltano'}: {self.text}"


def lines(stream: Iterable[str]) -> Iterator[Line]:
    """Yield the lines of a log; what is not JSON is a line of text alone."""
    for written in stream:
        entry = None
        with suppress(ValueError, RecursionError):
            entry = json.loads(written)
        if not isinstance(entry, dict):
            if text := written.strip():
                yield Line(text)
            continue
        plugin = str(entry.get("name", "")) if entry.get("stdio") else ""
        metric = entry.get("metric_info")
        # Of a block that failed, Meltano says there why.
        why = f": {entry['err']}" if entry.get("err") else ""
        yield Line(
            text=f"{entry.get('event', '')}{why}",
            level=str(entry.get("level", "")),
            plugin=plugin,
            metric=metric if isinstance(metric, dict) else {},
            stream=str(entry.get("stream_name", "")),
            time=str(entry.get("timestamp", "")),
        )


@dataclass(slots=True)
class Gathered:
    """What the log said so far.

    Attributes:
        rows: those the tap sent, by stream.
        requests: how many it made.
        bookmarks: how far each stream was read.
        collided: whether the loader was hindered by another that made the same tables.
        last: the last lines, for when nothing better explains a failure.
    """

    rows: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    bookmarks: dict[str, str] = field(default_factory=dict)
    collided: bool = False
    last: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))
    _known: str | None = None
    _said: str | None = None
    _said_by_tap: str | None = None
    _said_by_meltano: str | None = None

    def take(self, line: Line) -> None:
        """Count what a line says."""
        if line.metric:
            # The loader counts the rows that it gets, too.
            if line.plugin == TAP:
                self._count(line.metric)
            return
        self.last.append(line.text[:_LONGEST_LINE])
        self._known = self._known or known_reason(line.text)
        self.collided = self.collided or bool(_COLLISION.search(line.text))
        if line.stream and (found := _BOOKMARK.search(line.text)):
            self.bookmarks[line.stream] = found[1]
        if not line.plugin and line.level in _FAILURES and line.text != _SAYS_NOTHING:
            self._said_by_meltano = self._said_by_meltano or line.text
        if line.plugin and line.level in _FAILURES:
            self._said = self._said or line.text
            if line.plugin == TAP:
                self._said_by_tap = self._said_by_tap or line.text

    def _count(self, metric: dict[str, Any]) -> None:
        name, value = metric.get("metric"), metric.get("value")
        if not isinstance(value, int):
            return
        if name == "record_count":
            self.rows[str((metric.get("tags") or {}).get("stream"))] += value
        elif name == "http_request_count":
            self.requests += value

    @property
    def bookmark(self) -> str | None:
        """How far carts were read; without that stream, the last of the others' bookmarks."""
        return self.bookmarks.get(_MAIN_STREAM) or max(self.bookmarks.values(), default=None)

    @property
    def reason(self) -> str:
        """Why the run failed: what is known of it, else what a plugin or Meltano said of it.

        One line, fit to be shown.
        """
        by_meltano = self._said_by_meltano
        if by_meltano and _PLUGIN_FAILED.fullmatch(by_meltano):
            by_meltano += ", and did not say why. Was it killed, for want of memory say?"
        last = self.last[-1] if self.last else "Meltano said nothing."
        said = self._known or self._said_by_tap or self._said or by_meltano or last
        return redacted(said, longest=_LONGEST_REASON)

    @property
    def explained(self) -> bool:
        """Whether a plugin said what is wrong."""
        return bool(self._known or self._said)


def known_reason(said: str, warehouse: str = "The DuckDB file") -> str | None:
    """Return in a sentence why a run failed, or None if what DuckDB or Meltano said is not known.

    Args:
        said: their words.
        warehouse: how the file that is loaded into is called.
    """
    if "Could not set lock on file" in said:
        holder = _HOLDER.search(said)
        where = f"in {Path(holder[1]).name}, process {holder[2]}" if holder else "elsewhere"
        return f"{warehouse} is open {where}: close it there, and run this again."
    if "pipeline is already running" in said:
        return (
            "Another run of this store is under way in Meltano: wait for its end. If it was "
            "killed, Meltano takes it for running for five minutes more."
        )
    if "version number" in said:
        return (
            f"{warehouse} was written by a newer DuckDB than the loader's, which cannot read it: "
            "move it away, and all is loaded anew; or copy it with the newer DuckDB into one that "
            "is attached with (storage_version 'v1.0.0')."
        )
    return None
