"""What `bigcommerce-carts doctor` said."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Ended(NamedTuple):
    """How the command ended: exit code, standard output, and the errors it logged."""

    code: int
    out: str
    errors: list[str]

    @property
    def document(self) -> dict[str, Any]:
        """What it wrote with `--format=json`."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    def verdicts(self) -> dict[str, str]:
        """The verdict of each finding of the one store there is, by what was asked."""
        (store,) = self.document["stores"]
        return {each["asked"]: each["verdict"] for each in store["findings"]}

    def said(self, asked: str) -> str:
        """What was said, and what to do, of one thing that was asked."""
        (store,) = self.document["stores"]
        (one,) = (each for each in store["findings"] if each["asked"] == asked)
        return f"{one['said']} {one['todo']}".strip()
