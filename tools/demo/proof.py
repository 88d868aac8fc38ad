"""Asks the store again, and compares it with what was loaded, as the command `verify` does."""

from collections.abc import Mapping

from rich.console import Console

from tap_bigcommerce_carts.load.secrets import PREFIX
from tap_bigcommerce_carts.load.stores import SCHEMA, Store
from tap_bigcommerce_carts.verify.check import Asked
from tap_bigcommerce_carts.verify.one import Checking
from tap_bigcommerce_carts.verify.places import place
from tap_bigcommerce_carts.verify.shown import show
from tap_bigcommerce_carts.verify.stores import Chosen
from tools.demo.load import Runs


def prove(console: Console, runs: Runs, variables: Mapping[str, str]) -> bool:
    """Compare the store with the warehouse, keep the check there, and show what was found.

    Args:
        console: where.
        runs: how the store was loaded.
        variables: the tap's settings are among them.

    Returns:
        Whether all was checked, and no fault found.
    """
    settings = {
        name: value
        for name in SCHEMA["properties"]
        if (value := variables.get(PREFIX + name.upper(), "").strip())
    }
    chosen = Chosen(Store(runs.state, settings), state=runs.last_state())
    outcome = Checking(place(str(runs.warehouse), None, {}), Asked()).check(chosen)
    show(console, outcome)
    console.print()
    return outcome.is_proven
