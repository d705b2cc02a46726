"""Names across files: one name for one spec, a history that leads back to one spec only."""

from __future__ import annotations

from ftsdk.diagnostics import Diagnostic
from ftsdk.spec.read import read_document
from ftsdk.spec.together import Named, named, together


def spec(file: str, name: str, *previous: str) -> Named:
    text = f"kind: FineTune\nmetadata:\n  name: {name}\n  previous_names: [{', '.join(previous)}]\n"
    found = named(read_document(text.encode(), file)[0])
    assert found is not None
    return found


def only(*specs: Named) -> Diagnostic:
    (finding,) = together(specs)
    return finding


def test_different_names_and_histories_are_fine() -> None:
    assert together([spec("a.yaml", "a", "old-a"), spec("b.yaml", "b", "old-b")]) == ()


def test_the_same_name_in_two_files_names_both_places() -> None:
    finding = only(spec("a.yaml", "tickets"), spec("b.yaml", "tickets"))
    assert finding.code == "spec/same-name"
    assert str(finding.place) == "b.yaml:3:9"
    assert [str(place) for place in finding.related] == ["a.yaml:3:9"]


def test_a_previous_name_that_another_spec_has_is_told_where_it_is_written() -> None:
    finding = only(spec("a.yaml", "a", "x", "b"), spec("b.yaml", "b"))
    assert (finding.code, str(finding.place)) == ("spec/previous-name", "a.yaml:4:23")
    assert "still the name of b.yaml" in finding.message


def test_a_history_that_goes_round_is_told_at_every_step() -> None:
    findings = together([spec("a.yaml", "a", "b"), spec("b.yaml", "b", "c"), spec("c.yaml", "c", "a")])
    assert [(finding.code, finding.place and finding.place.file) for finding in findings] == [
        ("spec/previous-name", "a.yaml"), ("spec/previous-name", "b.yaml"), ("spec/previous-name", "c.yaml"),
    ]  # fmt: skip


def test_a_spec_was_never_called_what_it_is_called() -> None:
    assert "the spec's own name" in only(spec("a.yaml", "a", "a")).message


def test_one_history_does_not_go_on_in_two_specs() -> None:
    finding = only(spec("a.yaml", "a", "old"), spec("b.yaml", "b", "old"))
    assert (finding.code, finding.place and finding.place.file) == ("spec/previous-name", "b.yaml")


def test_a_document_without_a_name_has_no_part_in_it() -> None:
    for text in (
        b"kind: Decision\nmetadata: {name: a}\n",
        b"kind: FineTune\n",
        b"kind: FineTune\nmetadata: 3\n",
        b"[]",
    ):
        assert named(read_document(text, "x.yaml")[0]) is None
    assert named(None) is None
