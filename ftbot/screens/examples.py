"""Rows of a comparison side by side: what two arms answered, where the words differ, and which rows to look at."""

from __future__ import annotations

from collections.abc import Callable
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import ftsdk
from ftbot.screens.blocks import Block, Element, actions, button, context, line, modal, option, plain, rich, words

VIEW = "ft:examples:v1"
ROWS_A_PAGE = 3
WORDS_COMPARED = 120
PROMPT_MOST, ANSWER_MOST = 400, 600

Scores = tuple[float, float]

# Which rows are looked at: by what the first arm scored against the second.
FILTERS: dict[str, tuple[str, Callable[[Scores], bool]]] = {
    "worse": ("First arm worse", lambda scores: scores[0] < scores[1]),
    "better": ("First arm better", lambda scores: scores[0] > scores[1]),
    "same": ("Both the same", lambda scores: scores[0] == scores[1]),
    "all": ("All rows", lambda _scores: True),
}


class Place(NamedTuple):
    """Where somebody is among the examples: run, filter, page."""

    run: str
    chosen: str = "all"
    page: int = 0

    def written(self) -> str:
        """As a view carries it: a hint where to go on."""
        return f"r={self.run};f={self.chosen};p={self.page}"


def read_place(metadata: str) -> Place:
    """The place that a view carries."""
    parts = dict(part.split("=", 1) for part in metadata.split(";") if "=" in part)
    chosen, page = parts.get("f", "all"), parts.get("p", "0")
    number = int(page) if page.isdecimal() and len(page) < 6 else 0
    return Place(parts.get("r", "")[:40], chosen if chosen in FILTERS else "all", number)


def first_place(comparison: ftsdk.Comparison, run: str) -> Place:
    """Where to begin: at what became worse, if anything did."""
    return Place(run, "worse" if _chosen(comparison, "worse") else "all")


def examples_modal(comparison: ftsdk.Comparison, place: Place) -> dict[str, Any]:
    """One page of rows; private data and secrets in them are hidden."""
    first, second = pair(comparison)
    found = _chosen(comparison, place.chosen)
    pages = max(1, -(-len(found) // ROWS_A_PAGE))
    page = min(place.page, pages - 1)
    shown = found[page * ROWS_A_PAGE : (page + 1) * ROWS_A_PAGE]
    head = f"{first} against {second} on {comparison.primary_metric}: {ftsdk.report.counted(len(found), 'row')}"
    here = place._replace(page=page)
    blocks: list[Block] = [
        context(f"{head}, page {page + 1} of {pages}. Words that only one of them says are bold."),
        actions(_menu(place.chosen), *_turns(page, pages)),
        *(_row(row, first, second, comparison.primary_metric) for row in shown),
    ]
    if not shown:
        blocks.append(context("There are no such rows."))
    return modal(VIEW, "Examples", blocks, metadata=here.written())


def pair(comparison: ftsdk.Comparison) -> tuple[str, str]:
    """The two arms that the verdict is about."""
    if comparison.primary is not None:
        return comparison.primary.first, comparison.primary.second
    names = [summary.arm.name for summary in comparison.arms] or ["–"]
    return names[-1], names[0]


def _chosen(comparison: ftsdk.Comparison, name: str) -> list[Any]:
    first, second = pair(comparison)
    keep = FILTERS[name][1]
    return [row for row in comparison.rows if keep(_scores(row, first, second, comparison.primary_metric))]


def _scores(row: Any, first: str, second: str, metric: str) -> Scores:
    one, other = (row.scores.get(arm, {}).get(metric) for arm in (first, second))
    return (one.value if one else 0.0, other.value if other else 0.0)


def _menu(chosen: str) -> Element:
    options = [option(label, name) for name, (label, _keep) in FILTERS.items()]
    return {
        "type": "static_select",
        "action_id": "ft:examples:filter",
        "placeholder": plain("Which rows", 150),
        "options": options,
        "initial_option": next(one for one in options if one["value"] == chosen),
    }


def _turns(page: int, pages: int) -> list[Element]:
    back = [button("ft:examples:back", "Back", str(page - 1))] if page > 0 else []
    on = [button("ft:examples:next", "Next", str(page + 1))] if page + 1 < pages else []
    return back + on


def _row(row: Any, first: str, second: str, metric: str) -> Block:
    one, other = _answer(row, first), _answer(row, second)
    marked, unmarked = side_by_side(one, other)
    scores = _scores(row, first, second, metric)
    return rich(
        line(words(f"Row {row.id}", bold=True, most=80), words(f"  {_clean(row.prompt)}", most=PROMPT_MOST)),
        line(words("Expected  ", bold=True), words(_clean(row.expected), most=PROMPT_MOST)),
        line(words(f"{first} ({scores[0]:g})  ", code=True, most=60), *marked),
        line(words(f"{second} ({scores[1]:g})  ", code=True, most=60), *unmarked),
    )


def _answer(row: Any, arm: str) -> str:
    answer = row.answers.get(arm)
    return _clean(answer.text) if answer is not None and answer.text else "(no answer)"


def _clean(text: str) -> str:
    return ftsdk.report.line(ftsdk.data.redacted(text[: 4 * ANSWER_MOST]), ANSWER_MOST)


def side_by_side(one: str, other: str) -> tuple[list[Element], list[Element]]:
    """Two answers as rich text; the words that the other does not have, in order, are bold."""
    left, right = one.split()[:WORDS_COMPARED], other.split()[:WORDS_COMPARED]
    same = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    return _marked(left, [(at.a, at.a + at.size) for at in same]), _marked(
        right, [(at.b, at.b + at.size) for at in same]
    )


def _marked(said: list[str], same: list[tuple[int, int]]) -> list[Element]:
    parts: list[Element] = []
    at = 0
    for start, end in same:
        if at < start:
            parts.append(words(" ".join(said[at:start]) + " ", bold=True, most=ANSWER_MOST))
        if start < end:
            parts.append(words(" ".join(said[start:end]) + " ", most=ANSWER_MOST))
        at = end
    return parts or [words("–")]
