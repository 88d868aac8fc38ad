"""The tap's definition for Meltano, as a pull request to Meltano Hub has it.

A project takes it by `meltano add --from-ref`, and the Hub's page is made of it. What the tap
tells with `--about` comes from there, what a project decides from `meltano.yml`, addresses and
Pythons from `pyproject.toml`. The files lie as in the Hub's repository, https://github.com/meltano/hub,
whose schemas say what may be in them (`schemas/plugin_definitions/extractors.schema.json`).
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml

from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tools.documents.hub_page import PAGE
from tools.documents.paths import ENV_EXAMPLE, HUB, MELTANO, PROJECT, ROOT

if TYPE_CHECKING:
    from pathlib import Path

NAME = "tap-bigcommerce-carts"
# Until a repository with an owner stands in `pyproject.toml`.
_NOBODY = "example"
_NUMBER_OF_OWNER_AND_NAME = 2
_PYTHON = "Programming Language :: Python :: "
# What Meltano sends is not what the tap would take: its default depends on the platform.
_BY_PLATFORM = {"request_timeout"}
_SPELLED = {
    "api": "API",
    "api2cart": "API2Cart",
    "bigcommerce": "BigCommerce",
    "ids": "IDs",
    "url": "URL",
}
_HEAD = """\
# Written by `make documents` in the tap's repository, from what `tap-bigcommerce-carts --about`
# tells and from meltano.yml: change those.
#
# Settings are text where others have numbers, dates, lists, options and booleans: the tap reads
# them, and says in a sentence what is wrong. Meltano 4.4 cannot pass on a decimal; where a number,
# a list or an option is mistyped it ends with a traceback; a mistyped boolean is false to it, and
# of a date such as 01/02/2026 it makes one of the two that it can be. Objects stay objects: of one
# that is written in meltano.yml, Meltano would not pass on a null as text.
"""


def files() -> dict[Path, str]:
    """Return the files of the pull request: the definition, its default, and who maintains it."""
    variant, owner, page = _owner()
    return {
        definition_file(): _HEAD + _as_yaml(definition()),
        HUB / "default_variants.yml": _as_yaml({"extractors": {NAME: variant}}),
        HUB / "maintainers.yml": _as_yaml(
            {variant: {"label": owner, "name": variant, "url": page}}
        ),
    }


def definition_file() -> Path:
    """Return where the definition is; the variant is its name."""
    return HUB / "meltano" / "extractors" / NAME / f"{_owner()[0]}.yml"


def definition() -> dict[str, Any]:
    """Return the definition."""
    tap = TapBigCommerceCarts(config={}, validate_config=False)
    project, ours = _project(), _in_meltano_yml()
    return {
        **{
            name: ours[name]
            for name in ("description", "executable", "label", "name", "namespace", "select")
        },
        **PAGE,
        "capabilities": sorted(each.value for each in tap.capabilities),
        "docs": project["urls"]["Documentation"],
        "pip_url": f"{NAME}[inbox]",
        "repo": project["urls"]["Source"],
        "settings": [
            _setting(name, of) for name, of in sorted(tap.config_jsonschema["properties"].items())
        ],
        "settings_group_validation": [sorted(each) for each in ours["settings_group_validation"]],
        "supported_python_versions": [
            each.removeprefix(_PYTHON) for each in project["classifiers"] if _PYTHON in each
        ],
        "variant": _owner()[0],
    }


def _setting(name: str, of: dict[str, Any]) -> dict[str, Any]:
    """Return a setting of `--about` in Meltano's terms."""
    kind = next(each for each in of["type"] if each != "null")
    setting = {
        "name": name,
        "kind": meltanos_kind(kind),
        "label": of.get("title") or _label(name),
        "description": of["description"],
    }
    if of.get("secret"):
        setting["sensitive"] = True
    if "enum" in of:
        setting["options"] = [
            {"label": _SPELLED.get(each, each), "value": each} for each in of["enum"] if each
        ]
    if "default" in of and name not in _BY_PLATFORM:
        setting["value"] = of["default"]
    elif not of.get("secret") and (example := _examples().get(name)):
        setting["placeholder"] = example
    return setting


def meltanos_kind(kind: str) -> str:
    """Return the kind of a setting in Meltano, by its JSON type: see the head of the file."""
    return kind if kind == "object" else "string"


def _label(name: str) -> str:
    return " ".join(_SPELLED.get(each, each.capitalize()) for each in name.split("_"))


def _examples() -> dict[str, str]:
    """Return what `.env.example` has behind the names of settings."""
    prefix = NAME.replace("-", "_").upper()
    found = re.findall(rf"^#?{prefix}_(\w+)=(.+)$", ENV_EXAMPLE.read_text(), re.MULTILINE)
    return {name.lower(): value for name, value in found}


def how_to_add() -> str:
    """Write the commands that add the tap to a Meltano project."""
    path = definition_file().relative_to(ROOT).as_posix()
    select = json.dumps(_in_meltano_yml()["select"])
    return "\n".join(
        (
            "```sh",
            f"meltano add {NAME} --from-ref {_project()['urls']['Source']}/raw/main/{path}",
            f"meltano config set {NAME} _select '{select}'",
            "```",
        )
    )


def _owner() -> tuple[str, str, str]:
    """Return the variant, its owner's name and page, which the repository's address tells."""
    source = _project()["urls"]["Source"]
    address = urlsplit(source)
    parts = address.path.strip("/").split("/")
    owner = parts[0] if len(parts) == _NUMBER_OF_OWNER_AND_NAME else _NOBODY
    return owner.lower(), owner, source.rpartition("/")[0]


def _project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(PROJECT.read_text())["project"]
    return found


def _in_meltano_yml() -> dict[str, Any]:
    (found,) = yaml.safe_load(MELTANO.read_text())["plugins"]["extractors"]
    return dict(found)


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as such, and repeats what is the same without anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the signature of PyYAML
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _as_yaml(document: dict[str, Any]) -> str:
    """Write as the Hub's linter wants it: keys in their order, no flow."""
    return yaml.dump(document, Dumper=_Dumper, allow_unicode=True, width=100)
