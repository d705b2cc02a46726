"""`ft rollback` for programs."""

from __future__ import annotations

import json

from ftsdk.testing import workspace
from tests.ftsdk.cli.conftest import RunFt


def test_a_rollback_is_told_to_programs_too(run_ft: RunFt) -> None:
    with workspace() as ws:
        run = ws.apply("specs/example.yaml").wait()
        second = ws.resolve("example@production").model_copy(update={"version": 2})
        ws.store.move_alias("example@production", 2, run.id, second.model_dump_json())
        said = run_ft(ws.root, "rollback", "example@production", "--to", "1", "--format", "json")
        assert said.code == 0, said.err
        assert json.loads(said.out)["version"] == 3
