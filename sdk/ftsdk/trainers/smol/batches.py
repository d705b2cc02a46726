"""Training rows as token ids, their order by seed, and the frozen layers' output for each, computed once."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ftsdk.errors import FtsdkError, WrongHash
from ftsdk.trainers.smol.block import frozen_forward
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.layout import make_layout, shared_length
from ftsdk.trainers.smol.output import replace_file
from ftsdk.trainers.smol.rope import Rotation
from ftsdk.trainers.smol.tokenizer import Encoded
from ftsdk.trainers.smol.weights import Llama


class Chats(Protocol):
    """What reading rows needs of a tokenizer."""

    def encode_chat(self, messages: Any) -> Encoded:
        """Ids of a conversation, and which are to be learnt."""


@dataclass(frozen=True)
class Row:
    """One conversation: ``tokens`` up to the last labelled one; ``wanted`` are the positions that predict a label."""

    tokens: list[int]
    wanted: list[int]

    @property
    def labels(self) -> list[int]:
        """The token to predict at each of ``wanted``."""
        return [self.tokens[position + 1] for position in self.wanted]


def read_rows(path: str | Path, sha256: str, tokenizer: Chats, max_tokens: int) -> list[Row]:
    """The rows of a chat JSONL file.

    Raises WrongHash when the file is not the one that was ordered, FtsdkError (owner data) with the line when it is
    missing, empty, or a row is malformed, has no assistant answer or has more than ``max_tokens`` tokens.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise FtsdkError(
            f"the file of rows {path} cannot be read: {error.strerror}", help="plan again", owner="data"
        ) from error
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        raise WrongHash(f"the file of rows {path} has changed since it was planned", help="plan again and apply that")
    lines = [(number, line) for number, line in enumerate(content.splitlines(), 1) if line.strip()]
    if not lines:
        raise FtsdkError(f"the file of rows {path} has no rows", help="give it at least one conversation", owner="data")
    return [_read_row(f"{path}:{number}", line, tokenizer, max_tokens) for number, line in lines]


def _read_row(place: str, line: bytes, tokenizer: Chats, max_tokens: int) -> Row:
    try:
        encoded = tokenizer.encode_chat(json.loads(line)["messages"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FtsdkError(
            f"{place}: this is not a row of chat JSONL ({error!r})",
            help='each line is {"messages": [{"role": ..., "content": ...}, ...]}',
            owner="data",
        ) from error
    except FtsdkError as error:
        raise FtsdkError(f"{place}: {error.message}", help=error.help, owner="data") from error
    learned = [position for position, learn in enumerate(encoded.labelled) if learn]
    if not learned:
        raise FtsdkError(f"{place}: no assistant answer to learn", help="end the row with one", owner="data")
    tokens = encoded.tokens[: learned[-1] + 1]
    if len(tokens) > max_tokens:
        raise FtsdkError(
            f"{place}: the row has {len(tokens)} tokens, the limit is {max_tokens}",
            help="shorten the row, or raise the limit if the model's context allows",
            owner="data",
        )
    return Row(tokens, [position - 1 for position in learned])


def shared_prefix(rows: Sequence[Row]) -> int:
    """How many tokens all rows begin with, ending before any that predicts a label."""
    common = shared_length([row.tokens for row in rows])
    return min(common, *(row.wanted[0] for row in rows))


def batches(rows: int, size: int, seed: int, epoch: int) -> list[list[int]]:
    """Row numbers of each batch of an epoch: a permutation that depends on ``seed`` and ``epoch`` alone."""
    order = np.random.Generator(np.random.PCG64([seed, epoch])).permutation(rows).tolist()
    return [order[at : at + size] for at in range(0, rows, size)]


class ActivationCache:
    """Each row's activations as they leave the frozen layers, in a file: they never change while adapters learn.

    The file outlives the process, so that a trainer that was stopped goes on without computing them again.
    """

    def __init__(
        self, directory: Path, model: Llama, frozen: int, rows: Sequence[Row], prefix: int, name: str = "activations"
    ) -> None:
        self._path, self._mark = directory / f"{name}.f32", directory / f"{name}.json"
        self._model, self._frozen, self._rows, self._length = model, frozen, rows, prefix
        self._starts = [prefix, *accumulate((len(row.tokens) - 1 - prefix for row in rows), initial=prefix)][1:]

    def fill(self, key: str, pool: ThreadPoolExecutor, threads: int, stop_after: Callable[[int], bool]) -> bool:
        """Compute what is missing; ``key`` names all that the numbers depend on.

        ``stop_after`` is told again and again how many rows are done; False when it said to stop.
        """
        if self._mark.exists() and json.loads(self._mark.read_text()) == key:
            return True
        self._mark.unlink(missing_ok=True)
        groups, done = list(self._groups()), 0
        with self._path.open("wb") as file:
            for at in range(0, len(groups), threads):
                for number, activations in enumerate(pool.map(self._compute, groups[at : at + threads])):
                    file.write(activations[0 if at + number == 0 else self._length :].tobytes())
                done += sum(map(len, groups[at : at + threads]))
                if stop_after(done):
                    return False
            file.flush()
            os.fsync(file.fileno())  # the mark below must never stand beside numbers that a power cut took
        replace_file(self._mark, json.dumps(key).encode())
        return True

    def prefix(self) -> Floats:
        """Activations of the shared prefix (prefix rows, hidden)."""
        return self._read(0, self._length)

    def own(self, row: int) -> Floats:
        """Activations of what row ``row`` has after the prefix; its last token, which predicts nothing, is left out."""
        return self._read(self._starts[row], self._starts[row + 1] - self._starts[row])

    def remove(self) -> None:
        """Delete the file; it is of no use once training is done."""
        self._mark.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)

    def _read(self, start: int, rows: int) -> Floats:
        hidden = self._model.config.hidden
        flat = np.fromfile(self._path, np.float32, count=rows * hidden, offset=start * hidden * 4)
        return flat.reshape(rows, hidden)

    def _groups(self) -> Iterator[list[Row]]:
        """Neighbouring rows, enough for efficient products, always the same groups: sums must not depend on history."""
        limit, group, load = max(768, 3 * self._length), list[Row](), 0
        for row in self._rows:
            own = len(row.tokens) - 1 - self._length
            if group and load + own > limit:
                yield group
                group, load = [], 0
            group.append(row)
            load += own
        yield group

    def _compute(self, group: list[Row]) -> Floats:
        lengths = [len(row.tokens) - 1 - self._length for row in group]
        layout = make_layout(self._length, lengths)
        tokens = [*group[0].tokens[: self._length], *(t for row in group for t in row.tokens[self._length : -1])]
        rotation = Rotation(self._model.config, layout.positions)
        x = self._model.embedding[tokens]
        for layer in self._model.layers[: self._frozen]:
            x = frozen_forward(x, layer, self._model.config, rotation, layout.segments)
        return x
