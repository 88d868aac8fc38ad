"""What ids of other tables mean: storefronts and customer groups, by name.

https://developer.bigcommerce.com/docs/rest-management/channels
https://developer.bigcommerce.com/docs/rest-management/sites
https://developer.bigcommerce.com/docs/rest-management/customers-v2
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_bigcommerce_carts.rows.fields import boolean, instant, integer, text
from tap_bigcommerce_carts.singer.pages import Page
from tap_bigcommerce_carts.singer.stream import StoreStream
from tap_bigcommerce_carts.streams.common_fields import STORE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_bigcommerce_carts.rows.builder import Row, RowBuilder

NAME_KEY = ("store", "id")
CHANNEL_FIELDS = (
    STORE,
    integer("id", "The channel: `channel_id` in other tables.", key=True),
    text("name", "The channel's name in the control panel."),
    text("type", "What it is, such as `storefront`, `marketplace` or `pos`."),
    text("platform", "What it is made with, such as `bigcommerce`, `custom` or `amazon`."),
    text("status", "Whether it is in use, such as `active` or `inactive`."),
    boolean("is_visible", "Whether staff see it in the control panel."),
    text("external_id", "The channel's id in the other system, if there is one."),
    instant("date_created", "When the channel was made."),
    instant("date_modified", "When the channel last changed."),
    text("site_url", "Address of the storefront. Null without a site, or without the scope."),
    text(
        "recovery_route",
        "Path below `site_url` that a link back to a cart opens. Null where the site has no such "
        "route, or without the scope.",
    ),
)
GROUP_FIELDS = (
    STORE,
    integer("id", "The group: `customer_group_id` in other tables.", key=True),
    text("name", "The group's name in the control panel."),
    boolean("is_default", "Whether new customers are put into it."),
    boolean("is_group_for_guests", "Whether guests count as its members."),
)


def name_row(document: Any, rows: RowBuilder) -> Row:
    """Build the row of a channel or of a customer group.

    Args:
        document: as the store gave it. What is none has no id either.
        rows: the stream's row builder.
    """
    return rows.build([document if isinstance(document, dict) else {}])[0]


class _Names(StoreStream):
    """A short list that is read whole each time."""

    selected_by_default = False
    # What it lists.
    noun: ClassVar[str]

    @abstractmethod
    def listed(self) -> Iterable[Any]:
        """Return what the list holds."""

    @override
    def read(self) -> Iterator[Page]:
        for place, document in enumerate(self.listed()):
            row = name_row(document, self.rows)
            if row.id is None:
                self.skip(place, f"a {self.noun} has no readable `id`", "")
            else:
                yield Page([row])


class Channels(_Names):
    """Channels: the store's storefronts and marketplaces."""

    name = "channels"
    fields = CHANNEL_FIELDS
    primary_keys = NAME_KEY
    noun = "channel"

    @override
    def listed(self) -> Iterable[Any]:
        return self.run.bigcommerce.channels()


class CustomerGroups(_Names):
    """Customer groups."""

    name = "customer_groups"
    fields = GROUP_FIELDS
    primary_keys = NAME_KEY
    noun = "customer group"

    @override
    def listed(self) -> Iterable[Any]:
        return self.run.bigcommerce.customer_groups()
