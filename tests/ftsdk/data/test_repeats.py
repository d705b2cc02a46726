"""Rows with a common key are found whether their hashes lie in memory or on disk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsdk.data import repeats
from ftsdk.data.repeats import KeyIndex, Repeat, squeezed


@pytest.mark.parametrize("room", [3, 250_000])
@given(keys=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1)), max_size=40))
def test_each_later_row_is_told_with_the_first_of_its_key(room: int, keys: list[tuple[int, int]]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(repeats, "IN_MEMORY", room)
        index = KeyIndex()
        spread = [key << 60 | key for key, _ in keys]
        for start in range(0, len(keys), 7):
            part = slice(start, start + 7)
            values = [value for _, value in keys[part]]
            index.add(spread[part], values, list(range(start + 1, start + 1 + len(values))))
        found = sorted(index.repeats())
        distinct = index.distinct()
        index.close()
    first: dict[int, int] = {}
    expected = []
    for line, (key, value) in enumerate(keys, 1):
        head = first.setdefault(key, line)
        if head != line:
            expected.append(Repeat(line, head, value == keys[head - 1][1]))
    assert found == expected
    assert distinct == len(first)


@pytest.mark.parametrize(("first", "second"), [("Straße  Ｎｏ 1", "STRASSE no\n1"), ("a\tb", "AB"), ("É", "e\u0301")])
def test_typing_makes_no_difference(first: str, second: str) -> None:
    assert squeezed(first) == squeezed(second)


def test_other_words_make_a_difference() -> None:
    assert squeezed("a b") != squeezed("a c")
