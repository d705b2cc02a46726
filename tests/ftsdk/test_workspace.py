"""The façade, from a spec to an answered alias, over a provider that follows a script."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

import ftsdk
from ftsdk.errors import (
    GateFailed,
    NoVerdict,
    PlanStale,
    ProviderError,
    ProviderUnavailable,
    RunCancelled,
    RunFailed,
    SpecError,
    StateLocked,
    UsageError,
)
from ftsdk.plan.snapshot import drift
from ftsdk.providers.base import JobState
from ftsdk.providers.inference import InferenceClient
from ftsdk.registry import alias_key
from ftsdk.testing import ScriptedProvider, workspace
from ftsdk.testing.example import SPEC, example_files, question, right_answers
from ftsdk.workspace import Workspace

EXAMPLE = "specs/example.yaml"


class StartsAnew(ScriptedProvider):
    """A provider that cannot go on with a job that failed."""

    resume = None  # type: ignore[assignment]  # hides the optional method


def test_the_whole_way_once() -> None:
    """Plan, apply, wait, compare, promote, resolve, complete."""
    with workspace() as ws:
        plan = ws.plan(EXAMPLE)
        assert plan.change == "train"
        run = ws.apply(plan).wait()
        assert run.error is None
        comparison = run.comparison
        assert comparison is not None
        assert comparison.verdict == "better"
        assert str(comparison).startswith(comparison.headline[:40]), "print() draws it"
        assert [arm.arm.kind for arm in comparison.arms] == ["base", "prompted", "few_shot", "tuned"]
        assert ws.resolve("example@production").version == 1
        assert ws.complete("example@production", question(20, 4)).text == question(20, 4)  # not in the script: echoed
        assert ws.complete("example@production", question(10, 11)).text == "21"
        assert ws.complete_base("example@production", question(10, 11)).text == question(10, 11)


def test_planning_spends_nothing_and_starts_nothing() -> None:
    with workspace() as ws:
        ws.plan(EXAMPLE)
        assert ws.runs() == ()


def test_applying_again_what_was_done_returns_the_finished_run() -> None:
    with workspace() as ws:
        first = ws.apply(EXAMPLE).wait()
        again = ws.apply(EXAMPLE)
        assert (again.id, again.ended) == (first.id, True)


def test_another_gate_evaluates_again_and_trains_nothing() -> None:
    """The fingerprint is the same, so the job is found by its key and only what follows is done again."""
    provider = ScriptedProvider(tuned=right_answers())
    with workspace(provider) as ws:
        ws.apply(EXAMPLE).wait()
        (ws.root / EXAMPLE).write_text(SPEC.replace("margin: 0.0", "margin: 0.05"))
        plan = ws.plan(EXAMPLE)
        assert (plan.change, plan.reuses_run) == ("evaluate", "r1")
        second = ws.apply(plan).wait()
        assert second.error is None
        assert second.row.data["job"] == ws.run("r1").row.data["job"]


def test_a_spec_that_changed_since_it_was_planned_is_not_applied() -> None:
    with workspace() as ws:
        plan = ws.plan(EXAMPLE)
        with (ws.root / "specs/train.jsonl").open("a") as rows:
            rows.write(
                json.dumps({"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]})
                + "\n"
            )
        with pytest.raises(PlanStale, match="changed since it was planned"):
            ws.apply(plan)
        assert ws.runs() == ()


def test_applying_a_live_spec_again_finds_its_run() -> None:
    with workspace() as ws:
        assert ws.apply(EXAMPLE).id == ws.apply(EXAMPLE).id


def test_a_live_run_with_another_plan_is_not_disturbed() -> None:
    with workspace() as ws:
        ws.apply(EXAMPLE)
        (ws.root / EXAMPLE).write_text(SPEC.replace("margin: 0.0", "margin: 0.05"))
        with pytest.raises(StateLocked, match="another plan"):
            ws.apply(EXAMPLE)


def test_files_edited_while_a_run_is_live_change_nothing_in_it() -> None:
    with workspace() as ws:
        run = ws.apply(EXAMPLE)
        (ws.root / "specs/test.jsonl").write_text("spoiled")
        assert run.wait().error is None


def test_a_gate_that_is_not_met_promotes_nothing() -> None:
    """The tuned model is no better than the base: all echo."""
    spec = SPEC.replace("versus: best_prompted, margin: 0.0", "min: 0.9")
    with workspace(ScriptedProvider(), {EXAMPLE: spec}) as ws:
        run = ws.apply(EXAMPLE).wait()
        assert isinstance(run.error, GateFailed)
        assert run.error.exit_code == 16
        with pytest.raises(UsageError, match="nothing was ever promoted"):
            ws.resolve("example@production")


def test_a_gate_that_cannot_tell_fails_closed() -> None:
    """Three right answers of thirty are not enough to say better, nor to say worse."""
    some = dict(list(right_answers().items())[-3:])
    with workspace(ScriptedProvider(tuned=some)) as ws:
        run = ws.apply(EXAMPLE).wait()
        assert isinstance(run.error, NoVerdict)
        assert run.error.exit_code == 19
        assert ws.store.aliases() == ()


def test_a_job_that_fails_says_whose_it_is() -> None:
    with workspace(ScriptedProvider(states=[JobState.running, JobState.failed])) as ws:
        run = ws.apply(EXAMPLE).wait()
        assert isinstance(run.error, RunFailed)
        assert run.error.owner == "platform"
        assert run.row.failure is not None and run.row.failure.help


def test_a_failed_job_is_tried_again_under_a_new_key() -> None:
    """Where the provider cannot go on with a failed job, the next attempt is another job, made once."""
    with workspace(StartsAnew(states=[JobState.failed])) as ws:
        first = ws.apply(EXAMPLE).wait()
        second = ws.apply(EXAMPLE)
        assert first.plan.order.key.endswith("-1")
        assert second.plan.order.key.endswith("-2")


def test_a_failed_job_goes_on_under_its_own_key_where_it_can() -> None:
    with workspace(ScriptedProvider(states=[JobState.failed])) as ws:
        first = ws.apply(EXAMPLE).wait()
        assert ws.apply(EXAMPLE).plan.order.key == first.plan.order.key


def test_a_cancelled_run_ends_when_its_job_has() -> None:
    with workspace(ScriptedProvider(states=[JobState.running] * 1000)) as ws:
        run = ws.apply(EXAMPLE)
        for event in run.watch():
            if event.kind == "progress":
                run.cancel()
        assert isinstance(run.error, RunCancelled)


def test_a_reader_that_leaves_early_leaves_the_run_where_it_is() -> None:
    with workspace() as ws:
        run = ws.apply(EXAMPLE)
        for _event in run.watch():
            break
        assert run.wait().error is None


def test_two_watchers_see_the_same_events_and_do_the_work_once() -> None:
    with workspace() as ws:
        run = ws.apply(EXAMPLE)

        async def both() -> None:
            await asyncio.gather(run.wait_async(), ws.run(run.id).wait_async())

        asyncio.run(both())
        phases = [event.data["phase"] for event in run.events() if event.kind == "phase"]
        way = [
            "upload",
            "create",
            "converge",
            "train",
            "collect",
            "deploy",
            "evaluate",
            "gate",
            "await_approval",
            "promote",
        ]
        assert phases == [*way, "done"]


def test_events_can_be_watched_without_blocking() -> None:
    async def kinds(run: ftsdk.Run) -> set[str]:
        return {event.kind async for event in run.watch_async()}

    with workspace() as ws:
        assert {"phase", "progress", "metric"} <= asyncio.run(kinds(ws.apply(EXAMPLE)))


def test_metrics_come_once_each_and_in_order() -> None:
    with workspace() as ws:
        steps = [metric.step for metric in ws.apply(EXAMPLE).wait().metrics]
        assert steps and steps == sorted(set(steps))


def test_a_person_can_promote_what_the_gates_would_not() -> None:
    with workspace(ScriptedProvider()) as ws:
        run = ws.apply(EXAMPLE).wait()
        resolved = ws.promote(run, "staging")
        assert resolved.alias == "example@staging"
        assert ws.promote(run, "staging") == resolved, "promoting the same run again changes nothing"


class AnotherServed(ScriptedProvider):
    """A provider that comes to serve something else than what was evaluated, or nothing at all."""

    error: ProviderError | None = None

    def served_now(self, *, tuned: dict[str, str] | None = None, error: ProviderError | None = None) -> None:
        self._tuned = tuned or {}
        self.error = error

    def inference(self, model: str) -> InferenceClient:
        if self.error is not None:
            raise self.error
        return super().inference(model)


def test_no_person_can_promote_what_is_not_served_as_it_was_evaluated() -> None:
    provider = AnotherServed(tuned=right_answers())
    with workspace(provider) as ws:
        run = ws.apply(EXAMPLE).wait()
        provider.served_now(tuned={})
        with pytest.raises(GateFailed, match="0 of 12 answers are as they were") as refused:
            ws.promote(run, "staging")
        assert "example@staging stays where it was" in str(refused.value)
        assert "look at the deployment" in str(refused.value.help)
        with pytest.raises(UsageError):
            ws.resolve("example@staging")


def test_a_provider_that_is_away_proves_nothing_and_no_alias_moves() -> None:
    provider = AnotherServed(tuned=right_answers())
    with workspace(provider) as ws:
        run = ws.apply(EXAMPLE).wait()
        provider.served_now(error=ProviderUnavailable("nobody answers", help="try later"))
        with pytest.raises(ProviderUnavailable, match="nobody answers"):
            ws.promote(run, "staging")
        assert [alias.alias for alias in ws.aliases()] == ["example@production"]


def test_a_model_that_was_never_evaluated_is_not_promoted() -> None:
    """Neither where nothing is evaluated nor where the tuned arm is not among the arms."""
    bare = SPEC[: SPEC.index("  evaluation:")]
    with workspace(files={EXAMPLE: bare}) as ws:
        run = ws.apply(EXAMPLE).wait()
        assert run.error is None
        with pytest.raises(NoVerdict, match="no evaluated answer") as refused:
            ws.promote(run, "staging")
        assert "tuned arm" in str(refused.value.help)
        assert ws.aliases() == ()


def test_an_alias_brings_the_format_that_its_answers_were_held_to() -> None:
    spec = SPEC.replace("tuned]", "{tuned: {response_format: {type: json}}}]")
    with workspace(files={EXAMPLE: spec}) as ws:
        ws.apply(EXAMPLE).wait()
        held = ws.resolve("example@production").params.response_format
        assert held is not None and held.type == "json"


def test_an_unfinished_run_cannot_be_promoted() -> None:
    with workspace() as ws:
        run = ws.apply(EXAMPLE)
        with pytest.raises(UsageError, match="no tuned model"):
            ws.promote(run, "staging")


def test_errors_in_the_data_are_all_told_before_anything_starts() -> None:
    with workspace(files={"specs/train.jsonl": "{}\nnot json\n"}) as ws:
        with pytest.raises(SpecError) as refused:
            ws.apply(EXAMPLE)
        assert len(refused.value.findings) >= 2
        assert ws.runs() == ()


def test_a_held_out_row_in_the_training_data_stops_the_run() -> None:
    files = example_files()
    leaked = files["specs/train.jsonl"] + files["specs/test.jsonl"].splitlines(keepends=True)[0]
    with workspace(files={"specs/train.jsonl": leaked}) as ws, pytest.raises(SpecError, match="held"):
        ws.apply(EXAMPLE)


def test_a_spec_can_be_named_instead_of_its_path() -> None:
    with workspace() as ws:
        assert ws.plan("example").spec_path == EXAMPLE
        with pytest.raises(UsageError, match="no spec called"):
            ws.plan("exmaple")


def test_an_unknown_connection_is_one_sentence() -> None:
    spec = SPEC.replace("  model:", "  connection: elsewhere\n  model:")
    with workspace(files={EXAMPLE: spec}) as ws, pytest.raises(SpecError, match="elsewhere"):
        ws.plan(EXAMPLE)


def test_a_directory_without_a_project_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no ftsdk\.yaml") as refused:
        ftsdk.open(tmp_path)
    assert "kind: Project" in str(refused.value.help)


def test_the_workspace_is_found_from_a_directory_below_it() -> None:
    with workspace() as ws:
        assert isinstance(ftsdk.open(ws.root / "specs"), Workspace)
        assert ftsdk.open(ws.root / "specs").root == ws.root.resolve()


def test_an_alias_of_the_wrong_form_is_one_sentence() -> None:
    with pytest.raises(UsageError, match="not an alias"):
        ftsdk.resolve("tickets")


def test_the_public_names_are_all_there() -> None:
    for name in ftsdk.__all__:
        assert getattr(ftsdk, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = ftsdk.nonsense  # type: ignore[attr-defined]


def test_a_held_out_row_that_no_answer_could_satisfy_is_told_before_training() -> None:
    """The expected answer of line 1 is not what its own metric calls right."""
    spec = SPEC.replace("type: exact", "type: json_fields")
    with workspace(files={EXAMPLE: spec}) as ws, pytest.raises(SpecError, match="does not satisfy") as refused:
        ws.apply(EXAMPLE)
    first = refused.value.findings[0]
    assert first.place is not None
    assert (first.code, first.place.file, first.place.line) == ("evals/expected-answer", "specs/test.jsonl", 1)
    assert "10 rows more" in refused.value.findings[-1].message, "thirty rows, twenty shown"


class ForgetsRows(ScriptedProvider):
    """A provider that takes the rows away when it is asked to."""

    def __init__(self) -> None:
        super().__init__(tuned=right_answers())
        self.forgot: list[str] = []

    def forget_rows(self, job: str) -> tuple[str, ...]:
        self.forgot.append(job)
        return ("file-1",)


def test_the_same_training_under_another_name_is_another_job_and_planned_as_one() -> None:
    other = {"specs/other.yaml": SPEC.replace("name: example", "name: other")}
    with workspace(files=other) as ws:
        first = ws.apply(EXAMPLE).wait()
        plan = ws.plan("specs/other.yaml")
        assert plan.fingerprint == first.row.fingerprint
        assert (plan.change, plan.reuses_run) == ("train", None)
        assert plan.order.key != ws.plan(EXAMPLE).order.key


def test_rows_stay_for_a_run_that_has_sent_them_and_has_no_job_yet() -> None:
    provider, other = ForgetsRows(), {"specs/other.yaml": SPEC.replace("name: example", "name: other")}
    with workspace(provider, other) as ws:
        waits = ws.apply("specs/other.yaml")
        first = ws.apply(EXAMPLE).wait()
        assert provider.forgot == []
        assert any(f"run {waits.id} trains on them next" in event.text for event in first.events())
        waits.wait()
        assert len(provider.forgot) == 1, "the last one that needs them has them deleted"


def test_an_alias_that_was_changed_outside_is_drift() -> None:
    with workspace() as ws:
        assert ws.apply("specs/example.yaml").wait().error is None
        (alias,) = ws.aliases()
        assert drift(ws.observe()) == ()
        key = alias_key(alias.alias)
        ws.artefacts.put(key, alias.model_copy(update={"version": 7}).model_dump_json().encode())
        (moved,) = drift(ws.observe())
        assert moved == f"{alias.alias} says version 7 where applications read it; the store says version 1"
        ws.artefacts.path(key).unlink()
        assert drift(ws.observe()) == (f"{alias.alias} is gone where applications read it; the store says version 1",)
