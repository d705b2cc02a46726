"""A plan says what would happen and what it would take, and has an identity that only meaning can move."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftsdk.diagnostics import Diagnostic, Severity, has_errors
from ftsdk.errors import PlanStale, SpecError
from ftsdk.plan import Plan
from ftsdk.providers.base import FileRef

PlanOf = Callable[..., Plan]


def set_at(spec: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """``spec`` with one value changed."""
    *parents, last = path.split(".")
    part = spec["spec"]
    for name in parents:
        part = part.setdefault(name, {})
    part[last] = value
    return spec


def test_a_plan_says_what_will_happen_in_order(plan_of: PlanOf) -> None:
    plan = plan_of()
    assert (plan.change, plan.reuses_run) == ("train", None)
    assert [step.phase for step in plan.steps] == ["check", "upload", "train", "evaluate", "gate", "promote"]
    text = "\n".join(step.text for step in plan.steps)
    assert "2 epochs" in text
    assert "only this machine's time" in text
    assert "tickets@production" in text
    assert plan.findings == ()


def test_the_order_is_complete(plan_of: PlanOf) -> None:
    order = plan_of().order
    assert re.fullmatch(r"ftsdk-[0-9a-f]{8}-tickets-[0-9a-f]{16}-1", order.key)
    assert (order.model, order.method, order.system_prompt) == ("smollm2-135m-instruct", "sft", "Be short.")
    assert (order.train.path, order.train.rows, order.max_tokens) == ("export.jsonl", 80, 64)
    assert (order.hyperparameters.epochs, order.hyperparameters.layers) == (2, 15)


def test_clones_of_a_project_ask_for_one_job_and_other_projects_for_their_own(plan_of: PlanOf) -> None:
    ours, clone, other, nameless = (plan_of(name=name or None).order.key for name in ("ours", "ours", "other", ""))
    assert ours == clone
    assert len({ours, other, nameless}) == 3


def test_arms_have_their_rows_and_prompt_lengths(plan_of: PlanOf) -> None:
    arms = {arm.name: arm for arm in plan_of().arms}
    assert list(arms) == ["base", "prompted:long", "few_shot:3", "tuned"]
    assert {arm.rows for arm in arms.values()} == {40}
    assert arms["base"].prompt_tokens == arms["tuned"].prompt_tokens == 5 + 6
    assert arms["prompted:long"].prompt_tokens == 12 + 6
    assert arms["few_shot:3"].prompt_tokens == 11 + 3 * (6 + 5)


def test_seconds_grow_with_epochs_and_are_in_order(plan_of: PlanOf, spec: dict[str, Any]) -> None:
    two, four = plan_of().seconds, plan_of(set_at(spec, "method.epochs", 4)).seconds
    assert two.low < two.likely < two.high
    tokens = plan_of().ledger.input
    assert four.likely - two.likely == pytest.approx(2 * tokens / 500)


def test_more_held_out_rows_show_smaller_gains(plan_of: PlanOf, spec: dict[str, Any]) -> None:
    all_rows, few_rows = plan_of().smallest_visible, plan_of(set_at(spec, "evaluation.max_rows", 20)).smallest_visible
    assert all_rows is not None and few_rows is not None
    assert 0 < all_rows[0] < all_rows[1] <= 100
    assert all_rows[0] < few_rows[0]


def test_a_spec_without_evaluation_has_no_arms_and_no_certificate(plan_of: PlanOf, spec: dict[str, Any]) -> None:
    for key in ("evaluation", "gates", "promote"):
        del spec["spec"][key]
    plan = plan_of(spec)
    assert (plan.arms, plan.leak, plan.smallest_visible) == ((), None, None)
    assert [step.phase for step in plan.steps] == ["check", "upload", "train"]


def test_what_was_trained_before_is_used_again(plan_of: PlanOf) -> None:
    first = plan_of()
    again = plan_of(known={first.fingerprint: "run-7"})
    assert (again.change, again.reuses_run, again.fingerprint) == ("reuse", "run-7", first.fingerprint)
    assert "run-7" in again.why
    assert "train" not in [step.phase for step in again.steps]
    assert again.seconds.likely < first.seconds.likely


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("method.epochs", 3),
        ("method.seed", 7),
        ("method.learning_rate", 0.001),
        ("method.adapter", {"rank": 8}),
        ("dataset.max_rows", 79),
        ("system_prompt", "Be long."),
    ],
)
def test_what_trains_moves_the_fingerprint(plan_of: PlanOf, spec: dict[str, Any], path: str, value: Any) -> None:
    before, after = plan_of(), plan_of(set_at(spec, path, value))
    assert before.fingerprint != after.fingerprint
    assert before.order.key != after.order.key
    assert before.digest != after.digest


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("gates", [{"metric": "exact", "min": 0.5}]),
        ("promote", {"alias": "staging"}),
        ("promote", {"alias": "production", "when": "manual"}),
        ("evaluation.max_rows", 39),
        ("evaluation.max_tokens", 12),
        ("evaluation.suites", []),
        ("evaluation.arms", ["base", {"prompted": "long.md"}, "tuned"]),
        ("budget", {"max_usd": 3}),
    ],
)
def test_what_does_not_train_moves_only_the_digest(
    plan_of: PlanOf, spec: dict[str, Any], path: str, value: Any
) -> None:
    before, after = plan_of(), plan_of(set_at(spec, path, value))
    assert before.fingerprint == after.fingerprint
    assert before.digest != after.digest


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("method.epochs", "auto"),
        ("method.adapter", {"layers": 15, "rank": 16, "alpha": 32}),
        ("dataset.max_rows", 80),
        ("connection", "local"),
        ("system_prompt", "Be short."),
    ],
)
def test_another_way_to_write_the_same_training_moves_no_fingerprint(
    plan_of: PlanOf, spec: dict[str, Any], path: str, value: Any
) -> None:
    assert plan_of().fingerprint == plan_of(set_at(spec, path, value)).fingerprint


def test_contents_of_the_files_count_and_not_their_layout(plan_of: PlanOf, root: Path) -> None:
    before = plan_of()
    (root / "train.jsonl").write_text((root / "train.jsonl").read_text().replace('": ', '":  ') + "\n")
    assert plan_of().digest == before.digest
    (root / "long.md").write_text("Be verbose.")
    prompt = plan_of()
    (root / "test.jsonl").write_text((root / "test.jsonl").read_text().replace("answer 7", "answer seven"))
    test = plan_of()
    assert len({before.digest, prompt.digest, test.digest}) == 3
    assert before.fingerprint == prompt.fingerprint == test.fingerprint
    (root / "train.jsonl").write_text((root / "train.jsonl").read_text().replace("answer 7", "answer seven"))
    assert plan_of().fingerprint != before.fingerprint


def shuffled(value: Any, draw: st.DataObject) -> Any:
    """The same mapping with its keys in another order, at every level."""
    if isinstance(value, dict):
        return {key: shuffled(value[key], draw) for key in draw.draw(st.permutations(list(value)))}
    return [shuffled(item, draw) for item in value] if isinstance(value, list) else value


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data())
def test_comments_order_and_layout_never_move_the_digest(
    plan_of: PlanOf, spec: dict[str, Any], draw: st.DataObject
) -> None:
    text = yaml.safe_dump(
        shuffled(spec, draw),
        sort_keys=False,
        indent=draw.draw(st.integers(2, 6)),
        default_flow_style=draw.draw(st.sampled_from([None, False, True])),
        width=draw.draw(st.sampled_from([20, 80, 1000])),
        line_break=draw.draw(st.sampled_from(["\n", "\r\n"])),
    )
    comment = draw.draw(st.sampled_from(["", "# note\n", "\n\n# größe 😀\n"]))
    plan, plain = plan_of(comment + text), plan_of(spec)
    assert (plan.digest, plan.fingerprint) == (plain.digest, plain.fingerprint)


def test_a_row_on_both_sides_is_an_error_that_names_both_lines(plan_of: PlanOf, root: Path) -> None:
    rows = (root / "test.jsonl").read_text().splitlines()
    rows[4] = (root / "train.jsonl").read_text().splitlines()[9].replace("train", "TRAIN ")
    (root / "test.jsonl").write_text("\n".join(rows))
    plan = plan_of()
    found = {finding.code: finding for finding in plan.findings}
    assert str(found["data/leak"].place) == "test.jsonl:5"
    assert str(found["data/leak"].related[0]) == "train.jsonl:10"
    assert found["data/shared-group"].severity is Severity.warning
    assert has_errors(plan.findings)
    assert plan.leak is not None and not plan.leak.held_out


def test_rows_too_long_for_the_model_are_errors_with_the_prompt_counted(plan_of: PlanOf, root: Path) -> None:
    rows = (root / "train.jsonl").read_text().splitlines()
    rows[2] = rows[2].replace("answer 2", "word " * 53)
    (root / "train.jsonl").write_text("\n".join(rows))
    codes = [(finding.code, str(finding.place)) for finding in plan_of().findings if finding.severity == "error"]
    assert codes == [("data/too-long", "train.jsonl:3")]


def test_rows_with_a_system_message_of_their_own_beside_the_specs_are_an_error(plan_of: PlanOf, root: Path) -> None:
    own = '"messages": [{"role": "system", "content": "x"}, '
    rows = (root / "train.jsonl").read_text().replace('"messages": [', own, 1)
    (root / "train.jsonl").write_text(rows)
    assert [finding.code for finding in plan_of().findings] == ["data/two-system-messages"]


def test_more_examples_than_rows_are_an_error_at_their_place(plan_of: PlanOf, spec: dict[str, Any]) -> None:
    plan = plan_of(set_at(spec, "dataset.max_rows", 2))
    (finding,) = [finding for finding in plan.findings if finding.code == "spec/few-shot"]
    assert finding.place is not None and finding.place.file == "spec.yaml"
    assert finding.place.column is not None


def test_a_plan_above_its_budget_is_an_error_that_names_both_figures(plan_of: PlanOf, spec: dict[str, Any]) -> None:
    project = {"prices": [{"model": "smollm2-*", "training": 1000}]}
    plan = plan_of(set_at(spec, "budget", {"max_usd": 1.5}), project=project)
    (finding,) = [finding for finding in plan.findings if finding.code == "plan/over-budget"]
    assert f"${plan.usd.high:,.2f}" in finding.message
    assert "$1.50" in finding.message
    assert plan.max_usd == Decimal("1.5")
    assert not has_errors(plan_of(set_at(spec, "budget", {"max_usd": 100}), project=project).findings)


def test_what_the_provider_finds_is_part_of_the_plan(plan_of: PlanOf) -> None:
    finding = Diagnostic(code="provider/quota", severity=Severity.error, message="no quota left")
    assert finding in plan_of(findings=(finding,)).findings


def test_a_training_file_that_is_not_the_rows_is_refused(plan_of: PlanOf) -> None:
    with pytest.raises(PlanStale, match="nothing was spent"):
        plan_of(train_file=FileRef(path="export.jsonl", sha256="0" * 64, rows=80))


def test_a_plan_survives_being_stored(plan_of: PlanOf) -> None:
    plan = plan_of()
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_more_layers_than_the_model_has_are_refused_where_the_spec_says_so(
    plan_of: PlanOf, spec: dict[str, Any]
) -> None:
    with pytest.raises(SpecError, match="31 layers, but smollm2-135m-instruct has 30") as caught:
        plan_of(set_at(spec, "method.adapter", {"layers": 31}))
    (finding,) = caught.value.findings
    assert finding.place is not None and finding.place.line == 1
