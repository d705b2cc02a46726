"""No bytes crash, hang or leak: a value or our refusal, nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ftsdk.diagnostics import Diagnostic
from ftsdk.spec import SpecFile

Check = Callable[[str | bytes], tuple[SpecFile | None, tuple[Diagnostic, ...]]]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  gates:\n", "  gates:\n" + "".join(f"    - {{metric: x{number}}}\n" for number in range(9000))),
        ("    metrics:\n", "    metrics:\n" + "".join(f"      - {{name: x{number}}}\n" for number in range(9000))),
        ("arms: [", "arms: [" + "".join(f"{{promted: x{number}}}, " for number in range(9000))),
        ("spec:\n", "spec:\n" + "".join(f"  modl{number}: 1\n" for number in range(16_000))),
        ("spec:\n", "spec:\n" + "".join("  same: 1\n" for number in range(16_000))),
        ("{name: tickets}", "{name: a, labels: {" + ",".join(f"a{number}: 1" for number in range(16_000)) + "}}"),
        ("data/train.jsonl", "a/" * 400_000),
        ("smollm2", "smollm2" * 100_000),
    ],
)
def test_a_long_file_is_refused_with_a_bounded_list(good: str, checked: Check, old: str, new: str) -> None:
    assert old in good
    spec, findings = checked(good.replace(old, new))
    assert spec is None
    assert 0 < len(findings) <= 201


@pytest.mark.parametrize("piece", ["[", "{", "? ", "- ", "{a: ", "'", "&a [", "!!a ", "|\n ", "%\n", "\\", "[a, "])
def test_a_megabyte_of_openings_is_refused_and_the_process_lives(root: Path, piece: str) -> None:
    path = root / "specs" / "bomb.yaml"
    path.write_text(piece * (990_000 // len(piece)))
    program = f"from ftsdk.spec import check; s, f = check({str(path)!r}, root={str(root)!r}); print(s, f[0].code)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("None ")
