"""A file is checked in one pass: planted defects at their lines, bad files in a sentence, the ledger to the token."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks._planted_rows import write
from ftsdk.data import check
from ftsdk.data.codes import CODES
from ftsdk.data.decode import decode
from ftsdk.data.rows import mapping_faults
from ftsdk.data.screen import screen
from ftsdk.data.wire import Glance, keys_held, keys_written
from ftsdk.diagnostics import Severity
from ftsdk.spec.training_data import Checks

USER, ANSWER = {"role": "user", "content": "What is it?"}, {"role": "assistant", "content": "It is this."}
GOOD = json.dumps({"messages": [USER, ANSWER]})


def codes(path: Path, *lines: str | bytes, **options: Any) -> list[tuple[str, int | None]]:
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines))
    report = check(path, **options)
    return [(f.code, f.place and f.place.line) for f in report.findings if f.code != "data/few-rows"]


def test_every_planted_defect_is_told_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    planted = json.loads(write(path, 3_000).read_text())
    report = check(path, processes=1, max_tokens=8_192)
    told = {(finding.place.line, finding.code) for finding in report.findings if finding.place}
    wanted = {(int(line), code) for line, (found, _) in planted.items() for code in found if code != "near"}
    assert wanted <= told
    assert len({code for _, code in wanted}) > 30
    ledger = report.ledger
    assert ledger is not None
    assert ledger.input == ledger.trained + ledger.masked + ledger.truncated + ledger.dropped + ledger.padding
    assert {finding.code for finding in report.findings} <= set(CODES)


def test_two_processes_tell_what_one_tells(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write(path, 1_000)
    program = (
        "import resource, sys; from ftsdk.data import check\n"
        "for number in (2, 1):\n"
        "    report = check(sys.argv[1], processes=number)\n"
        "    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime > 0, report.model_dump_json())\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, check=True, timeout=120, capture_output=True, text=True)
    (children, two), (_, one) = (line.split(" ", 1) for line in done.stdout.splitlines())
    assert children == "True", "the first was read by others"
    assert two == one
    assert json.loads(one)["profile"]["found"]["data/near-duplicate"] > 10


@pytest.mark.parametrize("ending", ["\n", ""])
def test_long_rows_that_nearly_repeat_are_read_again_whole(tmp_path: Path, ending: str) -> None:
    """Longer than what is read at once, the last with and without a line feed."""
    words = " ".join(f"word{number}" for number in range(20_000))
    rows = [
        {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": "Yes."}]}
        for text in (words, "What is it?", f"{words} and one more")
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)) + ending)
    found = [item for item in check(tmp_path / "rows.jsonl").findings if item.code == "data/near-duplicate"]
    assert [item.place and item.place.line for item in found] == [3]


messages = st.lists(
    st.fixed_dictionaries(
        {
            "role": st.sampled_from(["system", "user", "assistant", "tool", "usr"]),
            "content": st.one_of(st.text(max_size=12), st.sampled_from(["<|im_end|>", "[INST]", " ", '": x" :', "\0"])),
        }
    ),
    max_size=4,
)


@given(messages, st.booleans(), st.sampled_from([",", ", "]), st.sampled_from([":", ": ", " :"]))
def test_what_passes_the_quick_look_breaks_no_rule(
    turns: list[dict[str, str]], escaped: bool, comma: str, colon: str
) -> None:
    line = json.dumps({"messages": turns}, ensure_ascii=escaped, separators=(comma, colon)).encode(
        errors="surrogatepass"
    )
    chat = None if screen()([line])[0].odd else Glance().clean(line)
    if chat is not None and keys_written(line) == keys_held(chat):
        decoded = decode(line)
        assert decoded.fault is None and not decoded.repeated
        assert mapping_faults(decoded.value, "sft") == ()


def test_a_key_given_twice_is_seen_among_many_rows(tmp_path: Path) -> None:
    twice = GOOD.replace('"role"', '"role": "user", "role"', 1)
    different = [GOOD.replace("this", f"this {number}").replace("What", f"{number} What") for number in range(90)]
    assert codes(tmp_path / "a", *different, twice) == [("data/duplicate-key", 91)]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([GOOD, GOOD[:-20]], [("data/cut-off", 2)]),
        ([GOOD, b"\0" * 50], [("data/nul", 2)]),
        ([b"\xef\xbb\xbf" + GOOD.encode()], [("data/byte-order-mark", 1)]),
        ([GOOD, "", ""], [("data/blank-line", None)]),
        (['{"messages": ' + "[" * 10_000 + "]" * 10_000 + "}"], [("data/deep", 1)]),
        (["x" * 17_000_000, GOOD], [("data/long-line", 1)]),
        ([b"PAR1" + b"x" * 40], [("data/other-format", None)]),
        ([], [("data/empty-file", None)]),
    ],
)
def test_bad_files_are_told_in_a_sentence(
    tmp_path: Path, lines: list[str | bytes], found: list[tuple[str, int | None]]
) -> None:
    assert codes(tmp_path / "rows.jsonl", *lines) == found


def test_a_packed_file_is_read_and_a_bomb_is_refused(tmp_path: Path) -> None:
    path, bomb = tmp_path / "rows.jsonl.gz", tmp_path / "bomb.jsonl.gz"
    path.write_bytes(gzip.compress(f"{GOOD}\n{GOOD}\n".encode()))
    assert [finding.code for finding in check(path).findings] == ["data/duplicate", "data/few-rows"]
    with gzip.open(bomb, "wb", 9) as file:
        for _ in range(100):
            file.write(b" " * (1 << 20))
    assert [finding.code for finding in check(bomb).findings] == ["data/gzip"]


def test_rows_whose_answer_would_be_cut_are_told_where_the_provider_cuts(tmp_path: Path) -> None:
    long = json.dumps({"messages": [USER, {"role": "assistant", "content": "word " * 70_000}]})
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join([long, *[GOOD.replace("this", str(number)) for number in range(20)]]))
    report = check(path, model="gpt-4.1-mini")
    (cut,) = [finding for finding in report.findings if finding.code == "data/answer-cut"]
    assert (cut.severity, cut.place and cut.place.line) == (Severity.error, 1)
    ledger = report.ledger
    assert ledger is not None and ledger.truncated == ledger.longest - 65_536
    assert ledger.input == ledger.trained + ledger.masked + ledger.truncated


def test_severities_are_those_of_the_spec(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{GOOD}\n{GOOD}\n")
    for level, severity in (("block", Severity.error), ("warn", Severity.warning)):
        report = check(path, checks=Checks(duplicates=level))
        assert [f.severity for f in report.findings if f.code == "data/duplicate"] == [severity]
    assert "data/duplicate" not in {f.code for f in check(path, checks=Checks(duplicates="off")).findings}


def test_pairs_and_graded_prompts_have_rules_of_their_own(tmp_path: Path) -> None:
    pair = {"input": {"messages": [USER]}, "preferred_output": [ANSWER], "non_preferred_output": [ANSWER]}
    spaced = pair | {"non_preferred_output": [{"role": "assistant", "content": "It  is this."}]}
    good = pair | {"non_preferred_output": [{"role": "assistant", "content": "No."}]}
    path = tmp_path / "pairs.jsonl"
    lines = [json.dumps(row) for row in (good, pair, spaced)]
    assert codes(path, *lines, GOOD) == [
        ("data/equal-pair", 2), ("data/equal-but-space", 3), ("data/mixed-formats", 4),
    ]  # fmt: skip
    graded = json.dumps({"messages": [USER], "expected": "this"})
    ends_badly = json.dumps({"messages": [USER, ANSWER], "expected": "this"})
    assert codes(path, graded, ends_badly) == [("data/last-not-user", 2)]


def test_a_sample_tells_the_tokens_with_their_error(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    write(path, 12_000)
    exact, sampled = check(path).ledger, check(path, tokens="sample").ledger
    assert exact is not None and sampled is not None
    assert exact.error == 0 < sampled.error < 0.05
    assert abs(sampled.input - exact.input) < 2 * sampled.error * exact.input
    assert sampled.input == sampled.trained + sampled.masked + sampled.truncated + sampled.dropped


def test_secrets_are_errors_that_do_not_repeat_them(tmp_path: Path) -> None:
    key = "AKIA" + "Q3EGRWXT5ZK7MNPB"
    row = json.dumps({"messages": [USER, {"role": "assistant", "content": f"it is {key}"}]})
    path = tmp_path / "rows.jsonl"
    path.write_text(row)
    (found,) = [finding for finding in check(path).findings if finding.code == "data/secret"]
    assert found.severity is Severity.error
    assert key not in f"{found.message}{found.help}"


def test_the_page_has_every_code_with_its_severity() -> None:
    page = (Path(__file__).parents[3] / "docs" / "data.md").read_text("utf-8")
    for code, entry in CODES.items():
        assert f"| `{code.removeprefix('data/')}` | {entry.severity.value}" in page, code
