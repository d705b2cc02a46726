"""OpenAI's two current encodings, shipped with the package so that counting never needs the network.

tiktoken downloads its ranks on first use. Here they lie beside this module: the tokens in rank order, each after a
byte with its length, compressed with xz (0.8 and 0.4 MB). From them tiktoken's own merge code counts. The ranks are
those of tiktoken (MIT licence, (c) OpenAI); ``SHA256`` are the hashes that tiktoken itself pins for its files.
"""

from __future__ import annotations

import hashlib
import lzma
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    import tiktoken

EncodingName = Literal["o200k_base", "cl100k_base"]
ENCODINGS: tuple[EncodingName, ...] = get_args(EncodingName)

SHA256: dict[EncodingName, str] = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}

# How a text is cut before merging; from tiktoken_ext/openai_public.py of tiktoken 0.8 to 0.14.
_CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
PATTERNS: dict[EncodingName, str] = {
    "o200k_base": "|".join(
        [
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + _CONTRACTIONS + "?",
            r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*" + _CONTRACTIONS + "?",
            r"\p{N}{1,3}",
            r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
            r"\s*[\r\n]+",
            r"\s+(?!\S)",
            r"\s+",
        ]
    ),
    "cl100k_base": (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]"
        r"|\s+(?!\S)|\s"
    ),
}


@cache
def encoding(name: EncodingName) -> tiktoken.Encoding:
    """The encoding ``name``, about 0.3 s and 60 MB on first use; text never becomes a special token."""
    import tiktoken

    ranks = dict(zip(_tokens(name), range(1_000_000), strict=False))
    made = tiktoken.Encoding(name, pat_str=PATTERNS[name], mergeable_ranks=ranks, special_tokens={})
    ranks.clear()  # tiktoken holds its own copy; this one would be 30 MB that nothing reads
    return made


def file_sha256(name: EncodingName) -> str:
    """The hash of the ranks written as tiktoken's own file; equals ``SHA256[name]`` when they are whole."""
    lines = (b"%s %d\n" % (b64encode(token), rank) for rank, token in enumerate(_tokens(name)))
    return hashlib.sha256(b"".join(lines)).hexdigest()


def _tokens(name: EncodingName) -> Iterator[bytes]:
    packed = lzma.decompress((Path(__file__).parent / f"{name}.xz").read_bytes())
    at = 0
    while at < len(packed):
        end = at + 1 + packed[at]
        yield packed[at + 1 : end]
        at = end
