"""No bytes crash, hang or leak: a value or our refusal, nothing else."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ftsdk.diagnostics import Diagnostic
from ftsdk.spec import SpecFile

Check = Callable[[str | bytes], tuple[SpecFile | None, tuple[Diagnostic, ...]]]
PIECES = [
    b"[", b"{", b"? ", b"- ", b": ", b"&a ", b"*a", b"!!x ", b"<<: ", b"%", b"---\n", b"...\n", b"|", b">", b"'", b'"',
    b"\\", b"#", b"\t", b"\r", b"\n", b"\x00", b"\xff", b"\xef\xbb\xbf", "\u2028".encode(), "\U0001f600".encode(),
    b"0777",
    b"1e999", b"9" * 50, b".nan", b"null", b"no", b"{{ x }}", b"${env:HOME}", b"@", b"`", b"]" * 40, b"[" * 40, b",",
    b"\n  x: ", b"auto", b"../../x", b"~", b"=", b"\\0", b"-", b"true", b"s3://x",
]  # fmt: skip


def mutants(good: str, count: int) -> Iterator[bytes]:
    chance = random.Random(20261122)
    words = re.findall(rb"[\w./-]+", good.encode())
    for _ in range(count):
        data = bytearray(good.encode())
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(data) + 1)
            until = min(len(data), at + chance.choice([0, 0, 1, 2, 8, 40]))
            data[at:until] = chance.choice([*PIECES, chance.choice(words), chance.randbytes(2)])
        yield bytes(data)


def test_mutated_documents_end_in_a_value_or_a_refusal_with_places(good: str, checked: Check) -> None:
    accepted = 0
    for data in mutants(good, 2500):
        spec, findings = checked(data)
        accepted += spec is not None
        assert (spec is None) == any(finding.severity == "error" for finding in findings), data
        for finding in findings:
            assert finding.message and "\n" not in finding.message, data
            assert "does not fit" not in finding.message, data
    assert 0 < accepted < 2500


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
