"""What a writer is told: plain words, the right place, what was probably meant, all of it in one go."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from ftsdk.diagnostics import Diagnostic
from ftsdk.spec import FineTune, Project, SpecFile
from ftsdk.spec.model import SpecValue
from ftsdk.spec.read import fit, read_document

Check = Callable[[str | bytes], tuple[SpecFile | None, tuple[Diagnostic, ...]]]


def only(good: str, checked: Check, old: str, new: str) -> Diagnostic:
    """The one finding after one change to the good spec."""
    assert old in good
    spec, findings = checked(good.replace(old, new))
    assert spec is None
    (finding,) = findings
    return finding


def written_at(finding: Diagnostic, text: str) -> str:
    """What stands in ``text`` where a finding points to."""
    place = finding.place
    assert place is not None and place.line and place.column and place.end_column
    return text.splitlines()[place.line - 1][place.column - 1 : place.end_column - 1]


def test_a_spec_that_holds_has_no_finding(good: str, checked: Check) -> None:
    spec, findings = checked(good)
    assert isinstance(spec, SpecFile)
    assert findings == ()


@pytest.mark.parametrize(
    ("old", "new", "at", "meant"),
    [
        ("epochs: 2", "epocs: 2", "epocs", "epochs"),
        ("learning_rate", "learningRate", "learningRate", "learning_rate"),
        ("{file:", "{fiel:", "fiel", "file"),
        ("few_shot: 2", "fewshot: 2", "fewshot", "few_shot"),
        ("type: json_fields", "type: json_field", "json_field", "json_fields"),
        ("versus: best_prompted", "versus: best_promted", "best_promted", "best_prompted"),
        ("arms: [base,", "arms: [bse,", "bse", "base"),
        ("kind: FineTune", "kind: Finetune", "Finetune", "FineTune"),
        ("model: smollm2-135m-instruct", "model: smollm2-135m", "smollm2-135m", "smollm2-135m-instruct"),
        ("{metric: valid,", "{metric: vald,", "vald", "valid"),
        ("prompts/short.md", "prompts/shorts.md", "prompts/shorts.md", "prompts/short.md"),
        ("data/train.jsonl", "data/trian.jsonl", "data/trian.jsonl", "data/train.jsonl"),
        ("data/train.jsonl", "data/train.json", "data/train.json", "data/train.jsonl"),
        ("data/train.jsonl", "data/train_v2.jsonl", "data/train_v2.jsonl", "data/train.jsonl"),
    ],
)
def test_a_slip_is_shown_where_it_stands_with_what_was_meant(
    good: str, checked: Check, old: str, new: str, at: str, meant: str
) -> None:
    finding = only(good, checked, old, new)
    assert written_at(finding, good.replace(old, new)) == at
    assert finding.help == f"did you mean '{meant}'?"


@pytest.mark.parametrize(
    ("old", "new", "words", "help"),
    [
        ("epochs: 2", "epochs: two", "epochs must be a whole number (at least 1, at most 50) or 'auto'", "write auto"),
        ("epochs: 2", "epochs: 2.0", "not 2.0", "write 2"),
        ("epochs: 2", "epochs: '2'", "not the text '2'", "'2' is text; write 2"),
        ("epochs: 2", "epochs:", "and is empty", "give it a value, or leave the key out"),
        ("epochs: 2", "epochs: 0", "at least 1", None),
        ("1e-3", "1.5", "spec.method.learning_rate must be a number (more than 0, at most 1) or 'auto', not 1.5", None),
        ("1e-3", "true", "not true", None),
        ("{name: tickets}", "{name: My Tickets}", "a name of lower-case letters", "for example 'my-tickets'"),
        ("{train: data/train.jsonl}", "[]", "dataset must be a mapping with 'train',", "for example {train: ...}"),
        ("{alias: production}", "production", "promote must be a mapping with 'alias'", "for example {alias: ...}"),
        ("dataset: data/test.jsonl", "dataset: data/test.jsonl\n    suites: a", "must be a list", "'- ' before each"),
        ("{name: fields, type: json_fields}", "{name: fields}", "'type' is missing", "exact, json_schema,"),
        ("{few_shot: 2}", "{few_shot: 65}", "not 65", "the largest is 64"),
        ("{train: data/train.jsonl}", "{train: data/train.jsonl}\n  timeout: 3 days", "not the text", "write 3d"),
        ("{train: data/train.jsonl}", "{train: data/train.jsonl}\n  timeout: soon", "as 90m", "a whole number and"),
        ("{train: data/train.jsonl}", "{train: data/train.jsonl}\n  timeout: 24", "not 24", "say of what: 24m, 24h"),
        ("data/train.jsonl", "dta/old/train.jsonl", "there is no file", "there is no directory 'dta' either"),
        ("{few_shot: 2}", "{few_shot: many}", "arms[2].few_shot must be a whole number (at least 1, at most 64)", None),
        ("{train: data/train.jsonl}", "{}", "'train' is missing in spec.dataset", "add 'train:' (Chat JSONL"),
        ("{alias: production}", "{alias: production, when: never}", "'gates_pass' or 'manual'", None),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_in_plain_words(
    good: str, checked: Check, old: str, new: str, words: str, help: str | None
) -> None:
    finding = only(good, checked, old, new)
    assert words in finding.message
    assert help is None or help in (finding.help or "")


@pytest.mark.parametrize("other", ["data/golden.jsonl", "data/rows.jsonl", "data/best.jsonl.gz"])
def test_a_file_that_is_only_alike_in_its_suffix_is_not_suggested(good: str, checked: Check, other: str) -> None:
    finding = only(good, checked, "data/train.jsonl", other)
    assert finding.help == "paths are relative to the spec"


def test_a_slip_of_a_key_that_is_given_too_is_told_as_that(good: str, checked: Check) -> None:
    _, (finding,) = checked(f"{good}  gatez: []\n")
    assert finding.message == "unknown key 'gatez' in spec"
    assert finding.help == "did you mean 'gates'? it is given already: keep one of them"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("method:\n", "method:\n    type: lora\n"),
        ("{train: data/train.jsonl}", "{train: data/train.jsonl, splits: {test: 20}}"),
        ("model: smollm2-135m-instruct", "connection: opnai\n  model: gpt-4.1"),
        ("gates:\n    - {metric: fields, versus: best_prompted, margin: 0.0}\n    - {metric: valid, min: 0.95}",
         "gates: {metric: valid, min: 0.95}"),
        ("  evaluation:\n", "  evalution:\n"),
        ("  gates:\n", "  gate:\n"),
    ],
)  # fmt: skip
def test_one_mistake_is_told_once(good: str, checked: Check, old: str, new: str) -> None:
    assert old in good
    assert len(checked(good.replace(old, new))[1]) == 1


def test_a_number_that_is_none_hides_no_other_finding(good: str, checked: Check) -> None:
    slips = "dataset: data/test.jsonl\n    max_rows: 077732\n    max_tT9ens: 48"
    findings = checked(good.replace("dataset: data/test.jsonl", slips))[1]
    assert {finding.code for finding in findings} == {"yaml/leading-zero", "spec/unknown-key"}


def test_a_missing_key_is_shown_at_its_parent(good: str, checked: Check) -> None:
    finding = only(good, checked, "dataset: {train: data/train.jsonl}", "dataset: {max_rows: 3}")
    assert written_at(finding, good) == "dataset"


def test_no_where_a_truth_value_belongs_is_explained() -> None:
    class Switch(SpecValue):
        on: bool

    document, _ = read_document(b"on: no\n", "x.yaml")
    assert document is not None
    _, (finding,) = fit(document, Switch)
    assert finding.message == "on must be true or false, not the text 'no'"
    assert finding.help == "'no' is text in YAML 1.2; write false"


def test_everything_is_told_in_one_go_in_the_order_of_the_file(good: str, checked: Check) -> None:
    text = (
        good.replace("epochs: 2", "epocs: 2").replace("1e-3", "fast").replace("{few_shot: 2}", "{few_shot: 0}")
        .replace("metric: valid", "metric: vaild").replace("data/test.jsonl", "data/none.jsonl") + "extra: 0777\n"
    )  # fmt: skip
    spec, findings = checked(text)
    assert spec is None
    assert [finding.code for finding in findings] == [
        "spec/unknown-key", "spec/wrong-value", "spec/no-file", "spec/wrong-value", "spec/unknown-metric",
        "spec/unknown-key", "yaml/leading-zero",
    ]  # fmt: skip


def test_the_validators_own_phrasing_never_reaches_a_user(good: str, checked: Check) -> None:
    for junk in ("7", "[]", "{}", "x", "null", "true", "1.5", "{a: 1}", "[[1]]", "-1"):
        for line in good.splitlines():
            match = re.match(r"( *(?:- )?[\w]+:)", line)
            if match is None:
                continue
            _, findings = checked(good.replace(line, f"{match.group(1)} {junk}"))
            for finding in findings:
                assert not re.search(
                    r"Input should|pydantic|valid (string|dict|tuple)|FineTune\w|Spec\b", finding.message
                )
                assert "does not fit" not in finding.message
                assert finding.place is not None and finding.place.line is not None


PROJECT = "apiVersion: ftsdk/v1\nkind: Project\nspec:\n  connections:\n    x: {type: openai, api_key: %s}\n"


@pytest.mark.parametrize(
    "written", ["sk-canary-1", "{env: sk-canary-1}", "[sk-canary-1]", "{env: [sk-canary-1]}", "{value: sk-canary-1}"]
)
def test_a_secret_that_was_written_is_never_repeated(written: str) -> None:
    document, findings = read_document((PROJECT % written).encode(), "ftsdk.yaml")
    assert document is not None
    project, misfits = fit(document, Project)
    assert project is None
    assert misfits
    assert "canary" not in " ".join(str(finding) for finding in (*findings, *misfits))


def test_a_secret_that_was_written_is_told_what_to_write_instead() -> None:
    document, _ = read_document((PROJECT % "sk-canary-1").encode(), "ftsdk.yaml")
    assert document is not None
    _, (finding,) = fit(document, Project)
    assert finding.code == "spec/written-secret"
    assert "{env: NAME}" in finding.message


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (
            FineTune,
            "timeout: 1 day",
            "spec.timeout must be a duration such as 90m, 24h, 30d or 2w, not the text '1 day'",
        ),
        (FineTune, "notify: {slack: ml}", "spec.notify.slack must be a channel such as '#ml-support'"),
        (FineTune, "continue_from: prod", "spec.continue_from must be alias:NAME, run:ID or model:ID"),
        (Project, "teams: {a: {paths: [x], owners: [ada]}}", "owners[0] must be group:NAME or person:NAME"),
        (
            Project,
            "connections: {My X: {type: local}}",
            "a key of spec.connections must be a name of lower-case letters",
        ),
        (Project, "connections: {x: {type: ray, address: 'http://u:p@h'}}", "address without a user in it"),
        (Project, "people: {ada: {slack: ada}}", "must be a Slack user id such as U01ABCDEF"),
    ],
)
def test_what_has_a_form_of_its_own_is_said_in_its_own_words(kind: type[SpecValue], text: str, words: str) -> None:
    document, _ = read_document(f"spec:\n  {text}\n".encode(), "x.yaml")
    assert document is not None
    _, findings = fit(document, kind)
    assert words in " ".join(finding.message for finding in findings)
