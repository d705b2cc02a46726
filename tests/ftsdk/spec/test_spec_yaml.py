"""How specs are read: YAML 1.2 core, nothing that two readers read differently, places right to the character."""

from __future__ import annotations

import pytest
import yaml

from ftsdk.spec.compose import MAX_DEPTH, MAX_NODES
from ftsdk.spec.document import Document
from ftsdk.spec.read import read_document


def value_of(text: str) -> object:
    document, findings = read_document(text.encode(), "x.yaml")
    assert not findings
    assert document is not None
    return document.value


def only(text: str | bytes) -> tuple[str, int | None, int | None]:
    """Code, line and column of the one finding."""
    _, findings = read_document(text if isinstance(text, bytes) else text.encode(), "x.yaml")
    (finding,) = findings
    assert finding.place is not None
    assert finding.help
    return finding.code, finding.place.line, finding.place.column


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-5", 1e-5),
        ("no", "no"),
        ("on", "on"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("2026-11-22", "2026-11-22"),
        ("true", True),
        ("~", None),
        ("-17", -17),
        ("0o17", 15),
        ("0x1F", 31),
        (".5", 0.5),
        ("'1'", "1"),
        ('"true"', "true"),
        ("=", "="),
        ("[a, 1]", ("a", 1)),
        ("{a: {b: []}}", {"a": {"b": ()}}),
        ("|\n  two\n  lines\n", "two\nlines\n"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    assert value_of(f"key: {text}") == {"key": value}


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "yaml/duplicate-key", 3, 1),
        ("a: {b: 1, b: 2}\n", "yaml/duplicate-key", 1, 11),
        ("a: &x 1\n", "yaml/anchor", 1, 4),
        ("a: *x\n", "yaml/alias", 1, 4),
        ("<<: {a: 1}\n", "yaml/merge-key", 1, 1),
        ("a: !!python/object:os.system x\n", "yaml/tag", 1, 4),
        ("a: ! x\n", "yaml/tag", 1, 4),
        ("%YAML 1.2\n---\na: 1\n", "yaml/directive", 1, 1),
        ("a: 1\n---\nb: 2\n", "yaml/second-document", 2, 1),
        ("1: a\n", "yaml/key-not-text", 1, 1),
        ("true: a\n", "yaml/key-not-text", 1, 1),
        ("? [a]\n: b\n", "yaml/key-not-text", 1, 3),
        ("a: {{ x }}\n", "yaml/key-not-text", 1, 5),
        ("a: 0777\n", "yaml/leading-zero", 1, 4),
        ("a: .nan\n", "yaml/not-finite", 1, 4),
        ("a: -.inf\n", "yaml/not-finite", 1, 4),
        ("a: 1e999\n", "yaml/not-finite", 1, 4),
        ("a: " + "9" * 41 + "\n", "yaml/long-integer", 1, 4),
        ("a: " + "9" * 5000 + "\n", "yaml/long-integer", 1, 4),
        ("a: x\u202ey\n", "yaml/hidden-character", 1, 5),
        ("a: x\u200by\n", "yaml/hidden-character", 1, 5),
        ("a: x\u2028y\n", "yaml/hidden-character", 1, 5),
        ("a: \x07\n", "yaml/hidden-character", 1, 4),
        ("a: 1\rb: 2\n", "yaml/hidden-character", 1, 5),
        ('a: "x\\u202ey"\n', "yaml/hidden-character", 1, 4),
        ('a: "x\\0y"\n', "yaml/hidden-character", 1, 4),
        (b"a: \xff\n", "yaml/encoding", 1, 4),
        ("", "yaml/empty", 1, 1),
        ("# only a comment\n", "yaml/empty", 1, 1),
        ("a: 'x\n", "yaml/syntax", 1, 4),
        ("a:\n\t- b\n", "yaml/syntax", 2, 1),
        ("a: b: c\n", "yaml/syntax", 1, 5),
    ],
)
def test_what_readers_disagree_on_is_refused_at_its_place(text: str | bytes, code: str, line: int, column: int) -> None:
    assert only(text) == (code, line, column)


def test_a_repeated_key_names_both_places_and_its_contents_are_not_repeated_findings() -> None:
    _, (finding,) = read_document(b"a: {x: 1, y: 2}\nb: 1\na: {x: 3, y: 4}\n", "x.yaml")
    assert [(place.line, place.column) for place in finding.related] == [(1, 1)]


