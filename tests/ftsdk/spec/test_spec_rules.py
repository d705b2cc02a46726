"""Rules across fields hold even where types do not, and files stay inside the workspace."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import SpecError
from ftsdk.spec import SpecFile, arm_names, check, load
from ftsdk.spec.model import FewShotArm, PromptedArm

Check = Callable[[str | bytes], tuple[SpecFile | None, tuple[Diagnostic, ...]]]
GATES = "  gates:\n    - {metric: fields, versus: best_prompted, margin: 0.0}\n    - {metric: valid, min: 0.95}\n"


def codes(good: str, checked: Check, old: str, new: str) -> list[str]:
    assert old in good
    return [finding.code for finding in checked(good.replace(old, new))[1]]


ARMS = "arms: [base, {prompted: prompts/long.md}, {few_shot: 2}, tuned]"
TRAIN = "dataset: {train: data/train.jsonl}"
JUDGE = "{name: fields, type: json_fields}"
RULES = pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("metric: valid, min: 0.95", "metric: valid", "spec/gate-form"),
        ("metric: valid, min: 0.95", "metric: valid, min: 0.95, min_delta: 0.1", "spec/gate-form"),
        ("metric: valid, min: 0.95", "metric: valid, min: 0.95, margin: 0.1", "spec/gate-form"),
        ("versus: best_prompted, margin: 0.0", "versus: best_prompted", "spec/gate-form"),
        ("metric: valid, min", "metric: nothing, min", "spec/unknown-metric"),
        ("{name: valid,", "{name: fields,", "spec/repeated-name"),
        (GATES, "", "spec/promote-without-gates"),
        (
            "arms: [base, {prompted: prompts/long.md}, {few_shot: 2}, tuned]",
            "arms: [base, tuned]",
            "spec/gate-without-arm",
        ),
        ("{few_shot: 2}, tuned]", "{few_shot: 2}]", "spec/gates-without-tuned"),
        ("arms: [base, ", "arms: [base, base, ", "spec/repeated-arm"),
        ("  model:", "  connection: cloud\n  model:", "spec/unknown-connection"),
        ("model: smollm2-135m-instruct", "model: gpt-9", "spec/unknown-model"),
        ("epochs: 2", "adapter: {layers: 31}", "spec/hyperparameter"),
        ("epochs: 2", "type: dpo", "spec/hyperparameter"),
        ("epochs: 2", "weight_decay: 0.1", "spec/hyperparameter"),
        ("epochs: 2", "beta: 0.1", "spec/wrong-method"),
        ("epochs: 2", "adapter: {type: none, rank: 4}", "spec/wrong-method"),
        ("epochs: 2", "type: rft", "spec/rft-without-grader"),
        ("epochs: 2", "learning_rate_multiplier: 2.0", "spec/two-rates"),
        ("epochs: 2", "early_stopping: {patience: 2}", "spec/early-stopping"),
        (TRAIN, "dataset: {train: data/train.jsonl, format: preference}", "spec/wrong-format"),
        (TRAIN, "dataset: {train: data/train.jsonl, splits: {group_by: [customer]}}", "spec/splits"),
        (TRAIN, "dataset: {train: data/train.jsonl, splits: {validation: 0.5, test: 0.5}}", "spec/splits"),
        (TRAIN, "dataset: {train: data/train.jsonl, validation: x.jsonl, splits: {validation: 0.5}}", "spec/splits"),
        (TRAIN, "dataset: {train: data/train.jsonl, splits: {test: 0.1, time_by: at, stratify_by: x}}", "spec/splits"),
        ("dataset: data/test.jsonl", "dataset: splits.test", "spec/no-test-split"),
        ("dataset: data/test.jsonl", "dataset: s3://a/b.jsonl", "spec/address-without-hash"),
        (ARMS, "arms: [base, tuned, {model: m, connection: cloud}]", "spec/unknown-connection"),
        (ARMS, "arms: [base, tuned, {retrieval: {}}]", "spec/retrieval-form"),
        (ARMS, "arms: [base, tuned, {retrieval: {command: [x], url: 'http://x'}}]", "spec/retrieval-form"),
        (ARMS, "arms: [base, {tuned: {response_format: {}}}]", "spec/format-without-schema"),
        (ARMS, "arms: [base, {recorded: data/none.jsonl}, tuned]", "spec/no-file"),
        (ARMS, "arms: [base, {tuned: {response_format: {schema: none.json}}}]", "spec/no-file"),
        (JUDGE, "{name: fields, type: judge, judge: {connection: cloud, model: m, rubric: prompts/long.md}}",
         "spec/judge-without-connection"),
        (JUDGE, "{name: fields, type: judge, judge: [{connection: cloud, model: m, rubric: prompts/long.md}]}",
         "spec/judge-without-connection"),
        (JUDGE, "{name: fields, type: judge, judge: {connection: local, model: m, rubric: prompts/none.md}}",
         "spec/no-file"),
        (JUDGE, "{name: fields, type: openai_grader, grader: {type: label_model, name: a, model: m, "
         "input: [{role: user, content: x}], labels: [good], passing_labels: [goood]}}", "spec/unknown-label"),
        ("{alias: production}", "{alias: production, approvals: {from: ['group:nobody']}}", "spec/unknown-approver"),
        ("{name: tickets}", "{name: tickets, team: nobody}", "spec/unknown-team"),
    ],
)  # fmt: skip


@RULES
def test_each_rule_across_fields_has_its_finding(good: str, checked: Check, old: str, new: str, code: str) -> None:
    assert code in codes(good, checked, old, new)


@RULES
def test_no_error_of_type_hides_a_rule_across_fields(good: str, checked: Check, old: str, new: str, code: str) -> None:
    spoilt = good.replace("  promote:", "  timeout: soon\n  lifecycle: [1]\n  promote:")
    found = codes(spoilt, checked, old, new)
    assert code in found
    assert found.count("spec/wrong-value") >= 2


def test_a_project_is_no_spec_to_train(good: str, checked: Check) -> None:
    assert "spec/wrong-kind" in codes(good, checked, "kind: FineTune", "kind: Project")


def test_gates_need_an_evaluation(good: str, checked: Check) -> None:
    start, end = good.index("  evaluation:"), good.index("  gates:")
    _, findings = checked(good[:start] + good[end:])
    assert [finding.code for finding in findings] == ["spec/gates-without-evaluation"]


def test_a_type_error_hides_no_rule_across_fields(good: str, checked: Check) -> None:
    text = good.replace("epochs: 2", "epochs: no").replace("metric: valid", "metric: other")
    assert {finding.code for finding in checked(text)[1]} == {"spec/wrong-value", "spec/unknown-metric"}


def test_promotion_by_hand_needs_no_gate(good: str, checked: Check) -> None:
    text = good.replace(GATES, "").replace("{alias: production}", "{alias: production, when: manual}")
    assert checked(text)[0] is not None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../../outside.jsonl", "spec/outside-workspace"),
        ("/etc/passwd", "spec/outside-workspace"),
        ("data/link.jsonl", "spec/outside-workspace"),
        ("data/linked/x.jsonl", "spec/outside-workspace"),
        ("data/loop.jsonl", "spec/unreadable-file"),
        ("data", "spec/not-a-file"),
        ("data/pipe.jsonl", "spec/not-a-file"),
        ("https://x.example/x.jsonl", "spec/not-a-path"),
        ("s3://bucket/x.jsonl", "spec/address-without-hash"),
        ("'data\\train.jsonl'", "spec/not-a-path"),
        ("data/" + "x" * 400, "spec/unreadable-file"),
        ("data/none.jsonl", "spec/no-file"),
        ("nowhere/none.jsonl", "spec/no-file"),
    ],
)
def test_files_are_regular_and_inside_the_workspace(
    good: str, checked: Check, root: Path, name: str, code: str
) -> None:
    data = root / "specs" / "data"
    (root.parent / "outside.jsonl").write_text("{}\n")
    (root.parent / "far").mkdir()
    (root.parent / "far" / "x.jsonl").write_text("{}\n")
    (data / "link.jsonl").symlink_to(root.parent / "outside.jsonl")
    (data / "linked").symlink_to(root.parent / "far")
    (data / "loop.jsonl").symlink_to("loop.jsonl")
    os.mkfifo(data / "pipe.jsonl")
    assert codes(good, checked, "data/train.jsonl", name) == [code]


def test_a_margin_that_was_refused_is_not_said_to_be_missing_too(good: str, checked: Check) -> None:
    assert codes(good, checked, "margin: 0.0", "margin: .nan") == ["yaml/not-finite"]


def test_a_link_inside_the_workspace_is_a_file_like_any_other(good: str, checked: Check, root: Path) -> None:
    (root / "specs" / "data" / "alias.jsonl").symlink_to("train.jsonl")
    assert codes(good, checked, "data/train.jsonl", "data/alias.jsonl") == []


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "empty-file"), (b"\xff", "encoding"), (b"a\x00b", "hidden-character")]
)
def test_a_prompt_must_be_text(good: str, checked: Check, root: Path, content: bytes, code: str) -> None:
    (root / "specs" / "prompts" / "short.md").write_bytes(content)
    assert [finding.code for finding in checked(good)[1]] == [f"spec/{code}"]


@pytest.mark.parametrize("content", ["{", "[]", "3", "[" * 100_000])
def test_a_schema_must_be_a_json_object(good: str, checked: Check, root: Path, content: str) -> None:
    (root / "specs" / "ticket.schema.json").write_text(content)
    assert [finding.code for finding in checked(good)[1]] == ["spec/not-a-schema"]


def test_arms_have_different_names() -> None:
    arms = (
        "base", PromptedArm(prompted="a/long.md"), PromptedArm(prompted="b/long.md"), FewShotArm(few_shot=3),
        FewShotArm(few_shot=3, prompt="a/x.md"), FewShotArm(few_shot=3, prompt="b/x.md"), "tuned",
    )  # fmt: skip
    assert arm_names(arms) == (
        "base", "prompted:long", "prompted:b/long.md", "few_shot:3", "few_shot:3:x", "few_shot:3:b/x.md", "tuned",
    )  # fmt: skip


def test_the_spec_itself_may_be_missing_a_directory_a_pipe_or_outside(good: str, root: Path) -> None:
    os.mkfifo(root / "specs" / "pipe.yaml")
    (root.parent / "other.yaml").write_text(good)
    for path, code in (
        (root / "specs" / "ticket.yaml", "spec/no-file"),
        (root / "specs", "spec/not-a-file"),
        (root / "specs" / "pipe.yaml", "spec/not-a-file"),
        (root.parent / "other.yaml", "spec/outside-workspace"),
    ):
        spec, (finding,) = check(path, root=root)
        assert spec is None
        assert finding.code == code


def test_a_loaded_spec_carries_its_texts_places_and_files(root: Path) -> None:
    spec = load(root / "specs" / "tickets.yaml", root=root)
    assert spec.path == "specs/tickets.yaml"
    assert spec.system_prompt == "Answer in JSON."
    assert spec.text("prompts/long.md") == "Answer in JSON, and nothing else."
    assert spec.file("data/train.jsonl") == (root / "specs" / "data" / "train.jsonl").resolve()
    assert str(spec.place("spec", "method", "epochs")) == "specs/tickets.yaml:9:13"
    assert str(spec.place("spec", "budget", "max_usd")) == "specs/tickets.yaml:5:1"
    with pytest.raises(SpecError, match="leaves the workspace"):
        spec.file("../../x")


def test_load_raises_all_findings_at_once(good: str, root: Path) -> None:
    path = root / "specs" / "tickets.yaml"
    path.write_text(good.replace("epochs: 2", "epocs: 2").replace("1e-3", "9"))
    with pytest.raises(SpecError, match="2 errors") as caught:
        load(path, root=root)
    assert len(caught.value.findings) == 2
    assert caught.value.exit_code == 10


@pytest.mark.parametrize(
    ("model", "help"),
    [
        ("gpt-4.1-mni", "did you mean 'gpt-4.1-mini'?"),
        ("davinci-002", "models known there: gpt-4.1, gpt-4.1-mini, o4-mini"),
        ("gpt-4.1-mini-2025-04-14", None),
        ("ft:gpt-4.1:team:x:1", None),
    ],
)
def test_a_hosted_model_that_the_catalogue_does_not_know_is_a_warning(
    root: Path, good: str, model: str, help: str | None
) -> None:
    connection = "{type: openai, api_key: {env: KEY}}"
    (root / "ftsdk.yaml").write_text(
        f"apiVersion: ftsdk/v1\nkind: Project\nspec: {{connections: {{hosted: {connection}}}}}\n"
    )
    path = root / "specs" / "tickets.yaml"
    path.write_text(good.replace("model: smollm2-135m-instruct", f"connection: hosted\n  model: '{model}'"))
    found = [finding for finding in check(path, root=root)[1] if finding.code == "spec/unknown-model"]
    assert [finding.help for finding in found] == ([] if help is None else [help])
    assert all(finding.severity == "warning" for finding in found)
