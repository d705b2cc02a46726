"""yaml-language-server as an editor drives it: started, told of a file, asked what is wrong in it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple


class Problem(NamedTuple):
    """One thing that the editor would underline; lines count from 1."""

    line: int
    message: str


class LanguageServer:
    """One running server; schemas are found by the modelines of the files and nowhere else."""

    def __init__(self, module: Path, root: Path) -> None:
        words = ["node", str(module), "--stdio"]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root)
        self._next = 0
        self._ask("initialize", {"processId": None, "rootUri": root.as_uri(), "capabilities": {}})
        self._send({"method": "initialized", "params": {}})
        settings = {"yaml": {"validate": True, "schemaStore": {"enable": False}, "yamlVersion": "1.2"}}
        self._send({"method": "workspace/didChangeConfiguration", "params": {"settings": settings}})

    def problems(self, path: Path) -> list[Problem]:
        """What it finds in a file."""
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": path.read_text("utf-8")}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        for message in self._messages():
            if (
                message.get("method") == "textDocument/publishDiagnostics"
                and message["params"]["uri"] == document["uri"]
            ):
                found = message["params"]["diagnostics"]
                return [Problem(item["range"]["start"]["line"] + 1, item["message"]) for item in found]
        raise AssertionError("the language server ended without an answer")

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate(timeout=30)

    def _ask(self, method: str, params: dict[str, Any]) -> None:
        self._next += 1
        self._send({"id": self._next, "method": method, "params": params})
        for message in self._messages():
            if message.get("id") == self._next and "method" not in message:
                return

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _messages(self) -> Iterator[dict[str, Any]]:
        """Every message of the server; what it asks is answered with nothing."""
        assert self._process.stdout is not None
        while header := self._process.stdout.readline():
            length = 0
            while header.strip():
                name, _, value = header.decode().partition(":")
                length = int(value) if name.lower() == "content-length" else length
                header = self._process.stdout.readline()
            message: dict[str, Any] = json.loads(self._process.stdout.read(length))
            if "id" in message and "method" in message:
                asked = message.get("params", {}).get("items", [])
                self._send({"id": message["id"], "result": [None] * len(asked) if asked else None})
            yield message
