"""The part that all stand-ins share: HTTP on loopback, a key that is looked at, faults in the order they were put."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

KEY = "sk-right-0123456789abcdef"


class Asked(NamedTuple):
    """One request as it came."""

    verb: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body or b"{}")


class Said(NamedTuple):
    """What is answered; bytes go out as they are."""

    status: int
    content: Any
    headers: Mapping[str, str] = {}


class Fault(NamedTuple):
    """How the next request goes wrong: ``before`` or after it was carried out. Status 0 drops the connection."""

    status: int
    headers: Mapping[str, str] = {}
    before: bool = True
    code: str = ""
    only: str = ""  # a part of "VERB /path" that must be in the request
    seconds: float = 0.0


class Service:
    """A stand-in; a subclass answers in ``answer``. ``seen`` has every request, ``faults`` what goes wrong next."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.seen: list[Asked] = []
        self.faults: deque[Fault] = deque()
        self.port = 0

    def answer(self, asked: Asked) -> Said:
        """What the service says to one request."""
        raise AssertionError("a subclass answers")

    def handle(self, asked: Asked) -> Said | None:
        """The answer with its fault; None drops the connection."""
        with self.lock:
            self.seen.append(asked)
            fault = next((f for f in self.faults if f.only in f"{asked.verb} {asked.path}"), None)
            if fault:
                self.faults.remove(fault)
            said = self.broken(fault) if fault and fault.before else self.answer(asked)
        if fault and fault.seconds:
            time.sleep(fault.seconds)
        return self.broken(fault) if fault and not fault.before else said

    def broken(self, fault: Fault) -> Said | None:
        """What a fault sounds like."""
        if fault.status == 0:
            return None
        return refusal(fault.status, fault.code or "server_error", "said by the stand-in", fault.headers)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"


def refusal(status: int, code: str | None, message: str, headers: Mapping[str, str] | None = None, **more: Any) -> Said:
    """A refusal in OpenAI's form."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code} | more
    return Said(status, {"error": error}, headers or {})


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """The service on a free port while the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service.handle))
    server.daemon_threads = True
    service.port = server.server_address[1]
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield service.address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(handle: Callable[[Asked], Said | None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            said = handle(Asked(self.command, url.path, parse_qs(url.query), headers, body))
            if said is None:
                self.close_connection = True
                return
            raw = isinstance(said.content, bytes)
            data = said.content if raw else json.dumps(said.content).encode()
            self.send_response(said.status)
            self.send_header("Content-Type", "application/octet-stream" if raw else "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(data)
            except OSError:  # whoever asked has gone
                self.close_connection = True

        do_GET = do_POST = do_DELETE = do_PUT = _any

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
