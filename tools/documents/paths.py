"""Where the generated files are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
DATA_ENGINEER = DOCS / "data-engineer.md"
ANALYST = DOCS / "analyst.md"
COLUMNS = DOCS / "columns.md"
QUERIES = ROOT / "tools" / "demo" / "sql"
STAGING = ROOT / "transform" / "models" / "staging"
CATALOG = ROOT / "tests" / "streams" / "catalog.json"
