"""The settings as they come: from files, or as text that holds values of other types."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

TRUE, FALSE = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})


def from_file(name: str) -> dict[str, Any]:
    """Read a file of settings.

    Raises:
        SettingsError: it cannot be read, or is no JSON object.
    """
    try:
        found = json.loads(Path(name).read_bytes(), parse_float=Decimal)
    except OSError as error:
        raise SettingsError(
            f"The file given with --config cannot be read: {error.strerror or 'not found'}."
        ) from None
    except (ValueError, RecursionError):
        raise SettingsError("The file given with --config is not JSON.") from None
    if not isinstance(found, dict):
        kind = "a list" if isinstance(found, list) else "no object"
        raise SettingsError(
            f"The file given with --config holds {kind}: it must be a JSON object of settings, "
            'such as `{"store_hash": "abc123", …}`.'
        )
    return found


def typed(config: Mapping[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the settings, text read as the type that is asked for; what is wrong stays as it is.

    Meltano and the environment pass on numbers and lists as text, files hold them as Decimal.

    Args:
        config: the settings as given.
        schema: the JSON schema of all settings, those of the SDK included.
    """
    of = schema["properties"]
    return {name: _plain(value, of.get(name, {}).get("type", ())) for name, value in config.items()}


def _plain(value: Any, kinds: Collection[str]) -> Any:
    """Read text that is JSON of another type, or a word for true or false; make numbers plain."""
    if isinstance(value, str) and "boolean" in kinds and value.lower() in TRUE | FALSE:
        return value.lower() in TRUE
    if isinstance(value, str) and kinds and "string" not in kinds:
        with suppress(ValueError, RecursionError):
            read = json.loads(value)
            value = value if read is None else read
    if isinstance(value, Decimal | float) and isfinite(value) and value % 1 == 0:
        return int(value) if "integer" in kinds else float(value)
    return float(value) if isinstance(value, Decimal) else value
