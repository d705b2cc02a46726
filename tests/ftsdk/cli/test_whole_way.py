"""Every command, on a real and short fine-tune."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftsdk.providers.models import locate
from ftsdk.trainers.smol.gguf_file import read_gguf
from tests.conftest import Ft, MakeProject


@pytest.fixture(scope="module")
def project(make_project: MakeProject, ft: Ft, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose spec was applied."""
    root = make_project(tmp_path_factory.mktemp("whole") / "project")
    applied = ft(root, "apply", "tiny.yaml", "--wait", "--yes")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    return root


def test_apply_tells_what_happens_and_what_came_of_it(project: Path, ft: Ft) -> None:
    """Given again it has nothing to do, and says the same of what came of it."""
    said = ft(project, "apply", "tiny", "--wait", "--yes")
    assert said.returncode == 0
    assert "did exactly this before" in said.stdout
    assert "held-out rows" in said.stdout
    assert len(json.loads(ft(project, "runs", "--format", "json").stdout)["runs"]) == 1


def test_validate_and_plan_know_the_spec(project: Path, ft: Ft) -> None:
    assert "2 of 2 files are good" in ft(project, "validate").stdout
    plan = json.loads(ft(project, "plan", "tiny.yaml", "--format", "json").stdout)
    assert (plan["change"], plan["reuses_run"]) == ("none", "r1")
    assert plan["ledger"]["trained"] + plan["ledger"]["masked"] == plan["ledger"]["input"]


def test_a_saved_plan_is_applied_only_while_it_holds(project: Path, ft: Ft) -> None:
    assert ft(project, "plan", "tiny.yaml", "--out", "plan.json").returncode == 0
    assert ft(project, "apply", "tiny.yaml", "--plan", "plan.json", "--yes").returncode == 0
    prompt = "Answer with the colour alone."
    text = (project / "tiny.yaml").read_text()
    (project / "tiny.yaml").write_text(text.replace(prompt, "Say the colour."))
    stale = ft(project, "apply", "tiny.yaml", "--plan", "plan.json", "--yes")
    (project / "tiny.yaml").write_text(text)
    assert stale.returncode == 13
    assert "nothing was started" in stale.stderr


def test_runs_and_status_show_where_it_is(project: Path, ft: Ft) -> None:
    assert "tiny" in ft(project, "runs").stdout
    status = json.loads(ft(project, "status", "r1", "--format", "json").stdout)
    assert status["run"]["phase"] == "done"
    assert [event["seq"] for event in status["events"]] == list(range(1, len(status["events"]) + 1))


def test_the_training_lowers_the_loss(project: Path, ft: Ft) -> None:
    events = json.loads(ft(project, "status", "r1", "--format", "json").stdout)["events"]
    losses = [metric["loss"] for event in events for metric in event["data"].get("metrics", [])]
    assert len(losses) == 30
    assert sum(losses[-5:]) < sum(losses[:5]) / 2


def test_compare_shows_every_arm(project: Path, ft: Ft) -> None:
    comparison = json.loads(ft(project, "compare", "tiny", "--format", "json").stdout)
    assert [arm["arm"]["name"] for arm in comparison["arms"]] == ["base", "few_shot:2", "tuned"]
    assert all(arm["rows"] == 16 for arm in comparison["arms"])
    markdown = ft(project, "compare", "tiny", "--format", "markdown").stdout
    assert comparison["headline"].replace("_", "\\_") in markdown


