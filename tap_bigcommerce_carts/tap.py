"""The tap: its settings and the list of its streams."""

from __future__ import annotations

import json
import sys
from copy import deepcopy
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import Stream, Tap
from singer_sdk.singerlib import Catalog
from singer_sdk.tap_base import CliTestOptionValue

from tap_bigcommerce_carts.api2cart.store import Api2CartStore
from tap_bigcommerce_carts.bigcommerce.store import BigCommerceStore
from tap_bigcommerce_carts.errors import (
    CatalogError,
    InboxError,
    IncompleteRunError,
    SettingsError,
    StateError,
)
from tap_bigcommerce_carts.inbox.reader import Reader
from tap_bigcommerce_carts.model import Api2CartConnection, BigCommerceConnection
from tap_bigcommerce_carts.rows.personal_data import mask_for
from tap_bigcommerce_carts.settings import checks as settings
from tap_bigcommerce_carts.settings import environment
from tap_bigcommerce_carts.settings.schema import SETTINGS, Source
from tap_bigcommerce_carts.singer.progress import Cost
from tap_bigcommerce_carts.singer.state import checked
from tap_bigcommerce_carts.singer.stream_maps import map_selected
from tap_bigcommerce_carts.singer.writer import Writer
from tap_bigcommerce_carts.streams.abandoned_cart_saver import (
    AbandonedCartEmails,
    AbandonedCartSettings,
)
from tap_bigcommerce_carts.streams.abandoned_carts import AbandonedCartLineItems, AbandonedCarts
from tap_bigcommerce_carts.streams.cart_events import CartEvents
from tap_bigcommerce_carts.streams.customers import Customers
from tap_bigcommerce_carts.streams.inbox_carts import CartLineItems, Carts
from tap_bigcommerce_carts.streams.kept_carts import CartKeeper, renew
from tap_bigcommerce_carts.streams.orders import Orders
from tap_bigcommerce_carts.streams.through_api2cart import (
    Api2CartCarts,
    Api2CartCustomers,
    Api2CartLineItems,
)

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import FrameType

    from tap_bigcommerce_carts.inbox.cart_log import CartLog
    from tap_bigcommerce_carts.rows.personal_data import Personal
    from tap_bigcommerce_carts.singer.stream import StoreStream

STREAMS: dict[Source, tuple[type[StoreStream], ...]] = {
    Source.BIGCOMMERCE: (
        AbandonedCarts,
        AbandonedCartLineItems,
        Customers,
        Orders,
        AbandonedCartSettings,
        AbandonedCartEmails,
    ),
    Source.API2CART: (Api2CartCarts, Api2CartLineItems, Api2CartCustomers),
}
# Offered when there is an inbox.
INBOX_STREAMS: tuple[type[StoreStream], ...] = (Carts, CartLineItems, CartEvents)

_NAMES = frozenset(
    str(vars(stream)["name"])
    for streams in (*STREAMS.values(), INBOX_STREAMS)
    for stream in streams
)

_ENVIRONMENT = "ENV"
# The shell's way to say that a signal ended a command.
_SIGNALLED = 128


