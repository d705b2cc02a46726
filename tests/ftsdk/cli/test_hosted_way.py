"""A committed spec at a hosted provider, from validation to promotion, by the commands that people give."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

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
    (job,) = service.jobs
    told = json.loads(run_ft(project, "costs", "--by", "provider", "--format", "json").out)
    (cost,) = told["runs"]
    billed = service.shown(job)["trained_tokens"]
    assert cost["parts"][f"training {job}"] == pytest.approx(billed * 5 / 1e6), (
        "5 USD per million tokens that it billed"
    )
    assert cost["parts"]["evaluation"] > 0 and cost["guessed"] == []
    budget = sum(cost["parts"].values())
    assert told["sums"]["openai"]["actual"] == pytest.approx(budget) == pytest.approx(cost["actual"])
    assert "1 run, 1 ended" in run_ft(project, "costs", "--by", "label:cost-center").out
    assert run_ft(project, "costs", "--by", "moon").code == 64


def test_a_closed_account_is_told_before_any_row_leaves(project: Path, service: OpenAITraining, run_ft: RunFt) -> None:
    service.closed = True
    applied = run_ft(project, "apply", "specs/tickets/tickets-openai.yaml", "--wait", "--yes")
    assert applied.code == 18
    assert "training_not_available" in applied.out + applied.err
    assert service.files == {}


def test_accounts_say_what_they_lack_what_they_train_and_for_how_long(
    project: Path, service: OpenAITraining, run_ft: RunFt, monkeypatch: pytest.MonkeyPatch
) -> None:
    def accounts() -> dict[str, dict[str, Any]]:
        said = json.loads(run_ft(project, "providers", "--format", "json").out)
        return {account["connection"]: account for account in said["accounts"]}

    there = accounts()
    assert (there["local"]["ready"], there["local"]["methods"]) == (True, ["sft"])
    assert (there["openai"]["ready"], there["openai"]["type"]) == (True, "openai")
    assert service.seen == [], "nobody was asked"
    monkeypatch.delenv("OPENAI_API_KEY")
    assert accounts()["openai"]["ready"] is False
    assert "export OPENAI_API_KEY=" in run_ft(project, "providers").out


def test_models_of_a_connection_are_those_that_the_tables_name(project: Path, run_ft: RunFt) -> None:
    said = run_ft(project, "models", "list", "openai", "--format", "json")
    assert all(row["connection_type"] == "openai" for row in json.loads(said.out)["models"])
    unknown = run_ft(project, "models", "list", "nowhere")
    assert (unknown.code, "declared: local, openai" in unknown.err) == (64, True)


def written(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def asked(number: int, *answer: str) -> list[dict[str, str]]:
    question = " ".join(hashlib.sha256(f"{number} {word}".encode()).hexdigest()[:6] for word in range(8))
    return [{"role": "user", "content": question}, *({"role": "assistant", "content": text} for text in answer)]


def answers(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


PAIRS = [
    {
        "input": {"messages": asked(number)},
        "preferred_output": answers("red"),
        "non_preferred_output": answers("I think that it is red, yes."),
        "metadata": {"id": f"pair-{number}"},
    }
    for number in range(1, 31)
]
GRADED = [{"messages": asked(number), "colour": "red"} for number in range(1, 31)]
GRADER = (
    "{type: string_check, name: colour, operation: eq, input: '{{ sample.output_text }}', "
    "reference: '{{ item.colour }}'}"
)
SPEC = """\
apiVersion: ftsdk/v1
kind: FineTune
metadata: {name: colours}
spec:
  connection: openai
  model: gpt-6-luna
  system_prompt: Answer with the colour alone.
  dataset: {train: train.jsonl, validation: validation.jsonl}
  method: METHOD
  evaluation:
    dataset: test.jsonl
    max_tokens: 8
    arms: [base, ARM, tuned]
    metrics: [{name: right, type: exact}]
  budget: {max_usd: 2000}
