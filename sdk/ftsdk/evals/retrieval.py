"""Documents for a question, from a command or a URL of the team."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Sequence

from ftsdk.data.value import Message, Row
from ftsdk.errors import ProviderError, ProviderUnavailable
from ftsdk.evals.text import short
from ftsdk.evals.value import Retrieval

SECONDS = 60.0
MOST_BYTES = 1 << 20
AT_ONCE = 8


def question_of(row: Row) -> str:
    """What documents are looked up for: the row's last user message."""
    return next((message.content for message in reversed(row.prompt) if message.role == "user"), "")


def with_documents(messages: Sequence[Message], documents: str) -> tuple[Message, ...]:
    """The messages with documents put before the last user message."""
    place = max((index for index, message in enumerate(messages) if message.role == "user"), default=None)
    if place is None or not documents.strip():
        return tuple(messages)
    asked = Message(role="user", content=f"Documents:\n\n{documents.strip()}\n\nQuestion:\n\n{messages[place].content}")
    return (*messages[:place], asked, *messages[place + 1 :])


async def documents_for(source: Retrieval, question: str) -> str:
    """The documents; raises ProviderError when the command or URL fails, takes a minute or gives over 1 MB."""
    if source.url is not None:
        return await asyncio.to_thread(_posted, source.url, question)
    return await _ran(source.command, question)


async def _ran(command: Sequence[str], question: str) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
    except OSError as error:
        raise ProviderError(
            f"the retrieval command {command[0]!r} cannot be started: {error.strerror or error}",
            help="give the program by its full path",
            owner="configuration",
        ) from error
    try:
        out, complaint = await asyncio.wait_for(process.communicate(question.encode()), SECONDS)
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise ProviderUnavailable(f"the retrieval command took over {SECONDS:.0f} s") from error
    if process.returncode:
        said = short(complaint.decode(errors="replace")) or "nothing"
        raise ProviderError(f"the retrieval command ended with {process.returncode} and said: {said}")
    return _text(out)


def _posted(url: str, question: str) -> str:
    body = json.dumps({"question": question}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            content = response.read(MOST_BYTES + 1)
    except OSError as error:
        raise ProviderUnavailable(f"the retrieval address does not answer: {short(str(error))}") from error
    return _text(content)


def _text(content: bytes) -> str:
    """Plain text, or JSON: a text, a list of texts, or ``{"documents": [...]}``."""
    if len(content) > MOST_BYTES:
        raise ProviderError(f"retrieval gave over {MOST_BYTES:,} bytes of documents", help="return fewer passages")
    text = content.decode(errors="replace")
    try:
        found = json.loads(text)
    except ValueError:
        return text
    if isinstance(found, dict):
        found = found.get("documents", text)
    if isinstance(found, list):
        return "\n\n".join(one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in found)
    return found if isinstance(found, str) else text
