"""Token ids of 100,000 random texts by the encoder in use and the shipped ranks, and by tiktoken with its own files."""

from __future__ import annotations

import hashlib
import os
import tempfile
from base64 import b64encode
from pathlib import Path
from random import Random

from benchmarks._planted_rows import Maker
from ftsdk.data.encodings import ENCODINGS, EncodingName, _tokens, encoding
from ftsdk.data.encodings.fast import encode_one, fast_encoding

TEXTS = 100_000
ADDRESS = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
ALPHABETS = (
    "äöüßéèñçøåœ",
    "абвгдежз",
    "漢字仮名交じり文",
    "नमस्ते",
    "🙂🚀👩‍👩‍👧",
    "  \t\n",
    "0123456789.,:;-_/",
    "<|>'\"\\{}[]",
)


def random_text(random: Random, maker: Maker) -> str:
    """Prose, digits, code signs, scripts and white space, mixed."""
    parts = random.choices(maker.words, k=random.randint(1, 12))
    for _ in range(random.randint(0, 6)):
        alphabet = random.choice(ALPHABETS)
        parts.insert(random.randint(0, len(parts)), "".join(random.choices(alphabet, k=random.randint(1, 9))))
    return random.choice(["", " ", "\n"]).join(parts) if random.random() < 0.3 else " ".join(parts)


def main() -> None:
    """Fail at the first text on which they differ."""
    with tempfile.TemporaryDirectory() as cache:
        os.environ["TIKTOKEN_CACHE_DIR"] = cache
        for name in ENCODINGS:
            compare(name, Path(cache))


def compare(name: EncodingName, cache: Path) -> None:
    """tiktoken takes the file from its cache only when its hash is the pinned one."""
    import tiktoken

    lines = (b"%s %d\n" % (b64encode(token), rank) for rank, token in enumerate(_tokens(name)))
    (cache / hashlib.sha1(ADDRESS.format(name).encode()).hexdigest()).write_bytes(b"".join(lines))
    theirs, ours, used = tiktoken.get_encoding(name), encoding(name), encode_one(name)
    who = "tiktoken" if fast_encoding(name) is None else "toktok"
    random, maker, total = Random(1), Maker(1), 0
    for _ in range(TEXTS):
        text = random_text(random, maker)
        ids = ours.encode_ordinary(text)
        assert ids == used(text) == theirs.encode_ordinary(text), text
        total += len(ids)
    print(f"{name}: {TEXTS:,} texts, {total:,} tokens, all ids equal tiktoken's; {who} is in use")


if __name__ == "__main__":
    main()
