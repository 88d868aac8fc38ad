"""What the words of the marts mean, wherever it is said again.

dbt reads the sentences from `models/definitions.md`, where each is once, as a block `docs`: the
marts' columns and the metrics name it. From there they come into the documents, and to the page.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tools.documents.paths import DEFINITIONS, DEFINITIONS_PAGE, DEFINITIONS_TOLD

if TYPE_CHECKING:
    from pathlib import Path

_BY = "Generated from transform/models/definitions.md by `make documents`."
_BLOCK = re.compile(r"{% docs (?P<name>\w+) %}(?P<text>.*?){% enddocs %}", re.DOTALL)
_FOR_ANALYSTS = """
    abandoned_cart recovered lost open unknown sale checkouts abandonment_rate recovery_rate
    value recovered_order_value value_in_store_currency is_contactable
"""
_FOR_MANAGERS = """
    abandoned_cart recovered lost open abandonment_rate recovery_rate value recovered_order_value
"""
# Words that are not the names of their columns.
_WORDS = {"recovered_order_value": "Money that came in", "is_contactable": "May be reminded"}


def definitions() -> dict[str, str]:
    """Return the sentences, as Markdown, by the names of their blocks."""
    text = DEFINITIONS.read_text()
    return {each["name"]: each["text"].strip() for each in _BLOCK.finditer(text)}


def files() -> dict[Path, str]:
    """Return the page for readers, and what the report's page says of its words."""
    _, _, body = DEFINITIONS.read_text().partition("\n## ")
    text = _BLOCK.sub(lambda each: f"**`{each['name']}`**: {each['text'].strip()}", body)
    head = "# Definitions\n\nWhat the words of [the marts](analyst.md#the-marts) mean, the metrics' and the page's: a sentence or two each, then the small print.\n"  # noqa: E501 - a paragraph is a line, as in the other documents
    return {
        DEFINITIONS_PAGE: f"<!-- {_BY} -->\n\n{head}\n## {text}",
        DEFINITIONS_TOLD: json.dumps(definitions(), indent=2, ensure_ascii=False) + "\n",
    }


def words_for_analysts() -> str:
    """Write the list of words for analysts."""
    return _listed(_FOR_ANALYSTS)


def words_for_managers() -> str:
    """Write the list of words for managers."""
    return _listed(_FOR_MANAGERS)


def _listed(names: str) -> str:
    told = definitions()
    return "\n".join(
        f"- **{_WORDS.get(name, name.replace('_', ' ').capitalize())}**: {told[name]}"
        for name in names.split()
    )
