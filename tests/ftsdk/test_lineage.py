"""A model tuned on v1 is not tested with v1's rows: the store knows what it has learnt from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftsdk.cli import main
from ftsdk.data import certify_files
from ftsdk.errors import UsageError
from ftsdk.testing import workspace

EXAMPLE = "specs/example.yaml"


def test_the_rows_behind_a_run_an_alias_and_a_model_are_the_same() -> None:
    with workspace() as ws:
        run = ws.apply(EXAMPLE).wait()
        model = ws.resolve("example@production").model
        of_run, of_alias, of_model = (
            ws.ancestors(base) for base in (f"run:{run.id}", "alias:example@production", f"model:{model}")
        )
        assert of_run == of_alias == of_model
        assert len(of_run[0].read_text().splitlines()) == 64


def test_a_held_out_row_that_an_earlier_model_learnt_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with workspace() as ws:
        run = ws.apply(EXAMPLE).wait()
        learnt = ws.ancestors(f"run:{run.id}")
        fresh, test = tmp_path / "v2.jsonl", tmp_path / "test.jsonl"
        fresh.write_text(row("Name the capital of Norway", "Oslo"))
        test.write_text((ws.root / "specs/train.jsonl").read_text().splitlines()[3] + "\n")
        assert certify_files(fresh, test).held_out
        assert not certify_files(fresh, test, ancestors=learnt).held_out
        monkeypatch.chdir(ws.root)
        asked = ["data", "split", str(fresh), "--certify", str(test)]
        assert main([*asked, "--ancestor", f"run:{run.id}"]) == 10
        assert main(asked) == 0


@pytest.mark.parametrize(
    ("base", "said"),
    [("alias:nothing@production", "never|ever promoted"), ("model:somebody-elses", "no run here made")],
)
def test_what_was_never_made_here_is_one_sentence(base: str, said: str) -> None:
    with workspace() as ws, pytest.raises(UsageError, match=said):
        ws.ancestors(base)


def test_rows_that_are_kept_no_longer_are_not_guessed() -> None:
    with workspace() as ws:
        run = ws.apply(EXAMPLE).wait()
        ws.ancestors(f"run:{run.id}")[0].unlink()
        with pytest.raises(UsageError, match="no longer among the artefacts"):
            ws.ancestors(f"run:{run.id}")


def row(question: str, answer: str) -> str:
    said = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": said}) + "\n"
