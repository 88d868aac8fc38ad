"""YAML as people write it, read without the surprises of YAML."""

from __future__ import annotations

from typing import Any

import yaml

from tap_bigcommerce_carts.errors import SettingsError

_A_TAB = "there is a tab: YAML is indented with spaces alone"


class _Loader(yaml.SafeLoader):
    """Refuses a key that is there twice: the first one would be lost in silence.

    A date stays text, as whoever checks it can name the setting of one that is none.
    """

    # Its class's own, without what tells dates.
    yaml_implicit_resolvers = {  # noqa: RUF012 - the base's
        first: [(tag, shape) for tag, shape in known if tag != "tag:yaml.org,2002:timestamp"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - the base's signature
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a list or mapping is no name", key.start_mark
                )
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"`{key.value}` is there twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read(text: bytes) -> Any:
    """Return what a YAML document holds.

    Raises:
        SettingsError: it is no YAML, or a key is there twice; the message names the line.
    """
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a kind of safe loader
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        # YAML's own words show the character, not what it is.
        problem = _A_TAB if "'\\t'" in str(error.problem) else error.problem
        raise SettingsError(f"{where}{problem}.") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
        raise SettingsError("it is not YAML in UTF-8.") from None
