"""The base of the tap: the SDK's command line, with checks before the first request.

Private members of the SDK that are used here, each for want of a public one: `_validate_config`
looks at types alone, and must come before any stream is made; `_config` is what it checks;
`_env_var_prefix` names the variables that `--config ENV` reads; `_handle_termination` ends a run
that a signal stopped with exit code 0.
"""

from __future__ import annotations

import json
import logging
import sys
from abc import abstractmethod
from typing import IO, TYPE_CHECKING, Any, ClassVar

from singer_sdk import Tap
from singer_sdk.exceptions import ConfigurationError, MappingError
from singer_sdk.logging import DEFAULT_FORMAT
from singer_sdk.tap_base import CliTestOptionValue
from typing_extensions import override

from tap_bigcommerce_carts.errors import CatalogError, SettingsError, StateError
from tap_bigcommerce_carts.settings import environment
from tap_bigcommerce_carts.settings.given import from_file, typed
from tap_bigcommerce_carts.singer.catalog import catalog_of, check_catalog
from tap_bigcommerce_carts.singer.state import checked
from tap_bigcommerce_carts.singer.stream_maps import map_selected
from tap_bigcommerce_carts.singer.writer import MessageWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    import click
    from click.shell_completion import CompletionItem

    from tap_bigcommerce_carts.run import Run

# Of settings and stream maps: their messages name what is wrong.
SDK_ERRORS = (ConfigurationError, MappingError)
_ENVIRONMENT = "ENV"
# The shell's way to say that a signal ended a command.
_SIGNALLED = 128


def make_command(tap: type[Tap]) -> Callable[[], None]:
    """Set up the log, and return the tap's command.

    Raises:
        SettingsError: the log cannot be set up as the environment asks.
    """
    try:
        command: Callable[[], None] = tap.cli
    except Exception:  # noqa: BLE001 - a file that configures the log can be wrong in any way
        logging.basicConfig(format=DEFAULT_FORMAT, style="{")
        raise SettingsError(
            "The log cannot be set up as the environment asks: `LOGLEVEL` (or "
            "`TAP_BIGCOMMERCE_CARTS_LOGLEVEL`) must be DEBUG, INFO, WARNING, ERROR or CRITICAL, "
            "and `SINGER_SDK_LOG_CONFIG` a YAML file of Python's logging configuration."
        ) from None
    return command


class StoreTap(Tap):
    """A tap whose streams share a run, and fail one by one.

    Attributes:
        run: what the streams share.
    """

    message_writer_class = MessageWriter
    # Names of all streams this tap has, also those that a run cannot read.
    known_streams: ClassVar[frozenset[str]]
    run: Run

    def __init__(self, **kwargs: Any) -> None:
        self._from_environment = bool(kwargs.get("parse_env_config"))
        try:
            super().__init__(**kwargs)
        except (ValueError, RecursionError):
            # The SDK reads numbers and lists from the environment without looking first.
            environment.check_read(self.config_jsonschema, self._env_var_prefix)
            raise
        if self.input_catalog is not None:
            check_catalog(self.input_catalog, self.streams, self.known_streams, self.why_missing)

    @abstractmethod
    def make_run(self) -> Run:
        """Make what the streams share, of `config` as it is."""

    @property
    @abstractmethod
    def why_missing(self) -> str:
        """How a sentence ends that names known streams which this run cannot read."""

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        self.append_builtin_config(self.config_jsonschema)
        # Here, since the SDK reads its own settings from it too.
        self._config = typed(self._config, self.config_jsonschema)
        self.run = self.make_run()
        if raise_errors:
            self._check_environment()
            _ = self.run.settings
        return []

    def _check_environment(self) -> None:
        """Warn of what the environment asks for, and is not done."""
        if self._from_environment:
            environment.check_read(self.config_jsonschema, self._env_var_prefix)
        elif said := environment.unread(self.config, self.config_jsonschema, self._env_var_prefix):
            self.logger.warning("%s", said)

    @override
    def setup_mapper(self) -> None:
        # The SDK's own way, but for the streams that are selected.
        super(Tap, self).setup_mapper()
        map_selected(self.mapper, self.streams, self.known_streams)

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(checked(state, set(self.streams)))

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        # The last STATE written is the one to resume from; a run cut short is not whole.
        self.logger.error("Stopped by signal %d; the next run goes on from the last STATE.", signum)
        if isinstance(self.message_writer, MessageWriter):
            self.message_writer.leave(_SIGNALLED + signum)
        else:
            sys.exit(_SIGNALLED + signum)

    @classmethod
    @override
    def cb_config(cls, ctx: Any, param: Any, value: tuple[str, ...]) -> Any:
        # Whether to read the environment is the SDK's; of files it takes what is no object, too.
        given = super().cb_config(ctx, param, tuple(each for each in value if each == _ENVIRONMENT))
        for name in value:
            if name != _ENVIRONMENT:
                given.config |= from_file(name)
        return given

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        command.context_settings = {"help_option_names": ["-h", "--help"]}
        # The SDK takes a text, of which a shell does not know that it is a file.
        for each in command.params:
            if each.name == "config":
                each.shell_complete = _complete_config  # type: ignore[method-assign]
        return command

    # The SDK's `invoke` and `cb_test` keep the tap to themselves, and `sync_all` is final: what
    # comes after a run has no other place than these two.

    @classmethod
    @override
    def cb_test(cls, ctx: Any, param: Any, value: str) -> None:
        if value != CliTestOptionValue.All.value:
            super().cb_test(ctx, param, value)
            return
        given = ctx.params.get("config")
        tap = cls(config=given and given.config, parse_env_config=given and given.parse_env)
        try:
            tap.run_connection_test()
        finally:
            tap.run.close()
        tap.run.check_whole()
        ctx.exit()

    @classmethod
    @override
    def invoke(cls, *, about: bool = False, about_format: str | None = None, **given: Any) -> None:
        """Run the tap as the command line asks.

        Raises:
            IncompleteRunError: a selected stream could not be read; the others were.
        """
        if about:
            super().invoke(about=about, about_format=about_format)
        before = _json_in(given["state"], "--state", StateError)
        if before is not None and not isinstance(before, dict):
            raise StateError("The STATE is not a JSON object. Give the last STATE of a run.")
        tap = cls(
            config=given["config"].config,
            parse_env_config=given["config"].parse_env,
            state=before,
            catalog=catalog_of(_json_in(given["catalog"], "--catalog", CatalogError)),
        )
        try:
            tap.sync_all()
        finally:
            tap.run.close()
        tap.run.check_whole()


def _complete_config(ctx: click.Context, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    """Complete what `--config` takes: a file, or ENV for environment variables."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - for a shell alone

    # In this order: bash forgets what came before a file.
    found = [CompletionItem(incomplete, type="file")]
    if incomplete and _ENVIRONMENT.startswith(incomplete):
        found.append(CompletionItem(_ENVIRONMENT))
    return found


def _json_in(file: IO[str] | None, option: str, error: type[Exception]) -> Any:
    """Read the JSON file given with an option; None if there is none."""
    if file is None:
        return None
    try:
        return json.load(file)
    except ValueError:
        raise error(f"The file given with {option} is not JSON.") from None