class TapBigCommerceCarts(Tap):
    """Abandoned carts of BigCommerce stores, their lines, their owners and what became of them."""

    name = "tap-bigcommerce-carts"
    # A copy, since the SDK adds its own settings to it.
    config_jsonschema: ClassVar[dict[str, Any]] = deepcopy(SETTINGS)
    message_writer_class = Writer

    def __init__(self, **kwargs: Any) -> None:
        self.unread: list[str] = []
        self._from_environment = bool(kwargs.get("parse_env_config"))
        try:
            super().__init__(**kwargs)
        except (ValueError, RecursionError):
            # The SDK reads numbers and lists from the environment without looking first.
            environment.check_read(self.config_jsonschema, self._env_var_prefix)
            raise
        self._check_catalog()

    @override
    def discover_streams(self) -> list[Stream]:
        offered = STREAMS[self._source]
        if self._source is Source.BIGCOMMERCE and self.config.get("inbox_url"):
            offered += INBOX_STREAMS
        return [stream(self, self) for stream in offered]

    @property
    def _source(self) -> Source:
        """Where carts are read; BigCommerce as long as nothing usable is said."""
        try:
            return Source(self.config.get("source") or Source.BIGCOMMERCE)
        except ValueError:
            return Source.BIGCOMMERCE

    # What a run shares between its streams; made when first needed, since discovery needs none.

    @cached_property
    def settings(self) -> settings.Settings:
        """The settings, checked and parsed."""
        return settings.parse(self.config, self.config_jsonschema)

    @cached_property
    def store(self) -> BigCommerceStore | Api2CartStore:
        """The store this run reads."""
        chosen = self.settings
        if isinstance(chosen.connection, Api2CartConnection):
            return Api2CartStore(chosen.connection, chosen.page_size)
        return BigCommerceStore(chosen.connection, chosen.page_size, chosen.channel_ids)

    @property
    def bigcommerce(self) -> BigCommerceStore:
        """The store, for streams that only BigCommerce has."""
        return cast("BigCommerceStore", self.store)

    @property
    def api2cart(self) -> Api2CartStore:
        """The store, for streams that come through API2Cart."""
        return cast("Api2CartStore", self.store)

    @cached_property
    def inbox(self) -> CartLog:
        """The cart inbox, for streams that come from it."""
        from tap_bigcommerce_carts.inbox.cart_log import CartLog  # noqa: PLC0415 - an extra

        chosen = self.settings
        if not (chosen.inbox_url and isinstance(chosen.connection, BigCommerceConnection)):
            raise SettingsError("`inbox_url` is missing: set it.")
        try:
            log = CartLog(chosen.inbox_url, chosen.connection.store_hash)
        except InboxError as error:
            raise InboxError(f"`inbox_url`: {error}") from None
        renew(log, self._keeper)
        return log

    @property
    def _keeper(self) -> CartKeeper:
        return CartKeeper(self.settings.personal_data, self.settings.salt)

    def cart_reader(self, upto: int) -> Reader:
        """Return what reads the carts of the inbox, with events up to a sequence."""
        return Reader(
            log=self.inbox,
            shop=self.bigcommerce.carts,
            now=int(self.now.timestamp()),
            upto=upto,
            idle=self.settings.abandoned_after_minutes * 60,
            parallel=self.settings.connection.limits.parallel,
            keeper=self._keeper,
        )

    @cached_property
    def store_name(self) -> str:
        """Value of the column `store`."""
        return self.settings.store_name or self.store.name

    @property
    def now(self) -> datetime:
        """The platform's clock at its first answer: all streams end at the same moment."""
        return self.store.clock()

    @property
    def cost(self) -> Cost:
        """What was asked of the store so far."""
        return Cost(*self.store.cost)

    def observe(self, on_response: Callable[[str, int, float], None] | None) -> None:
        """Call something with path, status and seconds of each response; None to end that."""
        self.store.observe(on_response)

    @cached_property
    def mask(self) -> Callable[[Any, Personal], Any] | None:
        """What happens to a personal value; None if it is kept."""
        return mask_for(self.settings.personal_data, self.settings.salt)

    def close(self) -> None:
        """Let go of all connections."""
        for name in ("store", "inbox"):
            if name in vars(self):
                vars(self)[name].close()

    def leave_out(self, streams: list[str], error: Exception) -> None:
        """Note that streams could not be read to their end; the run ends as not whole."""
        named = ", ".join(streams)
        tested = all(self.streams[each].ABORT_AT_RECORD_COUNT is not None for each in streams)
        if tested and not any(self.streams[each].selected_by_default for each in streams):
            # `--test` tries all streams, whatever is selected.
            self.logger.info("Not selected by default, and not to be read: %s: %s", named, error)
            return
        self.unread += [each for each in streams if each not in self.unread]
        self.logger.error("Not read whole: %s: %s", named, error, extra={"stream_name": streams[0]})

    def check_whole(self) -> None:
        """Tell whether everything that was asked for was read to its end.

        Raises:
            IncompleteRunError: some streams were not.
        """
        if self.unread:
            raise IncompleteRunError(
                f"The run is not whole: {', '.join(self.unread)} could not be read whole (see "
                "above)."
            )

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        self.append_builtin_config(self.config_jsonschema)
        # Here, since the SDK reads its own settings from it too.
        self._config = settings.typed(self._config, self.config_jsonschema)
        if raise_errors:
            self._mind_environment()
            _ = self.settings
        return []

    def _mind_environment(self) -> None:
        """Tell what the environment asks for, and is not done."""
        if self._from_environment:
            environment.check_read(self.config_jsonschema, self._env_var_prefix)
        elif said := environment.unread(self.config, self.config_jsonschema, self._env_var_prefix):
            self.logger.warning("%s", said)

    @override
    def setup_mapper(self) -> None:
        # The SDK's own way, but for the streams that are selected.
        super(Tap, self).setup_mapper()
        map_selected(self.mapper, self.streams, self.catalog, _NAMES)

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(checked(state, set(self.streams)))

    def _check_catalog(self) -> None:
        """Stop if the catalog asks for a stream or a bookmark that is not there."""
        if self.input_catalog is None:
            return
        selected = {
            entry.tap_stream_id
            for entry in self.input_catalog.streams
            if entry.metadata.root.selected
        }
        if self._source is Source.BIGCOMMERCE:
            _check_inbox(selected - set(self.streams))
        if missed := sorted((selected & _NAMES) - set(self.streams)):
            raise CatalogError(
                f"The catalog selects {', '.join(missed)}, which API2Cart does not give. Deselect "
                "it, or read the store with `source: bigcommerce`."
            )
        if unknown := sorted(selected - set(self.streams)):
            raise CatalogError(
                f"The catalog selects {', '.join(unknown)}, which this tap does not have. It has "
                f"{', '.join(sorted(self.streams))}."
            )
        for stream in self.streams.values():
            own = vars(type(stream)).get("replication_key")
            if stream.selected and stream.replication_key not in {None, own}:
                raise CatalogError(
                    f"The catalog sets the replication key of {stream.name} to "
                    f"{stream.replication_key}; it can only be read by {own or 'full table'}."
                )

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        # The last STATE written is the one to resume from; a run cut short is not whole.
        self.logger.error("Stopped by signal %d; the next run goes on from the last STATE.", signum)
        if isinstance(self.message_writer, Writer):
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
                given.config |= settings.from_file(name)
        return given

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
            tap.close()
        tap.check_whole()
        ctx.exit()

    @classmethod
    @override
    def invoke(cls, *, about: bool = False, about_format: str | None = None, **given: Any) -> None:
        """Run the tap as the command line asks.

        Raises:
            IncompleteRunError: a selected stream could not be read; the others were.
        """
        if about:
            cls.print_about(about_format)
            return
        before = _json_in(given["state"], "--state", StateError)
        if before is not None and not isinstance(before, dict):
            raise StateError("The STATE is not a JSON object. Give the last STATE of a run.")
        tap = cls(
            config=given["config"].config,
            parse_env_config=given["config"].parse_env,
            state=before,
            catalog=_catalog(_json_in(given["catalog"], "--catalog", CatalogError)),
        )
        try:
            tap.sync_all()
        finally:
            tap.close()
        tap.check_whole()


def _check_inbox(missed: set[str]) -> None:
    """Stop if streams of the inbox are asked for, and there is none."""
    if asked := sorted(missed & {str(vars(stream)["name"]) for stream in INBOX_STREAMS}):
        raise CatalogError(
            f"The catalog selects {', '.join(asked)}, which come from the cart inbox: set "
            "`inbox_url` to its database, or deselect them."
        )


def _json_in(file: IO[str] | None, option: str, error: type[Exception]) -> Any:
    """Read the JSON file given with an option."""
    if file is None:
        return None
    try:
        return json.load(file)
    except ValueError:
        raise error(f"The file given with {option} is not JSON.") from None


def _catalog(given: Any) -> Catalog | None:
    if given is None:
        return None
    try:
        if not isinstance(given["streams"], list):
            raise TypeError("streams")  # noqa: TRY301 - told below, as all that is no catalog
        return Catalog.from_dict(given)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise CatalogError(
            "The file given with --catalog is not a Singer catalog. Make one with --discover."
        ) from None
