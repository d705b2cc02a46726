"""Rows that are already in memory, checked as a file's are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ftsdk.data.chunk import Reader, private_findings
from ftsdk.data.facts import ChunkFacts, Settings
from ftsdk.data.forms import form_of
from ftsdk.data.found import Finding, Findings
from ftsdk.data.near import Likeness
from ftsdk.data.people import People
from ftsdk.data.rows import make_row, mapping_faults, refused, row_json
from ftsdk.data.tally import Tally
from ftsdk.data.value import AnyRow, Dataset, GradedRow, PreferenceRow, Row

if TYPE_CHECKING:
    from ftsdk.spec.training_data import Checks


def check_in_memory(
    rows: Dataset | Iterable[AnyRow | Mapping[str, Any]],
    settings: Settings,
    name: str | None,
    checks: Checks | None,
    *,
    told: bool,
) -> Tally:
    """The tally of ``rows``; mappings are numbered from 1."""
    shown = name or (rows.path if isinstance(rows, Dataset) else "rows")
    items = list(rows.rows if isinstance(rows, Dataset) else rows)
    if not told and items:
        settings = settings._replace(method=_method(items[0]))
    findings = Findings(shown, checks)
    tally, reader, facts = Tally(findings, settings), Reader(settings), ChunkFacts()
    good: list[AnyRow] = []
    for number, item in enumerate(items, 1):
        row = _take(item, number, settings, facts, reader.people)
        if row is not None:
            reader.take(row, len(json.dumps(row_json(row))), len(good), facts)
            good.append(row)
    reader.close(facts)
    tally.add(facts)
    tally.finish(Likeness(lambda places: reader.near_ids([good[place] for place in places])))
    return tally


def _method(first: Any) -> Any:
    if isinstance(first, (Row, PreferenceRow, GradedRow)):
        return {Row: "sft", PreferenceRow: "dpo", GradedRow: "rft"}[type(first)]
    form = form_of(first.keys()) if isinstance(first, Mapping) else None
    return "dpo" if form == "dpo" else "sft"


def _take(item: Any, number: int, settings: Settings, facts: ChunkFacts, people: People | None) -> AnyRow | None:
    made = isinstance(item, (Row, PreferenceRow, GradedRow))
    value, line = (row_json(item), item.line) if made else (item, number)
    faults = mapping_faults(value, settings.method)
    facts.findings += [Finding(fault.code, line, fault.message, fault.help) for fault in faults]
    if refused(faults):
        facts.refused += 1
        return None
    if settings.private:
        facts.findings += private_findings(value, line, people=people)
    return item if made else make_row(value, line, settings.method)
