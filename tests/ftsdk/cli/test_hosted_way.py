"""A committed spec at a hosted provider, from validation to promotion, by the commands that people give."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import pytest

from ftsdk import observing
from ftsdk.providers import answering, openai_connections
from tests.ftsdk.cli.conftest import RunFt
from tests.services.service import KEY, Fault, serving
from tests.services.training import OpenAITraining

ROOT = Path(__file__).parents[3]


class November(datetime):
    """The spec's model can be trained until January 2027; what is shown here holds before."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> November:
        return cls(2026, 11, 24, tzinfo=tz or UTC)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "specs" / "tickets", tmp_path / "specs" / "tickets")
    shutil.copy(ROOT / "ftsdk.yaml", tmp_path)
    return tmp_path


@pytest.fixture
def service(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAITraining]:
    made = OpenAITraining()
    rows = [json.loads(line) for line in (project / "specs/tickets/data/test.jsonl").read_text("utf-8").splitlines()]
    right = {row["messages"][-2]["content"]: row["messages"][-1]["content"] for row in rows}
    made.replies = lambda model, question: right[question] if model.startswith("ft:") else "I do not know."
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(observing, "datetime", November)
    monkeypatch.setattr(openai_connections, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(openai_connections, "EVENTS_SECONDS", 0.0)
    monkeypatch.setattr(openai_connections, "REQUEST_SECONDS", 0.2)
    with serving(made) as address:
        monkeypatch.setattr(answering, "OPENAI", f"{address}/v1")
        yield made


def test_validate_plan_apply_evaluate_and_promote(project: Path, service: OpenAITraining, run_ft: RunFt) -> None:
    """The create's answer is lost: the job is found by its key and bought once."""
    assert run_ft(project, "validate", "specs/tickets/tickets-openai.yaml").code == 0
    planned = run_ft(project, "plan", "specs/tickets/tickets-openai.yaml", "--format", "json")
    assert planned.code == 0, planned.err
    plan = json.loads(planned.out)
    assert plan["order"]["hyperparameters"] is None
    assert 0 < plan["usd"]["likely"] < 25
    assert service.jobs == {}, "a plan asks for no job"
    service.faults.append(Fault(500, before=False, only="POST /v1/fine_tuning/jobs"))  # the probe's
    service.faults.append(Fault(500, before=False, only="POST /v1/fine_tuning/jobs"))
    service.hasten = 2
    applied = run_ft(project, "apply", "specs/tickets/tickets-openai.yaml", "--wait", "--yes")
    assert applied.code == 0, applied.out + applied.err
    assert len(service.jobs) == 1
    aliases = json.loads(run_ft(project, "aliases", "--format", "json").out)
    assert "ft:gpt-4.1-mini:acme:tickets-openai" in json.dumps(aliases)
    compared = json.loads(run_ft(project, "compare", "tickets-openai", "--format", "json").out)
    assert [arm["arm"]["name"] for arm in compared["arms"]][-1] == "tuned"
    assert KEY not in applied.out + applied.err + planned.out


def test_a_closed_account_is_told_before_any_row_leaves(project: Path, service: OpenAITraining, run_ft: RunFt) -> None:
    service.closed = True
    applied = run_ft(project, "apply", "specs/tickets/tickets-openai.yaml", "--wait", "--yes")
    assert applied.code == 18
    assert "training_not_available" in applied.out + applied.err
    assert service.files == {}


def test_models_of_a_connection_are_those_that_the_tables_name(project: Path, run_ft: RunFt) -> None:
    said = run_ft(project, "models", "list", "openai", "--format", "json")
    assert all(row["connection_type"] == "openai" for row in json.loads(said.out)["models"])
    unknown = run_ft(project, "models", "list", "nowhere")
    assert (unknown.code, "declared: local, openai" in unknown.err) == (64, True)