"""

# A model that no table knows yet takes what its connection takes, at the price that the team has.
PRICES = """\
  prices:
    - {model: gpt-6-luna, training: 8, training_hour: 60, input: 1, output: 4, tuned_input: 1, tuned_output: 4}
"""


@pytest.mark.parametrize(
    ("method", "rows", "key", "arm"),
    [
        ("{type: dpo, epochs: 1, beta: 0.2}", PAIRS, "preferred_output", "{few_shot: 2}"),
        (f"{{type: rft, epochs: 1, grader: {GRADER}}}", GRADED, "colour", "{prompted: long.md}"),
    ],
    ids=["dpo", "rft"],
)
def test_pairs_and_graded_prompts_are_checked_priced_trained_and_compared(
    project: Path,
    service: OpenAITraining,
    run_ft: RunFt,
    method: str,
    rows: list[dict[str, object]],
    key: str,
    arm: str,
) -> None:
    """Test rows are chats with their answers, whatever the method."""
    written(project / "specs/train.jsonl", rows)
    written(project / "specs/validation.jsonl", rows[-5:])
    written(project / "specs/test.jsonl", [{"messages": asked(number, "red")} for number in range(101, 121)])
    (project / "specs/long.md").write_text("Answer with one word: the colour.")
    (project / "specs/colours.yaml").write_text(SPEC.replace("METHOD", method).replace("ARM", arm))
    (project / "ftsdk.yaml").write_text((project / "ftsdk.yaml").read_text() + PRICES)
    service.replies = lambda model, question: "red" if model.startswith("ft:") else "It is red, I think."
    service.hasten = 2
    checked = run_ft(project, "data", "check", "specs/train.jsonl", "--model", "gpt-6-luna", "--format", "json")
    assert checked.code == 0, checked.out
    planned = run_ft(project, "plan", "specs/colours.yaml", "--format", "json")
    assert planned.code == 0, planned.out
    plan = json.loads(planned.out)
    assert plan["train_rows"] == 30
    applied = run_ft(project, "apply", "specs/colours.yaml", "--wait", "--yes")
    assert applied.code == 0, applied.out + applied.err
    uploads = b"\n".join(request.body for request in service.requests("POST /v1/files")).splitlines()
    lines = [json.loads(line) for line in uploads if line.startswith(b"{")]
    assert len(lines) == 35, "the training and the validation rows, each once"
    first = lines[0]
    assert key in first
    chat = first.get("input", first)["messages"]
    assert chat[0] == {"role": "system", "content": "Answer with the colour alone."}
    compared = json.loads(run_ft(project, "compare", "colours", "--format", "json").out)
    assert [arm["arm"]["name"] for arm in compared["arms"]][-1] == "tuned"
    assert compared["held_out"] is True
    seen = where(run_ft, project, "specs/train.jsonl")
    assert (seen["use"], seen["connections"], seen["removed"]) == ("training", ["openai"], True)
    assert seen["model"].startswith("ft:gpt-6-luna")
    assert where(run_ft, project, plan["order"]["train"]["sha256"][:12]) == seen
    held_out = where(run_ft, project, "specs/test.jsonl")
    assert (held_out["use"], held_out["model"], held_out["run"]) == ("evaluation", None, seen["run"])


def where(run_ft: RunFt, project: Path, rows: str) -> dict[str, Any]:
    """The one run that was given these rows."""
    (seen,) = json.loads(run_ft(project, "data", "where", rows, "--format", "json").out)["seen"]
    return dict(seen)


def test_rows_that_nobody_was_given_and_words_that_are_no_rows(project: Path, run_ft: RunFt) -> None:
    (project / "rows.jsonl").write_text("{}\n")
    assert "no run of this store was given these rows" in run_ft(project, "data", "where", "rows.jsonl").out
    wrong = run_ft(project, "data", "where", "missing.jsonl")
    assert (wrong.code, "neither a file nor a hash" in wrong.err) == (64, True)
