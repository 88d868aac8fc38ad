"""Names of storefronts and customer groups, and where a link back to a cart leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.sandbox.shop.names import routes, site
from tests.support.harness import logged_errors, run

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Sandbox, Shop

SITES = "store_sites_read_only"
MARK = "not-an-id"

pytestmark = pytest.mark.usefixtures("every_scope")


def columns(output: Any, stream: str, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in output.rows(stream)]


def places(config: dict[str, Any], **settings: Any) -> dict[int, tuple[str | None, str | None]]:
    """Read the channels; return each one's site and route."""
    output = run({**config, **settings}, streams=["channels"])
    assert output.code == 0
    found = columns(output, "channels", "id", "site_url", "recovery_route")
    return {key: (url, route) for key, url, route in found}


def test_channels_come_with_names_sites_and_the_route_of_links_back(
    store: Sandbox, config: dict[str, Any]
) -> None:
    output = run(config, streams=["channels"])
    assert columns(output, "channels", "id", "name", "platform", "status") == [
        (1, "Main shop", "bigcommerce", "active"),
        (2, "Outlet", "bigcommerce", "active"),
        (1017, "Wholesale portal", "custom", "active"),
    ]
    assert columns(output, "channels", "site_url", "recovery_route") == [
        ("https://channel-1.example.com/", None),
        ("https://channel-2.example.com/", None),
        ("https://channel-1017.example.com/", "/recover-abandoned-cart"),
    ]
    # One for all channels, one for all sites, one for the routes of each.
    assert [request.route for request in store.requests] == [
        "/v3/channels",
        "/v3/sites",
        *["/v3/sites/{id}/routes"] * 3,
    ]


def test_without_the_scope_of_sites_the_names_are_read(
    store: Sandbox, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    store.scopes -= {SITES}
    assert places(config) == dict.fromkeys((1, 2, 1017), (None, None))
    (told,) = [each for each in caplog.messages if "Sites & routes: read-only" in each]
    assert "`site_url` and `recovery_route` of channels stay empty" in told


def test_only_the_storefronts_asked_for_are_read(store: Sandbox, config: dict[str, Any]) -> None:
    assert list(places(config, channel_ids=[2])) == [2]
    assert len([each for each in store.requests if each.route.endswith("/routes")]) == 1


def test_a_store_that_ignores_the_filter_gives_the_same_route(
    store: Sandbox, config: dict[str, Any]
) -> None:
    store.faults.ignored = ("type",)
    assert places(config)[1017][1] == "/recover-abandoned-cart"
    assert places(config)[2][1] is None


def test_where_the_default_storefronts_site_is_not_listed_it_is_not_known(
    store: Sandbox, config: dict[str, Any]
) -> None:
    store.faults.default_site_unlisted = True
    found = places(config)
    assert found[1] == (None, None)
    assert found[2] == ("https://channel-2.example.com/", None)


def test_of_several_sites_of_a_channel_the_first_counts(shop: Shop, config: dict[str, Any]) -> None:
    shop.names.sites.insert(0, {**site(2000, 1017), "url": "https://later.example.com/"})
    shop.names.routes[2000] = routes(900)
    assert places(config)[1017][0] == "https://channel-1017.example.com/"


def test_a_site_that_is_gone_has_no_route(shop: Shop, config: dict[str, Any]) -> None:
    shop.names.routes.clear()
    assert places(config)[1017] == ("https://channel-1017.example.com/", None)


@pytest.mark.parametrize("odd", [None, 5, MARK, [], {}, {"id": 9}, {"channel_id": 2}])
def test_what_is_no_site_is_left_out(shop: Shop, config: dict[str, Any], odd: Any) -> None:
    whole = places(config)
    shop.names.sites.append(odd)
    assert places(config) == whole


def test_groups_come_with_their_names(store: Sandbox, config: dict[str, Any]) -> None:
    store.scopes = {"store_v2_customers_read_only"}
    output = run(config, streams=["customer_groups"])
    assert columns(output, "customer_groups", "id", "name", "is_group_for_guests") == [
        (1, "Retail club", False),
        (2, "Wholesale", False),
        (3, "Visitors", True),
    ]
    assert {row["store"] for row in output.rows("customer_groups")} == {"sandbox1"}
    # V2 does not say that a short page is the last.
    assert [request.status for request in store.requests] == [200, 204]


def test_a_store_without_groups_answers_with_nothing(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    shop.names.groups.clear()
    output = run(config, streams=["customer_groups"])
    assert (output.code, output.rows("customer_groups")) == (0, [])
    assert [request.status for request in store.requests] == [204]


@pytest.mark.parametrize("odd", [None, 5, MARK, {}, {"id": None}, {"id": MARK}, {"id": []}])
@pytest.mark.parametrize(
    ("stream", "noun"), [("channels", "a channel"), ("customer_groups", "a customer group")]
)
def test_a_name_without_a_readable_id_is_not_lost_in_silence(  # noqa: PLR0913, PLR0917
    shop: Shop,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    odd: Any,
    stream: str,
    noun: str,
) -> None:
    whole = run(config, streams=[stream])
    (shop.names.channels if stream == "channels" else shop.names.groups).append(odd)
    output = run(config, streams=[stream], failing=True)
    assert (output.code, output.rows(stream)) == (1, whole.rows(stream))
    (line,) = logged_errors(caplog)
    assert f"{noun} has no readable `id`" in line
    assert MARK not in caplog.text
