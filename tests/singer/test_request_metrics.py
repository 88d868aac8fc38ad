"""The SDK's metrics of requests come out as from its `RESTStream`: durations, and a count."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.metrics import Metric, Point, Tag

from tap_bigcommerce_carts.errors import OutputError
from tap_bigcommerce_carts.redaction import SecretPath
from tap_bigcommerce_carts.sandbox import Fault, Sandbox, Shop
from tap_bigcommerce_carts.singer.request_metrics import endpoint_of
from tests.support.harness import NOON, run

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Request

EARLIER = NOON - timedelta(hours=5)


def points(log: pytest.LogCaptureFixture, metric: Metric) -> list[Point[Any]]:
    found = [each.args[0] for each in log.records if isinstance(each.args, tuple) and each.args]
    return [each for each in found if isinstance(each, Point) and each.metric is metric]


@pytest.mark.usefixtures("sleeps")
def test_each_request_of_a_stream_is_timed_and_counted(
    shop: Shop, store: Sandbox, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    broken = [shop.add_order(modified=EARLIER + timedelta(minutes=n), lines=2) for n in range(5)][2]
    store.faults.empty_line_items = {broken}

    def strike(number: int, _: Request) -> Fault | None:
        return Fault("503_html") if number == 2 else None

    store.before(strike)
    run({**config, "page_size": 3}, streams=["abandoned_carts", "orders"])
    timed = points(caplog, Metric.HTTP_REQUEST_DURATION)
    assert len(timed) == len(store.requests)
    assert all(each.value >= 0 for each in timed)
    by_endpoint = Counter(
        (each.tags[Tag.STREAM], each.tags[Tag.ENDPOINT], each.tags[Tag.STATUS]) for each in timed
    )
    assert by_endpoint["abandoned_carts", "/v2/orders/{id}/products", "succeeded"] == 1
    assert {stream for stream, _, _ in by_endpoint} == {"abandoned_carts", "orders"}
    failed = [each for each in timed if each.tags[Tag.STATUS] == "failed"]
    assert [each.tags[Tag.HTTP_STATUS_CODE] for each in failed] == [503]
    counted = {
        (each.tags[Tag.STREAM], each.tags[Tag.ENDPOINT]): each.value
        for each in points(caplog, Metric.HTTP_REQUEST_COUNT)
    }
    expected: Counter[tuple[str, str]] = Counter()
    for (stream, endpoint, _), times in by_endpoint.items():
        expected[stream, endpoint] += times
    assert counted == expected


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/v2/orders", "/v2/orders"),
        ("/v2/orders/4107/products", "/v2/orders/{id}/products"),
        ("/v3/carts/5b1f3a70-0c11-4d2e-9f52-2d7a3f1c0e88", "/v3/carts/{id}"),
        ("/order.abandoned.list.json", "/order.abandoned.list.json"),
        (SecretPath("/v3/abandoned-carts/hidden-word"), "/v3/abandoned-carts/…"),
    ],
)
def test_an_endpoint_holds_neither_ids_nor_secrets(path: str, endpoint: str) -> None:
    assert endpoint_of(path) == endpoint


def test_a_batch_file_that_cannot_be_written_is_no_success(
    shop: Shop, store: Sandbox, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    shop.add_order(modified=EARLIER)
    assert store.requests == []
    nowhere = {"encoding": {"format": "jsonl"}, "storage": {"root": "file:///proc/nowhere"}}
    with pytest.raises(OutputError, match="cannot be written"):
        run({**config, "batch_config": nowhere}, streams=["orders"])
    (ended,) = points(caplog, Metric.SYNC_DURATION)
    assert ended.tags[Tag.STATUS] == "failed"
