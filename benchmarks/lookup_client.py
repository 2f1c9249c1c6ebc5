"""Asks a server over some kept connections, one question at a time on each, and prints how fast it answered.

    python lookup_client.py PORT SECONDS CONNECTIONS FILE-WITH-PATHS

No load generator is among the packages of this project; this one has a process of its own and counts whole answers.
"""

import asyncio
import json
import sys
import time
from functools import partial
from itertools import cycle, islice
from pathlib import Path


class Connection(asyncio.Protocol):
    """One connection: sends the next request when the last answer is whole."""

    def __init__(self, requests: list[bytes], offset: int, end: float) -> None:
        self.requests = cycle(islice(cycle(requests), offset, offset + len(requests)))
        self.end, self.times, self.wrong = end, list[float](), 0
        self.done = asyncio.get_running_loop().create_future()
        self._data, self._need = b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._ask()

    def _ask(self) -> None:
        self._start = time.perf_counter()
        if self._start > self.end:
            self.transport.close()
            self.done.set_result(None)
            return
        self._data, self._need = b"", 0
        self.transport.write(next(self.requests))  # type: ignore[attr-defined]  # a transport of a stream

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self._need:
            head, found, _ = self._data.partition(b"\r\n\r\n")
            if not found:
                return
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            self._need = len(head) + 4 + int(length)
            self.wrong += not head.startswith(b"HTTP/1.1 200")
        if len(self._data) >= self._need:
            self.times.append(time.perf_counter() - self._start)
            self._ask()


def _same(one: Connection) -> Connection:
    return one


async def main(port: int, seconds: float, connections: int, paths: list[str]) -> dict[str, float]:
    """Return requests a second, percentiles [ms] and the number of answers that were not 200."""
    requests = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for path in paths]
    loop, start = asyncio.get_running_loop(), time.perf_counter()
    step = max(1, len(requests) // connections)
    made = [Connection(requests, number * step, start + seconds) for number in range(connections)]
    for one in made:
        await loop.create_connection(partial(_same, one), "127.0.0.1", port)
    await asyncio.gather(*(one.done for one in made))
    times = sorted(time for one in made for time in one.times)
    spent = time.perf_counter() - start
    return {
        "rate": len(times) / spent,
        "median": 1000 * times[len(times) // 2],
        "p95": 1000 * times[len(times) * 95 // 100],
        "wrong": sum(one.wrong for one in made),
    }


if __name__ == "__main__":
    port, seconds, connections, file = sys.argv[1:]
    found = asyncio.run(main(int(port), float(seconds), int(connections), Path(file).read_text().split()))
    print(json.dumps(found))
