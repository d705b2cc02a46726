"""The primary contrast on parts of the rows, so that a win that hides a loss is seen."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from ftsdk import stats
from ftsdk.data.value import Row
from ftsdk.evals.estimates import CONFIDENCE, difference_estimate, difference_test
from ftsdk.evals.graded import Graded
from ftsdk.evals.graders import unit_of
from ftsdk.evals.value import Contrast, Segment, Verdict
from ftsdk.evals.verdict import judge

FEWEST_ROWS = 5
MOST_VALUES = 50
MANY = 10
"""More segments than this are labelled exploratory and corrected for false discoveries, not for any false positive."""

# Scripts by which a language is told apart without guessing among those that share letters.
SCRIPTS = (
    ("Japanese", r"[\u3040-\u30ff]"), ("Korean", r"[\uac00-\ud7af]"), ("Chinese", r"[\u4e00-\u9fff]"),
    ("Cyrillic", r"[\u0400-\u04ff]"), ("Arabic", r"[\u0600-\u06ff]"), ("Greek", r"[\u0370-\u03ff]"),
    ("Hebrew", r"[\u0590-\u05ff]"), ("Devanagari", r"[\u0900-\u097f]"), ("Thai", r"[\u0e00-\u0e7f]"),
)  # fmt: skip


def segments(graded: Graded, primary: Contrast, margin: float, fields: Sequence[str]) -> tuple[Segment, ...]:
    """The primary contrast by each field's values (``label``, ``length``, ``language``, ``group`` or of the metadata).

    Worst first. p-values carry Holm's correction up to 10 segments, Benjamini and Hochberg's above; a verdict of
    "better" or "worse" falls with it.
    """
    found = [
        (name, value, places)
        for name in fields
        for value, places in _parts(graded.rows, name).items()
        if len(places) >= FEWEST_ROWS
    ]
    plain = [_segment(graded, primary, margin, *part) for part in found]
    many = len(plain) > MANY
    adjust = stats.false_discovery if many else stats.holm
    adjusted = adjust([segment.p_value for segment in plain])
    corrected = [_corrected(segment, p, many) for segment, p in zip(plain, adjusted, strict=True)]
    sign = 1 if unit_of(graded.graders[0]) == "share" else -1
    return tuple(sorted(corrected, key=lambda segment: sign * segment.difference.value))


def _parts(rows: Sequence[Row], name: str) -> Mapping[str, list[int]]:
    read = _READERS.get(name)
    values = read(rows) if read else [row.metadata.get(name) for row in rows]
    parts: dict[str, list[int]] = {}
    for place, value in enumerate(values):
        if value is not None:
            parts.setdefault(value, []).append(place)
            if len(parts) > MOST_VALUES:
                return {}
    return parts


def _labels(rows: Sequence[Row]) -> list[str | None]:
    return [row.metadata.get("label") or (row.answer.strip() if len(row.answer) <= 60 else None) for row in rows]


def _lengths(rows: Sequence[Row]) -> list[str | None]:
    sizes = [sum(len(message.content) for message in row.prompt) for row in rows]
    ordered = sorted(sizes)
    low, high = ordered[len(ordered) // 3], ordered[2 * len(ordered) // 3]
    return ["short" if size < low else "long" if size >= high else "middle" for size in sizes]


def _languages(rows: Sequence[Row]) -> list[str | None]:
    return [row.metadata.get("language") or _script(row.prompt[-1].content if row.prompt else "") for row in rows]


def _script(text: str) -> str:
    piece = text[:2000]
    return next((name for name, letters in SCRIPTS if re.search(letters, piece)), "Latin")


def _groups(rows: Sequence[Row]) -> list[str | None]:
    return [row.group for row in rows]


_READERS: dict[str, Callable[[Sequence[Row]], list[str | None]]] = {
    "label": _labels, "length": _lengths, "language": _languages, "group": _groups,
}  # fmt: skip


def _segment(graded: Graded, primary: Contrast, margin: float, name: str, value: str, places: Sequence[int]) -> Segment:
    grader = graded.graders[0]
    unit, binary = unit_of(grader), graded.binary(grader)
    first, second = (
        [values[place] for place in places]
        for values in (graded.values(arm, grader.name) for arm in (primary.first, primary.second))
    )
    names = graded.clusters()
    clusters = None if names is None else [names[place] for place in places]
    if clusters is not None and not 2 <= len(set(clusters)) < len(clusters):
        clusters = None
    difference = difference_estimate(first, second, clusters, binary=binary, unit=unit)
    p_value, _test = difference_test(first, second, clusters, binary=binary)
    verdict = judge(difference, margin if unit == "share" else 0.0)
    return Segment(
        field=name, value=value, rows=len(places), difference=difference, p_value=p_value, verdict=verdict,
        exploratory=False,
    )  # fmt: skip


def _corrected(segment: Segment, p_value: float, many: bool) -> Segment:
    verdict: Verdict = segment.verdict
    if p_value > 1 - CONFIDENCE and verdict in ("better", "worse"):
        verdict = "not worse" if verdict == "better" else "cannot tell"
    return segment.model_copy(update={"p_value": p_value, "verdict": verdict, "exploratory": many})
