"""Plain chats of a chunk, taken together: hashes of what is asked and answered, labels, whitespace, system prompts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from ftsdk.data.facts import ChunkFacts
from ftsdk.data.repeats import squeezed
from ftsdk.data.wire import Plain

LABEL_LENGTH = 40  # a longer answer is no label


def take_plain(
    facts: ChunkFacts, chats: Sequence[Plain], numbers: NDArray[np.uint32], offsets: NDArray[np.uint64]
) -> None:
    """Add ``chats``, which stand on lines ``numbers`` that begin at bytes ``offsets`` of the file."""
    answers = [chat.contents[-1] for chat in chats]
    facts.lines.frombytes(numbers.tobytes())
    facts.offsets.frombytes(offsets.tobytes())
    facts.prompts.extend([xxh3_64_intdigest(_prompt(chat)) for chat in chats])
    facts.answers.extend([xxh3_64_intdigest(answer.encode()) for answer in answers])
    take_answers(facts, answers, numbers.tolist())
    for text, count in Counter([chat.contents[0] for chat in chats if chat.system]).items():
        facts.systems[xxh3_64_intdigest(text.encode())] += count
    for chat, number in zip(chats, numbers.tolist(), strict=True):
        if chat.metadata is not None:
            take_metadata(facts, chat.metadata, number)


def take_answers(facts: ChunkFacts, answers: Sequence[str], numbers: Iterable[int]) -> None:
    """Answers that may be labels, and the lines of those with whitespace around them."""
    facts.labels.update([answer for answer in answers if len(answer) <= LABEL_LENGTH])
    facts.spaced += [number for answer, number in zip(answers, numbers, strict=True) if answer.strip() != answer]


def take_metadata(facts: ChunkFacts, metadata: Mapping[str, Any], number: int) -> None:
    """The hashes of a row's id and group."""
    for name, keys in (("id", facts.ids), ("group", facts.groups)):
        if (value := metadata.get(name)) is not None:
            keys.append(xxh3_64_intdigest((value if isinstance(value, str) else json.dumps(value)).encode()))
            if name == "id":
                facts.id_lines.append(number)


def _prompt(chat: Plain) -> bytes:
    asked = chat.contents[chat.system : -1]
    return squeezed(asked[0]) if len(asked) == 1 else b"\n".join([squeezed(text) for text in asked])
