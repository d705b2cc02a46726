"""What a spec says of its data is held against the files before anything is bought."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ftsdk.data import load
from ftsdk.diagnostics import Severity
from ftsdk.plan import Plan
from ftsdk.plan.findings import file_findings
from ftsdk.spec import load as load_spec

PlanOf = Callable[..., Plan]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def severities(plan: Plan) -> dict[str, Severity]:
    return {finding.code: finding.severity for finding in plan.findings}


def test_a_file_of_another_hash_is_refused_where_the_hash_is_written(root: Path, spec: dict[str, Any]) -> None:
    (root / "valid.jsonl").write_bytes((root / "hard.jsonl").read_bytes())
    spec["spec"]["dataset"] |= {
        "sha256": sha256(root / "train.jsonl"),
        "validation": "valid.jsonl",
        "validation_sha256": "0" * 64,
    }
    spec["spec"]["evaluation"] |= {"sha256": "1" * 64}
    spec["spec"]["evaluation"]["suites"][0]["sha256"] = "2" * 64
    (root / "spec.yaml").write_text(json.dumps(spec, indent=1))
    spec_file = load_spec(root / "spec.yaml", root=root)
    found = list(file_findings(spec_file, sha256))
    assert [(finding.code, finding.severity) for finding in found] == [("data/sha256", Severity.error)] * 3
    assert [finding.message.split()[0] for finding in found] == ["valid.jsonl", "test.jsonl", "hard.jsonl"]
    lines = (root / "spec.yaml").read_text().splitlines()
    for finding, digit in zip(found, "012", strict=True):
        assert finding.place is not None and finding.place.line is not None
        assert digit * 64 in lines[finding.place.line - 1]


def test_files_whose_hashes_are_right_or_not_given_are_taken(root: Path, spec: dict[str, Any]) -> None:
    spec["spec"]["evaluation"]["sha256"] = sha256(root / "test.jsonl")
    (root / "spec.yaml").write_text(json.dumps(spec))
    assert not list(file_findings(load_spec(root / "spec.yaml", root=root), sha256))


@pytest.mark.parametrize(("level", "expected"), [("block", Severity.error), ("warn", Severity.warning), ("off", None)])
def test_findings_are_as_severe_as_the_checks_of_the_spec_say(
    plan_of: PlanOf, root: Path, spec: dict[str, Any], level: str, expected: Severity | None
) -> None:
    first = (root / "train.jsonl").read_text().splitlines()[0]
    with (root / "train.jsonl").open("a") as file:
        file.write(first + "\n" + first.replace("answer 0", "another") + "\n")
    with (root / "test.jsonl").open("a") as file:
        file.write(first + "\n")
    spec["spec"]["dataset"]["checks"] = {"duplicates": level, "conflicts": level, "eval_leakage": level}
    found = severities(plan_of(spec))
    assert {code: found.get(code) for code in ("data/duplicate", "data/conflict", "data/leak")} == {
        "data/duplicate": expected,
        "data/conflict": expected,
        "data/leak": expected,
    }


def test_a_leak_that_is_tolerated_is_still_in_the_certificate(
    plan_of: PlanOf, root: Path, spec: dict[str, Any]
) -> None:
    (root / "test.jsonl").write_bytes((root / "train.jsonl").read_bytes())
    spec["spec"]["dataset"]["checks"] = {"eval_leakage": "off"}
    leak = plan_of(spec).leak
    assert leak is not None and not leak.held_out


def test_a_spec_may_take_shorter_rows_than_the_model_does(plan_of: PlanOf, spec: dict[str, Any]) -> None:
    spec["spec"]["dataset"]["checks"] = {"max_tokens_per_example": 5}
    assert severities(plan_of(spec))["data/too-long"] is Severity.error


def test_validation_rows_are_part_of_the_certificate(plan_of: PlanOf, root: Path) -> None:
    (root / "valid.jsonl").write_text((root / "test.jsonl").read_text().replace("test question 7", "x y z"))
    leak = plan_of(validation=load(root / "valid.jsonl")).leak
    assert leak is not None and leak.validation_sha256 == sha256(root / "valid.jsonl")
    between = {(part.first, part.second): part.exact for part in leak.overlaps}
    assert between["validation", "test"] == 39
    assert not leak.held_out


def test_an_approval_does_not_cover_other_checks(plan_of: PlanOf, spec: dict[str, Any]) -> None:
    before = plan_of(spec).digest
    spec["spec"]["dataset"]["checks"] = {"secrets": "off"}
    assert plan_of(spec).digest != before
