"""How `bigcommerce-carts load` is called, and what around it could mislead it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.commands import bigcommerce_carts
from tap_bigcommerce_carts.load.cli import load

if TYPE_CHECKING:
    from pathlib import Path

# What a developer has set for stores of their own must not get in.
OURS = ("BIGCOMMERCE_CARTS_", "MELTANO_", "STORE_", "TAP_BIGCOMMERCE_CARTS_", "TARGET_", "DBT_")


def parsed(arguments: list[str]) -> dict[str, Any]:
    """Return the options of a call of `load`, as the command understands them."""
    name, *options = arguments
    assert name == load.name
    # As a part of the whole: click keeps what it made of a command for all tests that come after.
    whole = bigcommerce_carts.make_context("bigcommerce-carts", [name])
    return load.make_context(name, options, parent=whole).params


def small_dbt_project(folder: Path, warehouse: Path) -> dict[str, str]:
    """Make a dbt project as small as can be; return what leads Meltano's dbt-duckdb to it."""
    (folder / "models").mkdir(parents=True)
    (folder / "models/one.sql").write_text("select 1 as one")
    (folder / "dbt_project.yml").write_text(
        "{name: small, profile: small, flags: {send_anonymous_usage_stats: false}}"
    )
    (folder / "profiles.yml").write_text(
        f"small: {{outputs: {{duckdb: {{type: duckdb, path: {warehouse}}}}}}}"
    )
    return {"DBT_DUCKDB_PROJECT_DIR": str(folder), "DBT_DUCKDB_PROFILES_DIR": str(folder)}
