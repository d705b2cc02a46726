"""``python -m ftsdk.trainers.smol.serve --model PATH [--adapter DIR]``: answers JSON lines on stdin, on stdout.

Asked: ``{"id", "messages": [{"role", "content"}, ...], "max_tokens"}``. Answered, as soon as each is finished:
``{"id", "text", "prompt_tokens", "completion_tokens", "finish_reason": "stop" | "length", "seconds"}`` or
``{"id", "error": {"owner", "message", "help"}}``. The first line says ``{"ready": true, ...}``, or is an ``error`` when
the model cannot be served (exit code 1). What is asked together is decoded together; what comes meanwhile waits for the
next batch. The end of stdin ends it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Protocol

from ftsdk.trainers.smol.environment import restart_with_environment

if TYPE_CHECKING:
    from ftsdk.trainers.smol.decode import Decoder, Generated, Prompt
    from ftsdk.trainers.smol.tokenizer import Tokenizer

# A batch begins when nothing more has come for this long.
GATHER_SECONDS = 0.02

_writing = Lock()


class Prompts(Protocol):
    """What accepting a request needs of a tokenizer."""

    def encode_prompt(self, messages: Any) -> list[int]:
        """Ids up to where the assistant answers."""


def main(arguments: list[str]) -> int:
    """Serve until stdin ends; 0, or 1 when the model or the adapter cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m ftsdk.trainers.smol.serve")
    parser.add_argument("--model", required=True, help="the model file (GGUF)")
    parser.add_argument("--adapter", help="a PEFT adapter directory to merge into it")
    asked = parser.parse_args(arguments)
    restart_with_environment("ftsdk.trainers.smol.serve", arguments)
    from ftsdk.trainers.smol.job import explain

    try:
        tokenizer, decoder = _load(asked.model, asked.adapter)
    except Exception as error:  # noqa: BLE001 - the first line tells whoever waits for it
        write_line({"error": explain(error).model_dump()})
        return 1
    write_line({"ready": True, "model": asked.model, "adapter": asked.adapter})
    for batch in batches_of(read_lines()):
        _answer(batch, tokenizer, decoder)
    return 0


def _load(model_path: str, adapter: str | None) -> tuple[Tokenizer, Decoder]:
    from ftsdk.trainers.smol.decode import Decoder
    from ftsdk.trainers.smol.export import merge_adapter
    from ftsdk.trainers.smol.tokenizer import Tokenizer
    from ftsdk.trainers.smol.weights import load_llama

    model = load_llama(model_path)
    if adapter:
        merge_adapter(model, Path(adapter))
    tokenizer = Tokenizer(model.file.values)
    return tokenizer, Decoder(model, tokenizer.end)


def read_lines() -> Queue[str | None]:
    """Lines of stdin as they come, then None."""
    lines: Queue[str | None] = Queue()

    def read() -> None:
        for line in sys.stdin:
            lines.put(line)
        lines.put(None)

    Thread(target=read, name="stdin", daemon=True).start()
    return lines


def batches_of(lines: Queue[str | None]) -> Iterator[list[str]]:
    """What has been asked so far, again and again, until stdin ends."""
    while (line := lines.get()) is not None:
        batch = [line]
        try:
            while (line := lines.get(timeout=GATHER_SECONDS)) is not None:
                batch.append(line)
        except Empty:
            yield batch
            continue
        yield batch
        return


def _answer(lines: list[str], tokenizer: Tokenizer, decoder: Decoder) -> None:
    asked: list[tuple[Any, Prompt]] = []
    for line in lines:
        if line.strip():
            asked += accept(line, tokenizer, decoder.model.config.context)
    if not asked:
        return

    def write(number: int, generated: Generated) -> None:
        identity, prompt = asked[number]
        write_line(
            {
                "id": identity,
                "text": tokenizer.decode(generated.tokens),
                "prompt_tokens": len(prompt.tokens),
                "completion_tokens": len(generated.tokens),
                "finish_reason": generated.finish_reason,
                "seconds": round(generated.seconds, 4),
            }
        )

    decoder.generate([prompt for _, prompt in asked], write)


def accept(line: str, tokenizer: Prompts, context: int) -> list[tuple[Any, Prompt]]:
    """The request, or nothing when it was refused, which is then written."""
    from ftsdk.errors import FtsdkError
    from ftsdk.trainers.smol.decode import Prompt

    identity = None
    try:
        request = json.loads(line)
        identity = request["id"]
        tokens, max_tokens = tokenizer.encode_prompt(request["messages"]), int(request["max_tokens"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        help = 'a request is one line {"id", "messages", "max_tokens"}'
        refuse(identity, "configuration", f"this is not a request ({error!r}): {line[:80]!r}", help)
        return []
    except FtsdkError as error:
        refuse(identity, error.owner, error.message, error.help or "")
        return []
    if len(tokens) >= context:
        message = f"the prompt has {len(tokens)} tokens, the model's context holds {context} with the answer"
        refuse(identity, "data", message, "shorten the prompt")
        return []
    return [(identity, Prompt(tokens, max(1, max_tokens)))]


def refuse(identity: Any, owner: str, message: str, help: str) -> None:
    """Answer a request with why it cannot be."""
    write_line({"id": identity, "error": {"owner": owner, "message": message, "help": help}})


def write_line(message: dict[str, Any]) -> None:
    """Say one line, whole, whichever thread says it."""
    with _writing:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
