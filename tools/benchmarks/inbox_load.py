"""Posts different events to receivers, on connections of its own, and times each answer.

`python -m tools.benchmarks.inbox_load SECRET CONNECTIONS WARM_UP SECONDS PORT...` writes one line
of JSON. It speaks the least HTTP that will do, so that it takes little from what is measured.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
import time
from dataclasses import asdict, dataclass, field
from itertools import count

import uvloop

STORE_HASH = "abc123"
EVENTS_PER_CART = 5
_OK = b"200"
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_REQUEST = (
    b"POST /webhooks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"X-Inbox-Secret: %s\r\nContent-Length: %d\r\n\r\n%s"
)
_EVENT = (
    '{"scope":"store/cart/updated","store_id":"1000777","data":{"type":"cart",'
    f'"id":"5b1f3a70-0c11-4d2e-9f52-%012d"}},"hash":"%s","created_at":%d,'
    f'"producer":"stores/{STORE_HASH}"}}'
)


@dataclass
class Load:
    """What came of it.

    Attributes:
        taken: events answered 200, those of the warm-up too.
        refused: other answers.
        took: seconds from each event to its answer, after the warm-up.
        seconds: from the end of the warm-up to the last answer.
        cpu_seconds: processor time this program used meanwhile.
    """

    taken: int = 0
    refused: int = 0
    took: list[float] = field(default_factory=list)
    seconds: float = 0
    cpu_seconds: float = 0


async def load(secret: str, connections: int, times: tuple[float, float], ports: list[int]) -> Load:
    """Post for some time: a warm-up, and what is measured.

    Args:
        secret: what the receivers expect in their header.
        connections: how many at once.
        times: seconds of warm-up, and those that count.
        ports: of the receivers.
    """
    found, numbers = Load(), count()
    began = time.perf_counter() + times[0]
    ended = began + times[1]

    async def post(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (sent := time.perf_counter()) < ended:
            body = event(next(numbers))
            writer.write(_REQUEST % (secret.encode(), len(body), body))
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            await reader.readexactly(int(length[1]) if length else 0)
            if sent >= began:
                found.took.append(time.perf_counter() - sent)
            if head[9:12] == _OK:
                found.taken += 1
            else:
                found.refused += 1
        writer.close()

    await asyncio.gather(*(post(ports[each % len(ports)]) for each in range(connections)))
    found.seconds = time.perf_counter() - began
    found.cpu_seconds = time.process_time()
    return found


def event(number: int) -> bytes:
    """Make an event as BigCommerce sends it, unlike all others."""
    of = hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()
    return (_EVENT % (number // EVENTS_PER_CART, of, 1_772_550_000 + number)).encode()


if __name__ == "__main__":
    secret, connections, warm_up, seconds, *ports = sys.argv[1:]
    times = float(warm_up), float(seconds)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(load(secret, int(connections), times, [int(each) for each in ports]))
    print(json.dumps(asdict(result)))  # noqa: T201 - the program's answer
