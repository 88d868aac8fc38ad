"""An HTTP response before it is sent."""

from dataclasses import dataclass

import msgspec

encode = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class Response:
    """A response; by default it is JSON."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