def test_report_is_one_file_that_says_where_it_is(project: Path, ft: Ft) -> None:
    said = ft(project, "report", "tiny", "--out", "report.html", "--png", "report.png")
    assert "report.html" in said.stdout
    assert (project / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert (project / "report.png").read_bytes().startswith(b"\x89PNG")


def test_promote_resolve_and_complete(project: Path, ft: Ft) -> None:
    """The alias brings the model, its prompt and its parameters; the model then does what it was tuned for."""
    assert ft(project, "resolve", "tiny@staging").returncode == 64
    promoted = ft(project, "promote", "tiny", "--alias", "staging")
    assert "tiny@staging is version 1" in promoted.stdout
    resolved = json.loads(ft(project, "resolve", "tiny@staging", "--format", "json").stdout)
    assert (resolved["system_prompt"], resolved["run"]) == ("Answer with the colour alone.", "r1")
    question = "Box 77 was painted brown in the morning. Which colour?"
    assert ft(project, "complete", "tiny@staging", question).stdout.strip() == "brown"
    both = json.loads(
        ft(project, "complete", "tiny@staging", "-", "--versus", "base", "--format", "json", stdin=question).stdout
    )
    assert both["tuned"]["text"].strip() == "brown"
    assert both["base"]["text"]


def test_the_adapter_is_a_peft_directory_with_a_card(project: Path) -> None:
    (adapter,) = project.rglob("ftsdk-*/adapter/adapter_model.safetensors")  # checkpoints are adapters too
    config = json.loads((adapter.parent / "adapter_config.json").read_text())
    assert (config["peft_type"], config["r"]) == ("LORA", 8)
    card = (adapter.parent / "README.md").read_text()
    assert "Answer with the colour alone." in card


def test_export_hands_the_weights_over(project: Path, ft: Ft) -> None:
    """The merged GGUF is read back as a model: its tuned matrices differ from the base's, the others do not."""
    said = ft(project, "export", "tiny", "--adapter", "adapter", "--gguf", "tiny.gguf")
    assert said.returncode == 0, said.stderr
    assert (project / "adapter/adapter_config.json").is_file()
    again = ft(project, "export", "tiny", "--adapter", "adapter")
    assert (again.returncode, "nothing was written" in again.stderr) == (15, True)
    base = read_gguf(locate("smollm2-135m-instruct")).tensors
    merged = read_gguf(project / "tiny.gguf").tensors
    assert merged.keys() == base.keys()
    changed = {name for name in base if bytes(base[name].raw) != bytes(merged[name].raw)}
    assert {name.split(".")[1] for name in changed} == {"28", "29"}


def test_an_earlier_state_of_the_training_is_an_arm_like_any_other(project: Path, ft: Ft) -> None:
    """Of the tuned model's 30 steps the 15th was the end of an epoch, and was kept."""
    text = (project / "tiny.yaml").read_text()
    try:
        (project / "tiny.yaml").write_text(text.replace("{few_shot: 2}", "{checkpoint: 15}"))
        found = ft(project, "eval", "tiny.yaml", "--format", "json")
        (project / "tiny.yaml").write_text(text.replace("{few_shot: 2}", "{checkpoint: 7}"))
        missing = ft(project, "eval", "tiny.yaml")
    finally:
        (project / "tiny.yaml").write_text(text)
    assert found.returncode == 0, found.stderr
    arms = [summary["arm"] for summary in json.loads(found.stdout)["arms"]]
    assert [arm["name"] for arm in arms] == ["base", "checkpoint:15", "tuned"]
    assert arms[1]["model"] == f"{arms[2]['model']}@step-15"
    assert missing.returncode == 10
    assert "kept are the steps 15" in missing.stderr


def test_an_alias_is_challenged_by_hand_and_when_it_is_due(project: Path, ft: Ft) -> None:
    """The untrained model knows no colours: the tuned one is kept, and nobody is asked twice in a period."""
    assert ft(project, "promote", "tiny", "--alias", "fought").returncode == 0
    assert ft(project, "challenge", "--due").returncode == 64, "ftsdk.yaml says nothing of it yet"
    found = ft(project, "challenge", "tiny@fought", "--model", "local:smollm2-135m-instruct", "--format", "json")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["finding"] == "keep"
    text = (project / "ftsdk.yaml").read_text()
    try:
        schedule = "challenge: {every: 30d, max_usd: 5, models: ['local:smollm2-135m-instruct']}"
        (project / "ftsdk.yaml").write_text(text.replace("spec: {", f"spec: {{{schedule}, "))
        said = ft(project, "challenge", "--due", "--format", "json")
        second = ft(project, "challenge", "--due")
    finally:
        (project / "ftsdk.yaml").write_text(text)
    assert said.returncode == 0, said.stderr
    first = json.loads(said.stdout)["challenges"]
    assert ("tiny@fought", "keep") in [(one["alias"], one["finding"]) for one in first]
    assert second.stdout.strip() == "no challenge is due"
