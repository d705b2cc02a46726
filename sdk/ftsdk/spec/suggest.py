"""The word that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable

MAX_LENGTH = 100
LIKENESS = 0.6
FILE_LIKENESS = 0.75


def nearest(word: str, known: Iterable[str], likeness: float = LIKENESS) -> str | None:
    """The entry of ``known`` nearest to ``word``, case, hyphens and underscores apart; None when none is near.

    First by slips of the hand (a letter lost, added, changed or swapped: one in short words, three in long ones), then
    by likeness, which also finds a name of which a part is missing.
    """
    plain: dict[str, str] = {}
    for name in known:
        plain.setdefault(_plain(name), name)
    wanted = _plain(word)[:MAX_LENGTH]
    slips = min(((_slips(wanted, name, _most(wanted)), number) for number, name in enumerate(plain)), default=(99, 0))
    if slips[0] <= _most(wanted):
        return list(plain.values())[slips[1]]
    from difflib import get_close_matches

    found = get_close_matches(wanted, plain, n=1, cutoff=likeness)
    return plain[found[0]] if found else None


def nearest_file(name: str, there: Iterable[str]) -> str | None:
    """The file of ``there`` whose name is nearest; None when only the suffix is like: ``.jsonl`` makes no likeness."""
    stem, dot, suffix = name.rpartition(".")
    alike = {other[: -len(suffix) - 1]: other for other in there if dot and other.endswith(dot + suffix)}
    if (near := nearest(stem, alike, FILE_LIKENESS)) is not None:
        return alike[near]
    others = {other.rpartition(".")[0] or other: other for other in there}
    near = nearest(stem or name, others, likeness=1.0)
    return others[near] if near is not None else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """``did you mean 'x'?``, or ``otherwise: a, b, c`` when nothing is near."""
    names = list(known)
    near = nearest(word, names)
    if near is not None:
        return f"did you mean '{near}'?"
    return f"{otherwise}: {', '.join(names[:12])}" if names else otherwise


def _plain(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "")


def _most(word: str) -> int:
    """How many slips a word of this length may have and still be the same word."""
    return 1 if len(word) <= 4 else 2 if len(word) <= 8 else 3


def _slips(one: str, other: str, most: int) -> int:
    """Edits from one word to the other, a swap of neighbours being one (Damerau 1964); more than ``most`` is 99."""
    if abs(len(one) - len(other)) > most:
        return 99
    older: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        oldest, older, row = older, row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(older[j] + 1, row[j - 1] + 1, older[j - 1] + (a != b)))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], oldest[j - 2] + 1)
    return row[-1] if row[-1] <= most else 99
