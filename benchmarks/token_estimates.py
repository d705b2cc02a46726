"""How far an estimate with o200k_base is from other models' own counts, text by text and over a file.

``python -m benchmarks.token_estimates``: the embedded model's tokenizer, cl100k_base, and Qwen's where the extra `fast`
is installed, over English prose, code, the tickets of the demonstration and text of several scripts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from statistics import quantiles

from benchmarks._planted_rows import Maker, sentences
from benchmarks.token_counts import random_text
from ftsdk.data.encodings import encoding
from ftsdk.providers.models import locate

ROOT = Path(__file__).parent.parent
MODEL = "smollm2-135m-instruct"
TEXTS = 2_000
Count = Callable[[str], int]


def counters() -> dict[str, Count]:
    """Other models' own ways of counting that are at hand."""
    from ftsdk.trainers.smol.gguf_file import read_gguf
    from ftsdk.trainers.smol.tokenizer import Tokenizer

    embedded, cl100k = Tokenizer(read_gguf(locate(MODEL)).values), encoding("cl100k_base")
    found: dict[str, Count] = {
        MODEL: lambda text: len(embedded.encode(text)),
        "cl100k_base": lambda text: len(cl100k.encode_ordinary(text)),
    }
    try:
        import toktok
    except ImportError:
        return found
    return found | {"qwen3.5": lambda text: toktok.batch_count([text], "qwen3.5")[0]}


def corpora() -> dict[str, list[str]]:
    """Texts by kind; none shorter than 40 characters, for a row is longer."""
    random, maker = Random(1), Maker(1)
    prose = sentences()
    code = [text for path in sorted((ROOT / "sdk").rglob("*.py")) for text in _pieces(path.read_text())]
    tickets = [
        turn["content"]
        for path in sorted((ROOT / "specs/tickets").rglob("*.jsonl"))
        for line in path.read_text().splitlines()
        for turn in json.loads(line).get("messages", ())
    ]
    mixed = [" ".join(random_text(random, maker) for _ in range(3)) for _ in range(TEXTS)]
    kinds = {"English prose": prose, "Python": code, "tickets and JSON": tickets, "scripts and signs mixed": mixed}
    return {kind: [text for text in texts if len(text) >= 40][:TEXTS] for kind, texts in kinds.items()}


def _pieces(text: str) -> list[str]:
    return [piece for piece in text.split("\n\n\n") if len(piece) < 4_000]


def main() -> None:
    """Print, for each tokenizer and kind of text, the estimate against the count."""
    base = encoding("o200k_base")
    texts = corpora()
    for name, count in counters().items():
        for kind, some in texts.items():
            told([len(base.encode_ordinary(text)) for text in some], [count(text) for text in some], f"{name}, {kind}")


def told(estimated: Sequence[int], counted: Sequence[int], what: str) -> None:
    """One line: over all texts, and the middle 95 % of single ones."""
    errors = [guess / max(1, right) - 1 for guess, right in zip(estimated, counted, strict=True)]
    cuts = quantiles(errors, n=40)
    whole = sum(estimated) / sum(counted) - 1
    print(f"{what:45} over all {whole:+.1%}; single texts, 95 %: {cuts[0]:+.1%} to {cuts[-1]:+.1%} ({len(errors):,})")


if __name__ == "__main__":
    main()
