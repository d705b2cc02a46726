"""Rows with every arm's answer side by side: losses first, then failed calls, then rows drawn by a fixed seed."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ftsdk.evals.value import Comparison, RowResult, Score
from ftsdk.providers.inference import Answer
from ftsdk.report.rows import SEED, JudgedRow, Selection, pair, select
from ftsdk.report.web.markup import name, text
from ftsdk.report.web.words import marked
from ftsdk.report.wording import count, counted, percent, points

LONGEST_JSON = 20_000
FIELDS_SHOWN = 40
Fields = dict[str, object]


def samples(comparison: Comparison) -> str:
    """The toolbar and the rows, in three groups; empty when there are no rows."""
    selection = select(comparison)
    if not selection.shown:
        return ""
    first, second = map(name, (pair(comparison).first, pair(comparison).second or ""))
    arms = _pair_first(comparison)
    metrics = list(dict.fromkeys(metric for summary in comparison.arms for metric in summary.metrics))
    groups = (
        (f"Where {first} did worse than {second}, worst first", selection.losses, selection.total_losses),
        ("Calls that brought no answer", selection.failures, len(selection.failures)),
        (f"Other rows, drawn at random (seed {SEED})", selection.samples, None),
    )
    drawn = "".join(_group(title, rows, total, arms, metrics) for title, rows, total in groups)
    return f"{_sampled(comparison, selection)}{TOOLBAR}{drawn}"


def _pair_first(comparison: Comparison) -> list[str]:
    """The arms, the two that rows are judged by first: what is compared stands side by side."""
    places = {arm: place for place, arm in enumerate(pair(comparison))}
    return sorted((summary.arm.name for summary in comparison.arms), key=lambda arm: places.get(arm, len(places)))


TOOLBAR = """<form id="filter" class="toolbar" hidden>
<fieldset><legend>Show</legend>
<label><input type="radio" name="kind" value="all" checked> all</label>
<label><input type="radio" name="kind" value="loss"> losses</label>
<label><input type="radio" name="kind" value="win"> wins</label>
<label><input type="radio" name="kind" value="error"> errors</label>
</fieldset>
<label class="search">Search <input type="search" name="words" autocomplete="off" placeholder="text of a row"></label>
<output aria-live="polite"></output>
<small>keys: j next row, k row before, / search</small>
</form>
"""


def _sampled(comparison: Comparison, selection: Selection) -> str:
    total = comparison.compared
    return (
        f"<p>{selection.shown} of {count(total)} evaluated rows are shown: {len(selection.losses)} of "
        f"{count(selection.total_losses)} losses, {counted(len(selection.failures), 'further row')} with failed calls, "
        f"and {len(selection.samples)} drawn at random from the rest. Long texts are cut with a note.</p>"
    )


def _group(
    title: str, rows: Sequence[JudgedRow], total: int | None, arms: Sequence[str], metrics: Sequence[str]
) -> str:
    if not rows and total != 0:
        return ""
    if not rows:
        return f"<h3>{title}</h3><p>None.</p>" if title.startswith("Where") else ""
    cards = "\n".join(_card(item, arms, metrics) for item in rows)
    return f'<div class="group"><h3>{title}</h3>\n{cards}</div>\n'


def _card(item: JudgedRow, arms: Sequence[str], metrics: Sequence[str]) -> str:
    word = {"loss": "worse", "win": "better", "tie": "equal"}[item.kind]
    gap = f" by {points(abs(item.margin)).lstrip('+')} points" if item.margin else ""
    group = f" · group {name(item.row.group)}" if item.row.group else ""
    expected = _fields(item.row.expected)
    body = _field_table(item.row, expected, arms, metrics) if expected else _text_table(item.row, arms, metrics)
    return (
        f'<article class="row {item.kind}" data-kind="{item.kind}" data-error="{str(item.failed).lower()}">'
        f"<h4>{name(item.row.id)} <small>{word}{gap}{group}</small></h4>"
        f'<pre class="prompt" dir="auto" aria-label="prompt">{text(item.row.prompt)}</pre>{body}</article>'
    )


def _field_table(row: RowResult, expected: Fields, arms: Sequence[str], metrics: Sequence[str]) -> str:
    """Fields by arms for JSON answers; an answer that is no JSON object stands as it came."""
    answers = {arm: _fields(row.answers[arm].text) if arm in row.answers else None for arm in arms}
    marks = {arm: _marks(row.scores.get(arm, {})) for arm in arms}
    names = list(expected)[:FIELDS_SHOWN]
    lines = []
    for index, field in enumerate(names):
        cells = [f'<td dir="auto">{_value(expected[field])}</td>']
        for arm in arms:
            got = answers[arm]
            if got is not None:
                cells.append(_field_cell(got, field, marks[arm].get(field)))
            elif index == 0:
                cells.append(f'<td class="raw" rowspan="{len(names)}">{_raw(row.answers.get(arm))}</td>')
        lines.append(f'<tr><th scope="row">{name(field)}</th>{"".join(cells)}</tr>')
    if len(expected) > FIELDS_SHOWN:
        lines.append(
            f'<tr><td colspan="{len(arms) + 2}">{len(expected) - FIELDS_SHOWN} more fields are not shown</td></tr>'
        )
    raw = "".join(f"<dt>{name(arm)}</dt><dd>{_raw(row.answers.get(arm))}</dd>" for arm in arms)
    whole = f"<details><summary>answers as they came</summary><dl>{raw}</dl></details>"
    return _answers(row, arms, lines, _score_lines(row, arms, metrics), "field") + whole


def _text_table(row: RowResult, arms: Sequence[str], metrics: Sequence[str]) -> str:
    """Expected text and answers side by side."""
    cells = "".join(f"<td>{_raw(row.answers.get(arm), row.expected)}</td>" for arm in arms)
    line = f'<tr><th scope="row">answer</th><td><pre dir="auto">{text(row.expected)}</pre></td>{cells}</tr>'
    return _answers(row, arms, [line], _score_lines(row, arms, metrics), "")


def _answers(row: RowResult, arms: Sequence[str], lines: Sequence[str], scores: str, corner: str) -> str:
    head = "".join(f'<th scope="col">{name(arm)}</th>' for arm in arms)
    first = f'<th scope="col">{corner}</th>' if corner else "<td></td>"
    return (
        f'<div class="wide" role="region" aria-label="answers to {name(row.id)}" tabindex="0"><table class="answers">'
        f'<thead><tr>{first}<th scope="col">expected</th>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody><tfoot>{scores}</tfoot></table></div>"
    )


def _score_lines(row: RowResult, arms: Sequence[str], metrics: Sequence[str]) -> str:
    lines = []
    for metric in metrics:
        cells = "".join(f"<td>{_score(row.scores.get(arm, {}).get(metric))}</td>" for arm in arms)
        lines.append(f'<tr><th scope="row">{name(metric)}</th><td></td>{cells}</tr>')
    return "".join(lines)


def _score(score: Score | None) -> str:
    if score is None:
        return "not scored"
    return f"{percent(score.value) if score.value <= 1 else count(score.value)}" + (
        f" <small>{name(score.detail)}</small>" if score.detail else ""
    )


def _field_cell(got: Fields, field: str, right: bool | None) -> str:
    said = _value(got[field]) if field in got else "<i>missing</i>"
    if right is None:
        return f'<td dir="auto">{said}</td>'
    sign, word, kind = ("✓", "right", "right") if right else ("✗", "wrong", "wrong")
    mark = f'<span aria-hidden="true">{sign}</span><span class="unseen">{word}: </span>'
    return f'<td class="{kind}" dir="auto">{mark} {said}</td>'


def _marks(scores: dict[str, Score]) -> dict[str, bool]:
    """Right or wrong by field, as the grader saw it; the first metric that has parts speaks."""
    return next(
        ({part: value >= 1 for part, value in score.parts.items()} for score in scores.values() if score.parts), {}
    )


def _value(value: object) -> str:
    return name(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _raw(answer: Answer | None, expected: str | None = None) -> str:
    if answer is None:
        return "<i>not asked</i>"
    if answer.error is not None:
        return f"<i>no answer: {text(answer.error, 400)}</i>"
    cut = "<br><i>cut off by the limit</i>" if answer.finish_reason == "length" else ""
    said = text(answer.text) if expected is None else marked(answer.text, expected)
    return f'<pre dir="auto">{said}</pre>{cut}' if answer.text else f"<i>empty answer</i>{cut}"


def _fields(answer: str) -> Fields | None:
    """The answer's fields when it is a JSON object of ordinary size."""
    if len(answer) > LONGEST_JSON:
        return None
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None
