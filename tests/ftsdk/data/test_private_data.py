"""Private data is found by kind and place, and what only looks like it is left alone."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from benchmarks._private_set import Labelled, open_half
from ftsdk.data.private import KINDS, find, redacted
from ftsdk.data.screen import screen


def test_the_open_half_of_the_labelled_set_is_told_apart() -> None:
    for row in open_half():
        assert [(item.kind, row.text[item.start : item.end]) for item in find(row.text)] == _wanted(row), row


def _wanted(row: Labelled) -> list[tuple[str, str]]:
    """The labels, with what a find may take along: a URL's port or path belongs to no label."""
    found = {item.kind: row.text[item.start : item.end] for item in find(row.text)}
    return [(kind, found[kind] if value in found.get(kind, "") else value) for kind, value in row.found]


@given(st.sampled_from([row for row in open_half() if row.found]), st.booleans(), st.sampled_from(["", "\n", '\t"']))
def test_the_look_at_a_raw_line_misses_nothing(row: Labelled, escaped: bool, before: str) -> None:
    line = json.dumps({"a": before + row.text}, ensure_ascii=escaped).encode()
    assert {item.kind for item in find(before + row.text)} <= {kind.name for kind in screen()([line])[0].kinds}


def test_an_escaped_sign_hides_nothing() -> None:
    assert screen()([b'{"a": "maria\\u0040web.de"}'])[0].kinds == KINDS


def test_what_is_redacted_keeps_the_rest() -> None:
    assert redacted("Write to maria@web.de, please.") == "Write to [email], please."
