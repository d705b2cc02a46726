"""A chat service on loopback that serves far more than any client asks: one canned answer after a set latency.

`python -m benchmarks._canned_server MILLISECONDS` prints its port and serves until it is ended.
"""

from __future__ import annotations

import asyncio
import json
import sys

ANSWER = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "canned",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": '{"category": "billing", "priority": 2}'},
            }
        ],
        "usage": {"prompt_tokens": 40, "completion_tokens": 12, "total_tokens": 52},
    }
).encode()
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(ANSWER) + ANSWER


class Canned(asyncio.Protocol):
    """One connection: a request is read to its end, looked at no further, and answered."""

    seconds = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.pending = transport, b""

    def data_received(self, data: bytes) -> None:
        self.pending += data
        head = self.pending.find(b"\r\n\r\n")
        while head >= 0:
            lines = self.pending[:head].lower().split(b"\r\n")
            length = next((int(one[15:]) for one in lines if one.startswith(b"content-length:")), 0)
            if len(self.pending) < head + 4 + length:
                return
            self.pending = self.pending[head + 4 + length :]
            asyncio.get_running_loop().call_later(self.seconds, self.transport.write, REPLY)
            head = self.pending.find(b"\r\n\r\n")


async def main() -> None:
    Canned.seconds = float(sys.argv[1]) / 1000
    server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
