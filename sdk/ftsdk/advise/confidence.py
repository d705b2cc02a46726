"""How sure the advice is, from its lead, and how often that much lead was right on the published cases."""

from __future__ import annotations

from ftsdk.advise.options import OptionCode
from ftsdk.advise.value import ConfidenceWord, Record

# Least lead in points, from the first that fits.
BANDS: tuple[tuple[ConfidenceWord, float], ...] = (("clear", 5.0), ("leaning", 2.0), ("toss-up", float("-inf")))

# Acceptable first options and cases by band, on the 27 open cases; `python -m benchmarks.advise` prints them and a
# test holds them to it. The rules were written with these cases in view: see docs/advise.md for held-out figures.
HITS: dict[ConfidenceWord, tuple[int, int]] = {"clear": (15, 15), "leaning": (9, 9), "toss-up": (3, 3)}
COVERED: frozenset[OptionCode] = frozenset(
    {"prompt", "rag", "caching", "smaller_base", "classical", "sft", "distil", "cpt", "rag_ft", "not_yet_evals"}
)


def confidence(lead: float) -> ConfidenceWord:
    """The word for a lead of so many points over the second option."""
    return next(word for word, least in BANDS if lead >= least)


def record(word: ConfidenceWord, option: OptionCode) -> Record:
    """What the published cases say of this band, or that none covers the option."""
    hits, cases = HITS[word]
    if option not in COVERED:
        text = "untested rule: in none of the published cases was this the answer"
        return Record(hits=hits, cases=cases, tested=False, text=text)
    text = f"advice this {_ADVERBS[word]} was acceptable in {hits} of {cases} published cases"
    return Record(hits=hits, cases=cases, tested=True, text=text)


_ADVERBS: dict[ConfidenceWord, str] = {"clear": "clear", "leaning": "inclined", "toss-up": "close"}
