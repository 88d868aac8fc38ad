"""The SDK's metrics of HTTP requests, as its `RESTStream` logs them for each stream.

https://sdk.meltano.com/en/latest/implementation/logging.html
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING

from singer_sdk import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from singer_sdk import Stream

    # Path, status and seconds of a response.
    OnResponse = Callable[[str, int, float], None]

# A part of a path with a digit in it, other than the API's version.
_ID = re.compile(r"(?<=/)(?!v\d+/)[^/]*\d[^/]*")


@contextmanager
def request_metrics(stream: Stream, observe: Callable[[OnResponse | None], None]) -> Iterator[None]:
    """Log the duration of each request of a stream, and at the end how many there were.

    Args:
        stream: its name tags the metrics.
        observe: takes what is called with each response, by whatever thread has it; None to end.
    """
    counters: dict[str, metrics.Counter] = {}
    lock = Lock()

    def on_response(path: str, status: int, seconds: float) -> None:
        endpoint = endpoint_of(path)
        with lock:
            if endpoint not in counters:
                counters[endpoint] = metrics.http_request_counter(stream.name, endpoint)
            counters[endpoint].increment()
        metrics.log(stream.metrics_logger, _duration(stream.name, endpoint, status, seconds))

    observe(on_response)
    try:
        yield
    finally:
        observe(None)
        with lock:
            for counter in counters.values():
                counter.exit()


def endpoint_of(path: str) -> str:
    """Return a path without the ids in it, such as `/v2/orders/{id}/products`."""
    # Formatted, so that a path with a secret in it does not show it.
    return _ID.sub("{id}", f"{path}")


def _duration(stream: str, endpoint: str, status: int, seconds: float) -> metrics.Point[float]:
    succeeded = status < HTTPStatus.BAD_REQUEST
    return metrics.Point(
        "timer",
        metric=metrics.Metric.HTTP_REQUEST_DURATION,
        value=seconds,
        tags={
            metrics.Tag.STREAM: stream,
            metrics.Tag.ENDPOINT: endpoint,
            metrics.Tag.HTTP_STATUS_CODE: status,
            metrics.Tag.STATUS: metrics.Status.SUCCEEDED if succeeded else metrics.Status.FAILED,
        },
    )