def test_every_finding_is_told_at_once() -> None:
    _, findings = read_document(b"a: 0777\nb: &x 1\nb: .nan\n", "x.yaml")
    assert [finding.code for finding in findings] == [
        "yaml/leading-zero", "yaml/anchor", "yaml/duplicate-key", "yaml/not-finite",
    ]  # fmt: skip


def test_depth_and_number_of_values_are_bounded() -> None:
    assert only("[" * (MAX_DEPTH + 1))[0] == "yaml/too-deep"
    assert only("[" + "1," * MAX_NODES + "]")[0] == "yaml/too-many-nodes"
    assert only("a: " + "x" * 1_000_001)[0] == "yaml/too-large"
    assert value_of("[" * MAX_DEPTH + "]" * MAX_DEPTH) is not None


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_columns_count_characters_whatever_the_line_ends_and_the_byte_order_mark(bom: str, newline: str) -> None:
    text = bom + newline.join(["a: 1", "'😀é': {b: '😀', cc: 3}", "d:", "  - e", ""])
    document = read_document(text.encode(), "x.yaml")[0]
    assert isinstance(document, Document)
    assert document.value == {"a": 1, "😀é": {"b": "😀", "cc": 3}, "d": ("e",)}
    key, value = document.keys["😀é", "cc"], document.values["😀é", "cc"]
    assert (key.line, key.column, key.end_column) == (2, 16, 18)
    assert (value.line, value.column, value.end_column) == (2, 20, 21)
    assert (document.values["d", 0].line, document.values["d", 0].column) == (4, 5)


def test_utf_16_is_named() -> None:
    _, (finding,) = read_document("a: 1".encode("utf-16"), "x.yaml")
    assert "UTF-16" in finding.message


@pytest.mark.parametrize(
    ("text", "column"),
    [("a:\t0777\n", 4), ("{a:\t1, b:\t0777}\n", 11), ("a: 1\t# one\n'\tb': 0777\n", 7), ("'😀': 0777\n", 6)],
)
def test_a_tab_and_an_emoji_are_one_column_each(text: str, column: int) -> None:
    code, line, found = only(text)
    assert (code, line, found) == ("yaml/leading-zero", text.count("\n"), column)


@pytest.mark.parametrize(
    ("text", "place"),
    [("a:\n\tb: 1\n", (2, 1)), ("a:\n  b: 1\n  \tc: 2\n", (3, 3)), ("a:\n-\tb: 1\n", (2, 2)), ("\ta: 1\n", (1, 1))],
)
def test_a_tab_that_indents_is_told_as_a_tab(text: str, place: tuple[int, int]) -> None:
    _, (finding,) = read_document(text.encode(), "x.yaml")
    assert finding.place and (finding.place.line, finding.place.column) == place
    assert (finding.code, finding.message) == ("yaml/syntax", "a tab, where only spaces may indent")
    assert finding.help == "put spaces in its place"


def test_a_key_given_often_names_its_first_place_each_time_and_stays_quick() -> None:
    text = "".join(f"k{number}: 1\n" for number in range(12_000)) + "".join(
        f"k{number}: 2\n" for number in range(12_000)
    )
    _, findings = read_document(text.encode(), "x.yaml")
    assert len(findings) == 12_000
    assert [findings[-1].place and findings[-1].place.line, findings[-1].related[0].line] == [24_000, 12_000]


@pytest.fixture
def without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML as it is where it was built without its C parser."""
    monkeypatch.setattr("ftsdk.spec.compose._LOADER", yaml.SafeLoader)


@pytest.mark.usefixtures("without_libyaml")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: 1\na: 3\n", "yaml/duplicate-key"),
        ("a: *x\n", "yaml/alias"),
        ("a: !!python/object:os.system x\n", "yaml/tag"),
        ("a: 1\n---\nb: 2\n", "yaml/second-document"),
        ("a: {{ x }}\n", "yaml/key-not-text"),
        ("a: 0777\n", "yaml/leading-zero"),
        ("a: [1,\n", "yaml/syntax"),
        ("[" * 100_000, "yaml/too-deep"),
        ("%YAML 1.1\n---\na: 1\n", "yaml/directive"),
    ],
)
def test_without_the_c_parser_the_same_is_refused(text: str, code: str) -> None:
    assert only(text)[0] == code


@pytest.mark.usefixtures("without_libyaml")
def test_without_the_c_parser_places_are_the_same() -> None:
    document, _ = read_document("a: 1\n'😀é': {b: '😀', cc: 3}\n".encode(), "x.yaml")
    assert document is not None
    assert document.values["😀é", "cc"][:2] == (2, 20)
