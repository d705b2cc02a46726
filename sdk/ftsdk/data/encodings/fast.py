"""A faster way to the same ids: `toktok-rs`, used where it is installed (extra `fast`) and agrees with tiktoken.

tiktoken stays the reference. Before its first use the other encoder must give tiktoken's ids for probe texts, known by
their hash, so that tiktoken need not be loaded for it; where it does not, or fails, tiktoken counts. Versions that did
so in our tests are not asked again.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.metadata import version
from itertools import islice
from typing import TYPE_CHECKING, Any

from ftsdk.data.encodings import EncodingName, encoding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    # The ids of all texts one after another, and where each text's end.
    EncodeAll = Callable[[Sequence[str]], tuple[NDArray[np.uint32], NDArray[np.int64]]]

# sha256 of tiktoken's ids of ``probes()``, one after another, each 32 bits, little-endian.
PROBED: dict[EncodingName, str] = {
    "o200k_base": "e70a47dd5df82593dafd187c80fa764b9495d22df7aeef8a5ba6bf5bfcdbb424",
    "cl100k_base": "9aeb461b1d80aeafcee10c0d78aae839cf168dc0c1fad9b185f38f2217b7bbe0",
}
AGREED = frozenset({"0.3.0"})

PROBES_AT_ONCE = 1_000


def probes() -> Iterator[str]:
    """Texts on which encoders differ when they do: characters of every script, case, digits, signs, whitespace."""
    yield from (
        "\n \n\n  x\t\r\n ",
        "don't DON'T I'll we'RE 'S'll",
        "12345 1 22 333",
        "   \n",
        "a" * 300,
        "==>//\n/ )](",
    )
    for code in (*range(0x20, 0x3400), *range(0x3400, 0xD800, 29), *range(0xE000, 0x20000, 5)):
        letter = chr(code)
        yield f"{letter}a A{letter} {letter}{letter}1B'{letter}s"


def probed(encode_batch: Callable[[list[str]], bytes]) -> str:
    """The sha256 of all probes' ids, by parts: encoded at once they would take 30 MB."""
    rest, whole = probes(), hashlib.sha256()
    while part := list(islice(rest, PROBES_AT_ONCE)):
        whole.update(encode_batch(part))
    return whole.hexdigest()


def _probe(encoder: Any) -> str:
    return probed(lambda texts: encoder.encode_batch(texts, 1, False)[0])


@cache
def fast_encoding(name: EncodingName) -> Any:
    """The other encoder, or None where it is not installed or does not agree."""
    try:
        from toktok import _encoding  # its public functions give counts only

        made = _encoding(name)
        agrees = version("toktok-rs") in AGREED or _probe(made) == PROBED[name]
    except (ImportError, AttributeError, KeyError, TypeError, ValueError):
        return None
    return made if agrees else None


@cache
def encode_one(name: EncodingName) -> Callable[[str], list[int]]:
    """A function that gives the ids of one ordinary text."""
    fast = fast_encoding(name)
    if fast is None:
        return encoding(name).encode_ordinary

    def encode(text: str) -> list[int]:
        try:
            return fast.encode_ordinary(text)  # type: ignore[no-any-return]
        except UnicodeEncodeError:  # half a character: replaced as tiktoken does
            return fast.encode_ordinary(_whole(text))  # type: ignore[no-any-return]

    return encode


def encode_all(name: EncodingName) -> EncodeAll:
    """A function that gives the ids of many ordinary texts at once, in this thread: callers divide work."""
    fast = fast_encoding(name)
    return one_by_one(encoding(name).encode_ordinary) if fast is None else _at_once(fast)


def one_by_one(encode: Callable[[str], list[int]]) -> EncodeAll:
    """``encode`` for many texts."""

    def encoded(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        import numpy as np

        ids, ends = array("I"), array("q")
        for text in texts:
            ids.fromlist(encode(text))
            ends.append(len(ids))
        return np.frombuffer(ids, np.uint32), np.frombuffer(ends, np.int64)

    return encoded


def _at_once(fast: Any) -> EncodeAll:
    def encoded(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        import numpy as np

        try:
            ids, offsets = fast.encode_batch(texts, 1, False)
        except UnicodeEncodeError:
            ids, offsets = fast.encode_batch([_whole(text) for text in texts], 1, False)
        return np.frombuffer(ids, np.uint32), np.frombuffer(offsets, np.int64)[1:]

    return encoded


def _whole(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
