# ruff: noqa: E501
"""Near-duplicates: recall and precision against brute force, memory a row, and speed beside datasketch.

``python -m benchmarks.near_duplicates`` takes 5,000 rows of prose with planted edits of 1 to 40 words and compares what
the index tells with the exact Jaccard similarity of every pair. Rows whose best earlier partner lies between 0.75 and
0.85 are reported apart: there a word decides.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from itertools import combinations
from random import Random

from benchmarks._planted_rows import Maker
from ftsdk.data.encodings import encoding
from ftsdk.data.near import BANDS, PER_BAND, THRESHOLD, grams, jaccard, near_pairs

ROWS = 5_000
UNCLEAR = (0.75, 0.85)


def texts(seed: int) -> list[str]:
    """Rows of which a third are edits of earlier ones, by few words or by many."""
    maker, random = Maker(seed), Random(seed)
    made: list[str] = []
    while len(made) < ROWS:
        if made and random.random() < 1 / 3:
            words = random.choice(made).split(" ")
            for _ in range(random.choice([1, 2, 3, 5, 8, 12, 20, 40])):
                place = random.randrange(len(words))
                words[place : place + random.randint(0, 1)] = [random.choice(maker.words)]
            made.append(" ".join(words))
        else:
            made.append(maker.text(3, 8))
    return made


def best_earlier(ids: Sequence[Sequence[int]]) -> list[float]:
    """For each row the similarity of the earlier row most like it, by comparing those that share any gram."""
    sets = [grams(tokens) for tokens in ids]
    holders: dict[tuple[int, ...], list[int]] = {}
    best = [0.0] * len(sets)
    for number, own in enumerate(sets):
        shared: dict[int, int] = {}
        for gram in own:
            for earlier in holders.setdefault(gram, []):
                shared[earlier] = shared.get(earlier, 0) + 1
            holders[gram].append(number)
        for earlier, count in shared.items():
            best[number] = max(best[number], count / (len(own) + len(sets[earlier]) - count))
    return best


def main() -> None:
    """Print what was found, what was missed, and what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rival", action="store_true", help="time datasketch too, when it is installed")
    args = parser.parse_args()
    for seed in range(args.seeds):
        ids = [encoding("o200k_base").encode_ordinary(text) for text in texts(seed)]
        started = time.process_time()
        found = {pair.second: pair.jaccard for pair in near_pairs(ids)}
        seconds = time.process_time() - started
        report(found, best_earlier(ids), seconds)
        if args.rival:
            datasketch(ids, set(found), seconds)
    print(f"index: {BANDS} bands of {PER_BAND}, {BANDS * 4} bytes a row, with line and offset {BANDS * 4 + 12}")


def report(found: dict[int, float], best: Sequence[float], seconds: float) -> None:
    """Recall and precision of rows that have a near-duplicate before them."""
    alike = {row for row, value in enumerate(best) if value >= THRESHOLD}
    clear = {row for row, value in enumerate(best) if not UNCLEAR[0] <= value <= UNCLEAR[1]}
    right = alike & set(found)
    print(
        f"{ROWS:,} rows: {len(alike)} have a near-duplicate, {len(found)} told in {seconds:.2f} CPU-s; "
        f"recall {len(right) / len(alike):.4f}, precision {len(right) / len(found):.4f}; outside 0.75-0.85: "
        f"recall {len(right & clear) / len(alike & clear):.4f} of {len(alike & clear)}; within: "
        f"recall {len(right - clear) / max(1, len(alike - clear)):.4f} of {len(alike - clear)}"
    )


def datasketch(ids: Sequence[Sequence[int]], found: set[int], seconds: float) -> None:
    """The same rows by datasketch's MinHash LSH at its own parameters, verified in the same way."""
    from datasketch import MinHash, MinHashLSH

    started = time.process_time()
    index = MinHashLSH(threshold=THRESHOLD, num_perm=128)
    sets = [grams(tokens) for tokens in ids]
    told = set()
    for number, own in enumerate(sets):
        sketch = MinHash(num_perm=128)
        sketch.update_batch([repr(gram).encode() for gram in own])
        if any(jaccard(own, sets[int(key)]) >= THRESHOLD for key in index.query(sketch)):
            told.add(number)
        index.insert(str(number), sketch)
    took = time.process_time() - started
    print(
        f"  datasketch: {len(told)} told in {took:.2f} CPU-s, {took / seconds:.1f} times ours; not told by it: {len(found - told)}"
    )


def check_brute_force() -> None:
    """The shortcut of ``best_earlier`` gives what comparing all pairs gives."""
    ids = [encoding("o200k_base").encode_ordinary(text) for text in texts(0)[:300]]
    sets = [grams(tokens) for tokens in ids]
    best = [0.0] * len(sets)
    for first, second in combinations(range(len(sets)), 2):
        best[second] = max(best[second], jaccard(sets[first], sets[second]))
    assert best == best_earlier(ids)


if __name__ == "__main__":
    check_brute_force()
    main()
