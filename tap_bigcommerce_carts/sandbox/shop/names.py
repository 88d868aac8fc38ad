"""What ids stand for: channels with their sites, and customer groups.

https://developer.bigcommerce.com/docs/rest-management/channels
https://developer.bigcommerce.com/docs/rest-management/sites
https://developer.bigcommerce.com/docs/rest-management/customers-v2
"""

from tap_bigcommerce_carts.sandbox.shop.records import Document

CHANNELS = {1: "Main shop", 2: "Outlet", 1017: "Wholesale portal"}
DEFAULT_CHANNEL = 1
# The one that is not made with BigCommerce's own themes.
HEADLESS = 1017
_MADE = "2025-02-03T09:00:00Z"
_KINDS = ("home", "product", "category", "cart", "checkout", "recover_abandoned_cart")


class Names:
    """The store's channels, sites, routes and customer groups; change them at will.

    Attributes:
        channels: as the list gives them.
        sites: one of each channel here; a channel may have none or several.
        routes: by site id.
        groups: as the list of customer groups gives them.
    """

    def __init__(self) -> None:
        self.channels = [channel(key, name) for key, name in CHANNELS.items()]
        self.sites = [site(1000 + place, key) for place, key in enumerate(CHANNELS)]
        headless = next(each["id"] for each in self.sites if each["channel_id"] == HEADLESS)
        self.routes = {
            each["id"]: routes(500 + each["id"]) if each["id"] == headless else []
            for each in self.sites
        }
        self.groups = [
            group(1, "Retail club"),
            group(2, "Wholesale"),
            group(3, "Visitors", is_for_guests=True),
        ]


def channel(key: int, name: str) -> Document:
    """Return a storefront."""
    return {
        "id": key,
        "name": name,
        "type": "storefront",
        "platform": "custom" if key == HEADLESS else "bigcommerce",
        "status": "active",
        "external_id": "",
        "icon_url": "https://icons.example.com/storefront.svg",
        "is_listable_from_ui": True,
        "is_enabled": True,
        "is_visible": True,
        "date_created": _MADE,
        "date_modified": _MADE,
    }


def site(key: int, channel_id: int) -> Document:
    """Return the site of a channel."""
    url = f"https://channel-{channel_id}.example.com/"
    return {
        "id": key,
        "url": url,
        "channel_id": channel_id,
        "created_at": _MADE,
        "updated_at": _MADE,
        "ssl_status": "dedicated",
        "urls": [{"url": url, "type": "primary", "created_at": _MADE, "updated_at": _MADE}],
        "is_checkout_url_customized": False,
    }


def routes(first: int) -> list[Document]:
    """Return a headless site's routes; ids count from `first`."""
    return [
        {"id": first + place, "type": kind, "matching": "*", "route": f"/{kind.replace('_', '-')}"}
        for place, kind in enumerate(_KINDS)
    ]


def group(key: int, name: str, *, is_for_guests: bool = False) -> Document:
    """Return a customer group without discounts."""
    return {
        "id": key,
        "name": name,
        "is_default": False,
        "category_access": {"type": "all"},
        "discount_rules": [],
        "date_created": "2025-02-03 09:00:00",
        "date_modified": "2025-02-03 09:00:00",
        "is_group_for_guests": is_for_guests,
    }
