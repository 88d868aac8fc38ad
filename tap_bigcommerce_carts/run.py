"""What the streams of one run share: settings, store, inbox, clock, and what was left unread."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from tap_bigcommerce_carts.api2cart.store import Api2CartStore
from tap_bigcommerce_carts.bigcommerce.store import BigCommerceStore
from tap_bigcommerce_carts.errors import InboxError, IncompleteRunError, SettingsError
from tap_bigcommerce_carts.inbox.cart_reader import CartReader
from tap_bigcommerce_carts.model import Api2CartConnection, BigCommerceConnection
from tap_bigcommerce_carts.rows.fields import with_decimals_as_text
from tap_bigcommerce_carts.rows.personal_data import Masking, mask_for
from tap_bigcommerce_carts.settings.parsing import Settings, parse
from tap_bigcommerce_carts.settings.schema import Decimals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from tap_bigcommerce_carts.inbox.cart_log import CartLog
    from tap_bigcommerce_carts.inbox.cart_reader import Keeper
    from tap_bigcommerce_carts.model import Cost
    from tap_bigcommerce_carts.rows.fields import Field
    from tap_bigcommerce_carts.rows.personal_data import Personal

# The command's own: what a run says is said by the tap.
logger = logging.getLogger("tap-bigcommerce-carts")


class Run:
    """One run of the tap. Each part is made when first needed, since discovery needs none.

    Args:
        config: the settings as given, each of its type.
        schema: the JSON schema of all settings, those of the SDK included.
        keeper: makes, of a masking and a salt, what knows what the inbox may keep of a cart.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        schema: dict[str, Any],
        keeper: Callable[[Masking, str], Keeper],
    ) -> None:
        self._config = config
        self._schema = schema
        self._make_keeper = keeper
        # Streams that could not be read to their end.
        self.unread: list[str] = []

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings as given, those of the SDK included."""
        return self._config

    @cached_property
    def settings(self) -> Settings:
        """The settings, checked and parsed."""
        return parse(self._config, self._schema)

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
        log = self._inbox(only_read=False)
        self._renew(log)
        return log

    @cached_property
    def inbox_as_it_is(self) -> CartLog:
        """The cart inbox, to look at: nothing is written there."""
        return self._inbox(only_read=True)

    def _inbox(self, *, only_read: bool) -> CartLog:
        from tap_bigcommerce_carts.inbox.cart_log import CartLog  # noqa: PLC0415 - an extra

        chosen = self.settings
        if not (chosen.inbox_url and isinstance(chosen.connection, BigCommerceConnection)):
            raise SettingsError("`inbox_url` is missing: set it.")
        try:
            return CartLog(chosen.inbox_url, chosen.connection.store_hash, only_read=only_read)
        except InboxError as error:
            raise InboxError(f"`inbox_url`: {error}") from None

    def _renew(self, log: CartLog) -> None:
        """Bring what the inbox kept of carts in other runs to what the settings now let it keep."""
        if self.settings.personal_data is Masking.KEEP:
            return
        if count := log.readings.remask(self._keeper.mark, self._keeper.renewed):
            logger.info(
                "Personal data in %d reading(s) of carts in the inbox is treated now.", count
            )

    def readings_to_renew(self) -> int:
        """Return of how many carts the inbox keeps what the settings now do not let it keep."""
        if self.settings.personal_data is Masking.KEEP:
            return 0
        return self.inbox_as_it_is.readings.count_of_others(self._keeper.mark)

    @cached_property
    def _keeper(self) -> Keeper:
        return self._make_keeper(self.settings.personal_data, self.settings.salt)

    def cart_reader(self, upto: int) -> CartReader:
        """Return what reads the carts of the inbox, with events up to a sequence."""
        return CartReader(
            log=self.inbox,
            shop=self.bigcommerce.carts,
            checkouts=self.bigcommerce.checkouts,
            now=int(self.now.timestamp()),
            upto=upto,
            idle=self.settings.abandoned_after_minutes * 60,
            parallel=self.settings.connection.limits.parallel,
            keeper=self._keeper,
        )

    @property
    def decimals(self) -> str:
        """How decimals are written; discovery asks, which needs no settings that are right."""
        return str(self._config.get("decimals") or Decimals.NUMBER)

    def written(self, fields: tuple[Field, ...]) -> tuple[Field, ...]:
        """Return columns as this run writes them: with decimals as numbers, or as text."""
        return with_decimals_as_text(fields) if self.decimals == Decimals.TEXT else fields

    @cached_property
    def store_name(self) -> str:
        """Value of the column `store`."""
        return self.settings.store_name or self.store.name

    @property
    def now(self) -> datetime:
        """The platform's clock at its first response; `CLOCK_UNKNOWN` before that.

        All streams end at the same moment.
        """
        return self.store.clock()

    @property
    def cost(self) -> Cost:
        """What was asked of the store so far."""
        return self.store.session.cost

    def observe(self, on_response: Callable[[str, int, float], None] | None) -> None:
        """Call something with path, status and seconds of each response; None to end that."""
        self.store.session.on_response = on_response

    @cached_property
    def mask(self) -> Callable[[Any, Personal], Any] | None:
        """What happens to a personal value; None if it is kept."""
        return mask_for(self.settings.personal_data, self.settings.salt)

    def close(self) -> None:
        """Let go of all connections."""
        if "store" in vars(self):
            self.store.session.close()
        for log in (vars(self).get(each) for each in ("inbox", "inbox_as_it_is")):
            if log:
                log.close()

    def leave_out(self, streams: list[str], error: Exception, *, wanted: bool = True) -> None:
        """Note that streams could not be read to their end; the run ends as not whole.

        Args:
            streams: their names, one at least.
            error: why; its message is a sentence.
            wanted: whether somebody asked for them: `--test` tries all streams.
        """
        named = ", ".join(streams)
        if not wanted:
            logger.info("Not selected by default, and not to be read: %s: %s", named, error)
            return
        self.unread += [each for each in streams if each not in self.unread]
        logger.error("Not read whole: %s: %s", named, error, extra={"stream_name": streams[0]})

    def check_whole(self) -> None:
        """Check that everything that was asked for was read to its end.

        Raises:
            IncompleteRunError: some streams were not.
        """
        if self.unread:
            raise IncompleteRunError(
                f"The run is not whole: {', '.join(self.unread)} could not be read whole (see "
                "above)."
            )
