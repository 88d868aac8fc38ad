"""Environment variables named like settings: those that are read, and those that are not.

A run reads them with `--config ENV` alone. Meltano reads `.env` itself, but only for the settings
that its project declares, and hands all variables on to the tap: so a wish that nobody read can
be seen here, and is warned of.
"""

from __future__ import annotations

import difflib
import json
import os
from typing import TYPE_CHECKING, Any

import msgspec

from tap_bigcommerce_carts.errors import SettingsError
from tap_bigcommerce_carts.rows.personal_data import Masking
from tap_bigcommerce_carts.settings.given import FALSE, TRUE
from tap_bigcommerce_carts.settings.validation import expected, validator

if TYPE_CHECKING:
    from collections.abc import Mapping

# What follows the prefix and is no setting: the SDK's, and (with another _) Meltano's own.
_OTHERS = ("LOGLEVEL", "_")
# How much a name must be like a setting's to be taken for a slip: anybody may name variables so.
_ALIKE = 0.8
_WHAT_TO_DO = (
    "With Meltano, declare the setting in meltano.yml, as `meltano add --from-ref` does "
    "(docs/data-engineer.md: Deploying with Meltano); without it, add `--config ENV`; or unset the "
    "variable."
)
# So its variable has what the settings lack.
_OF_OBJECTS = (
    " Meltano drops a null that stands within an object in meltano.yml: write `__NULL__` there."
)


def check_read(schema: dict[str, Any], prefix: str) -> None:
    """Check the variables that the run reads.

    Args:
        schema: JSON schema of all settings.
        prefix: what the variables' names begin with.

    Raises:
        SettingsError: names the first one that is not of its setting's type, or that no setting
            is called; never holds its value.
    """
    for name, of in schema["properties"].items():
        text = os.environ.get(prefix + name.upper())
        if text is not None and not _fits(text, of):
            raise SettingsError(
                f"`{prefix}{name.upper()}` in the environment must be {expected(of)}."
            )
    for variable, name in _slips(schema, prefix).items():
        raise SettingsError(_of_slip(variable, prefix + name.upper()))


def unread(config: Mapping[str, Any], schema: dict[str, Any], prefix: str) -> str | None:
    """Return a warning of variables that say something else than the settings, and are not read.

    Args:
        config: the settings as given, without defaults.
        schema: JSON schema of all settings.
        prefix: what the variables' names begin with.

    Returns:
        A sentence with the variables' names, never their values; None if there are none.

    Raises:
        SettingsError: they ask for personal data to be hashed or left out, and the settings do
            not say what shall happen to it, or that it is kept where a name is mistyped: what is
            loaded in clear cannot be taken back.
    """
    meant = {
        variable: name
        for name, of in schema["properties"].items()
        if (variable := prefix + name.upper()) in os.environ
        and (text := os.environ[variable].strip())
        and _plain(text, of)
        != _plain(of.get("default") if config.get(name) is None else config[name], of)
    }
    slips = _slips(schema, prefix)
    _check_privacy(slips, config, prefix)
    for variable, name in meant.items():
        kept = os.environ[variable].strip() == Masking.KEEP
        if name == "personal_data" and config.get(name) is None and not kept:
            raise SettingsError(
                f"`{variable}` is set in the environment, which this run was not told to read, "
                "and `personal_data` is not set: it would be kept, so the run does not begin. "
                f"{_WHAT_TO_DO}"
            )
    said = [_of_slip(variable, prefix + name.upper()) for variable, name in slips.items()]
    if meant:
        said.append(_of_unread(meant, schema))
    return " ".join(said) or None


def _check_privacy(slips: Mapping[str, str], config: Mapping[str, Any], prefix: str) -> None:
    """Check that no mistyped variable asks for personal data not to be kept, while it is.

    That the settings say `keep` is no answer: Meltano hands on its default as if it were chosen,
    and itself reads no variable whose name is mistyped.
    """
    for variable, name in slips.items():
        wanted = os.environ[variable].strip()
        if name != "personal_data" or wanted in ("", Masking.KEEP):
            continue
        if (config.get(name) or Masking.KEEP) == Masking.KEEP:
            raise SettingsError(
                f"{_of_slip(variable, prefix + name.upper())} Nobody reads it, and "
                "`personal_data` would be `keep`, so the run does not begin. Correct the name, or "
                "unset the variable."
            )


def _of_slip(variable: str, meant: str) -> str:
    return f"`{variable}` in the environment is no setting; did you mean `{meant}`?"


def _of_unread(meant: Mapping[str, str], schema: dict[str, Any]) -> str:
    names = ", ".join(f"`{variable}`" for variable in sorted(meant))
    objects = any("object" in schema["properties"][name]["type"] for name in meant.values())
    return (
        "Set in the environment, but not read, and other than the settings: "
        f"{names}. {_WHAT_TO_DO}{_OF_OBJECTS if objects else ''}"
    )


def _fits(text: str, of: dict[str, Any]) -> bool:
    """Whether a variable's text is of its setting's type; text always is."""
    kinds = of.get("type", ())
    if "boolean" in kinds:
        return not text or text.lower() in TRUE | FALSE
    if not {"integer", "array", "object"}.intersection(kinds):
        return True
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return False
    return value is not None and validator(of).is_valid(value)


def _slips(schema: dict[str, Any], prefix: str) -> dict[str, str]:
    """Return variables that are no setting's, but nearly, each with the setting's name."""
    names = schema["properties"]
    # Parts of a setting: Meltano has a variable for each.
    parts = tuple(f"{name}_".upper() for name, of in names.items() if "object" in of["type"])
    found = {}
    for variable in sorted(os.environ):
        rest = variable.removeprefix(prefix)
        if rest in (variable, "") or rest.startswith((*_OTHERS, *parts)) or rest.lower() in names:
            continue
        if close := difflib.get_close_matches(rest.lower(), names, n=1, cutoff=_ALIKE):
            found[variable] = close[0]
    return found


def _plain(value: Any, of: dict[str, Any]) -> Any:
    """Return a setting's value, or a variable's text, in a form that can be compared."""
    kinds = of.get("type", ())
    if not isinstance(value, str):
        return _flat(json.loads(json.dumps(value, default=float)))
    if "string" in kinds:
        return value.strip()
    if "boolean" in kinds:
        return value.lower() in TRUE
    try:
        return _flat(json.loads(value))
    except (ValueError, RecursionError):
        return value


def _flat(value: Any, within: str = "") -> Any:
    """Return an object with dots in its names, and none in it, as Meltano writes variables."""
    if not isinstance(value, dict):
        return value
    flat: dict[str, Any] = {}
    for name, each in value.items():
        if isinstance(each, dict) and each:
            flat |= _flat(each, f"{within}{name}.")
        else:
            flat[within + name] = each
    return flat
