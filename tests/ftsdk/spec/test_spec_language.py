"""The language is what its committed example shows: every field explained, every field read or said to be unread."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ftsdk.spec import FineTune, Project, SpecFile, check, json_schema, load, load_project, unread
from ftsdk.spec.fields import SpecValue, as_timedelta
from ftsdk.spec.read import fit, read_document
from tests.ftsdk.spec.language import DOCUMENTS, EXAMPLE, KINDS, ROOT, all_parts, declared_by, fields_of, parts_in

LIBRARY = ROOT / "sdk" / "ftsdk"
GOLDEN = Path(__file__).parent / "golden" / "not_acted_on.txt"
THE_MODEL = {
    "connections.py", "decision.py", "evaluation.py", "fields.py", "local_connection.py", "method.py", "model.py",
    "openai_graders.py", "other_arms.py", "other_metrics.py", "people.py", "policy.py", "policy_rules.py",
    "training_data.py", "unread.py",
}  # fmt: skip
# Read in another way than as an attribute: constants, and what is handed on as a whole.
READ_OTHERWISE = {
    "FineTune.api_version", "Project.api_version", "Decision.api_version",
    "PluginConnection.api_key", "PluginConnection.options", "ResolvedSecret.resolver", "EnvSecret.env",
    "Defaults.match",
    "Method.learning_rate_multiplier", "Method.beta", "Method.reasoning_effort", "Method.compute_multiplier",
    "Method.eval_interval", "Method.eval_samples",  # by the key in providers.openai_jobs
    "Checks.conflicts", "Checks.control_tokens", "Checks.outliers", "Checks.truncation",  # by the key in data.codes
}  # fmt: skip


def listed() -> set[str]:
    return {name for table in (unread.FIELDS, unread.BLOCKING) for names in table.values() for name in names}


def attributes_read() -> set[str]:
    """Every attribute that code outside the model reads."""
    files = [file for file in LIBRARY.rglob("*.py") if file.parent.name != "spec" or file.name not in THE_MODEL]
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in files)
    return {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def reached() -> Iterator[str]:
    """Fields that somebody must read: those of the documents and of every part below a field that is not listed."""
    waiting, seen = list(KINDS.values()), set()
    while waiting:
        part = waiting.pop()
        if part in seen or part.__name__ in listed():
            continue
        seen.add(part)
        for name, _, field in fields_of(part):
            line = declared_by(part, name)
            inner = list(parts_in(field.annotation))
            if line not in listed():
                waiting += inner
                if not inner:
                    yield line


def test_every_field_is_described_and_every_chosen_default_says_where_it_is_from() -> None:
    for part in all_parts():
        assert part.__doc__, part
        for name, _, field in fields_of(part):
            assert field.description, f"{part.__name__}.{name} has no description"
            default = None if field.is_required() else field.get_default(call_default_factory=True)
            if default not in (None, (), {}) and not isinstance(default, (SpecValue, dict)):
                source = (field.json_schema_extra or {}).get("x-source")
                assert source, f"{part.__name__}.{name} does not say where its default is from"


def test_every_field_has_a_reader_or_is_listed_as_having_none() -> None:
    read = attributes_read()
    without = {line for line in reached() if line.split(".")[1] not in read} - READ_OTHERWISE
    assert not without, "read the field, or list it in ftsdk.spec.unread with the issue that brings its reader"


def test_the_list_of_unread_fields_only_shrinks() -> None:
    known = set(GOLDEN.read_text(encoding="utf-8").split())
    assert listed() <= known, "a new field needs its reader in the same change"
    assert known <= listed(), "take what is read now out of tests/ftsdk/spec/golden/not_acted_on.txt too"


def test_the_list_names_fields_and_parts_that_exist() -> None:
    parts = {part.__name__ for part in all_parts()}
    fields = {declared_by(part, name) for part in all_parts() for name in part.model_fields}
    assert listed() <= parts | fields


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(EXAMPLE)


@pytest.mark.parametrize("path", sorted(EXAMPLE.glob("specs/**/*.yaml")), ids=lambda path: path.stem)
def test_the_committed_example_holds(path: Path, project: Project) -> None:
    spec, findings = check(path, root=EXAMPLE, project=project)
    assert isinstance(spec, SpecFile)
    assert {finding.code for finding in findings} <= {"spec/not-acted-on"}


def test_the_examples_show_every_key_of_the_language() -> None:
    keys = {declared_by(part, name) for part in all_parts() for name in part.model_fields}
    for path in DOCUMENTS:
        document, _ = read_document(path.read_bytes(), path.name)
        assert document is not None
        for part, name in written(KINDS[document.get("kind")].model_validate(document.value)):
            keys.discard(declared_by(part, name))
    assert sorted(keys) == []


def written(value: Any) -> Iterator[tuple[type[SpecValue], str]]:
    """Every field that a document sets, by the part it is in."""
    if isinstance(value, SpecValue):
        for name in value.model_fields_set:
            yield type(value), name
            yield from written(getattr(value, name))
    elif isinstance(value, (dict, tuple)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from written(item)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_the_json_schema_takes_every_example(path: Path) -> None:
    document, _ = read_document(path.read_bytes(), path.name)
    assert document is not None
    validator = jsonschema_rs.Draft202012Validator(json_schema(document.get("kind")))
    assert not [error.message for error in validator.iter_errors(json.loads(json.dumps(document.value)))]


def test_using_a_field_that_nothing_reads_gives_a_warning_at_its_place(project: Project) -> None:
    _, findings = check(EXAMPLE / "specs/support/tone.yaml", root=EXAMPLE, project=project)
    finding = next(one for one in findings if "continue_from" in one.message)
    assert finding.severity == "warning"
    assert finding.place is not None and (finding.place.line, finding.place.column) == (9, 3)
    assert finding.help is not None and "cannot be planned" in finding.help


def test_what_may_not_be_left_out_stops_a_plan_at_its_place(project: Project) -> None:
    from ftsdk.errors import SpecError

    spec = load(EXAMPLE / "specs/support/tone.yaml", root=EXAMPLE, project=project)
    with pytest.raises(SpecError, match="cannot do yet") as caught:
        spec.require_acted_on()
    assert "spec.continue_from is not acted on yet" in [finding.message for finding in caught.value.findings]


def test_a_value_equal_to_the_default_is_no_use_of_an_unread_field() -> None:
    text = "apiVersion: ftsdk/v1\nkind: FineTune\nmetadata: {name: a}\nspec:\n  model: m\n  dataset: {train: x}\n"
    document, _ = read_document(f"{text}  timeout: 24h\n".encode(), "a.yaml")
    assert document is not None
    assert fit(document, FineTune)[1] == ()


def test_a_spec_survives_being_kept_as_json() -> None:
    document, _ = read_document((EXAMPLE / "specs/support/triage.yaml").read_bytes(), "triage.yaml")
    assert document is not None
    spec = FineTune.model_validate(document.value)
    again = FineTune.model_validate_json(json.dumps(spec.model_dump(mode="json", by_alias=True)))
    assert again == spec
    assert str(again.spec.budget.max_usd) == "75.0"


def test_durations_are_spans_of_time() -> None:
    assert [as_timedelta(text).total_seconds() for text in ("90m", "24h", "30d", "2w")] == [
        5400, 86_400, 2_592_000, 1_209_600,
    ]  # fmt: skip


@pytest.mark.parametrize("written_as", ["true", "'75'", "-1", "0.00001", "1e30", "75 USD"])
def test_money_is_a_number_with_at_most_four_decimals(written_as: str) -> None:
    text = "apiVersion: ftsdk/v1\nkind: FineTune\nmetadata: {name: a}\nspec:\n  model: m\n  dataset: {train: x}\n"
    document, _ = read_document(f"{text}  budget: {{max_usd: {written_as}}}\n".encode(), "a.yaml")
    assert document is not None
    spec, (finding,) = fit(document, FineTune)
    assert spec is None
    assert finding.message.startswith("spec.budget.max_usd must be an amount")
