"""Where the generated files are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"
DATA_ENGINEER = DOCS / "data-engineer.md"
ANALYST = DOCS / "analyst.md"
COLUMNS = DOCS / "columns.md"
DEFINITIONS = ROOT / "transform" / "models" / "definitions.md"
DEFINITIONS_PAGE = DOCS / "definitions.md"
DEFINITIONS_TOLD = ROOT / "tap_bigcommerce_carts" / "report" / "definitions.json"
MANAGER = DOCS / "manager.md"
PROBE = DOCS / "probe.md"
QUERIES = ROOT / "tools" / "demo" / "sql"
STAGING = ROOT / "transform" / "models" / "staging"
CATALOG = ROOT / "tests" / "streams" / "catalog.json"
HUB = ROOT / "deploy" / "hub" / "_data"
MELTANO = ROOT / "meltano.yml"
PROJECT = ROOT / "pyproject.toml"
ENV_EXAMPLE = ROOT / ".env.example"
