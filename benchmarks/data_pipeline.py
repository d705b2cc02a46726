# ruff: noqa: E501
"""``ft data check`` against counting tokens alone, the OpenAI cookbook's checks, and datasets + tokenizers.

``python -m benchmarks.data_pipeline`` makes the seeded file once (200,000 rows, 180 MB, planted defects) and runs every
candidate in a process of its own, in turn, so that a busy machine slows all of them. Ratios are of CPU-seconds after
the imports, which all candidates print apart; reading the encoding is inside. Names that end in `_plain` run without
the extra `fast`. ``--hf PYTHON`` names an interpreter that has `datasets` and `tokenizers`; ``--only NAME,NAME`` runs a few.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks._planted_rows import write
from ftsdk.data import check
from ftsdk.data.encodings import encoding
from ftsdk.spec.training_data import Checks

OUT = Path(__file__).parent / "out"
LIMIT = 8_192
HF_ROWS = 20_000


def everything(path: Path, processes: int = 1) -> None:
    """All that ``check`` looks for; fails unless every planted defect is told with its line."""
    report = check(path, processes=processes, max_tokens=LIMIT)
    assert report.ledger is not None
    ledger = report.ledger
    assert ledger.input == ledger.trained + ledger.masked + ledger.truncated + ledger.dropped + ledger.padding
    told = {(finding.place.line, finding.code) for finding in report.findings if finding.place}
    planted = json.loads(path.with_name(path.name + ".planted.json").read_text())
    wanted = [(int(line), code) for line, (codes, _) in planted.items() for code in codes if code != "near"]
    missed = [item for item in wanted if item not in told]
    near = [int(line) for line, (codes, _) in planted.items() if "near" in codes]
    found = sum((line, "data/near-duplicate") in told for line in near)
    print(
        f"{len(wanted) - len(missed)} of {len(wanted)} planted defects told, {len({code for _, code in wanted})} codes; "
        f"{found} of {len(near)} edited rows told as near-duplicates (the others are below 0.8)"
    )
    assert not missed, Counter(code for _, code in missed)


def two_processes(path: Path) -> None:
    """Prints too what two idle cores could do at best: what the parent alone does, then the halves of the rest."""
    before = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    everything(path, 2)
    after = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    parent, children = (b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime for a, b in zip(before, after, strict=True))
    bound = (parent + children) / (parent + children / 2)
    print(f"parent {parent:.1f}, children {children:.1f} CPU-s: at most {bound:.2f} times one process")


def flat_memory(path: Path) -> None:
    """Without near-duplicates."""
    check(path, processes=1, max_tokens=LIMIT, checks=Checks(near_duplicates="off"))


def sampled(path: Path) -> None:
    check(path, processes=1, max_tokens=LIMIT, tokens="sample")


def tiktoken_alone(path: Path) -> None:
    """What exact counting costs by itself: decode each row and encode each content."""
    import msgspec

    encode, decode = encoding("o200k_base").encode_ordinary, msgspec.json.Decoder().decode
    total = 0
    with path.open("rb") as file:
        for line in file:
            try:
                total += sum(len(encode(turn["content"])) for turn in decode(line)["messages"] if turn["content"])
            except Exception:  # noqa: BLE001, S112  a planted defect
                continue
    print(f"{total:,} tokens")


def cookbook(path: Path) -> None:
    """The checks and counts of OpenAI's "Data preparation and analysis for chat model fine-tuning", over a whole file.

    Written anew from the notebook's description: the rows in a list; missing keys, unknown keys and roles, missing
    content and answers counted; then messages, whole lengths and answers' lengths, each by its own encoding.
    """
    rows = []
    for line in path.open("rb"):
        try:
            rows.append(json.loads(line))
        except (ValueError, RecursionError):
            continue  # the notebook stops here
    errors: Counter[str] = Counter()
    for row in rows:
        messages = row.get("messages") if isinstance(row, dict) else None
        if not messages:
            errors["missing_messages_list"] += 1
            continue
        for message in messages:
            if not isinstance(message, dict) or "role" not in message or "content" not in message:
                errors["message_missing_key"] += 1
                continue
            errors["message_unrecognized_key"] += any(
                key not in ("role", "content", "name", "function_call", "weight") for key in message
            )
            errors["unrecognized_role"] += message["role"] not in ("system", "user", "assistant", "function")
            errors["missing_content"] += not isinstance(message["content"], str)
        errors["missing_assistant"] += not any(
            isinstance(message, dict) and message.get("role") == "assistant" for message in messages
        )
    encode = encoding("o200k_base").encode
    lengths, answers = [], []
    for row in rows:
        try:
            turns = row["messages"]
            lengths.append(3 + sum(3 + sum(len(encode(value)) for value in turn.values()) for turn in turns))
            answers.append(sum(len(encode(turn["content"])) for turn in turns if turn["role"] == "assistant"))
        except Exception:  # noqa: BLE001, S112  the notebook stops here
            continue
    print(f"{sum(lengths):,} tokens, {dict(errors)}")


def without_fast(candidate: Callable[[Path], None]) -> Callable[[Path], None]:
    """``candidate`` with tiktoken counting, as where the extra `fast` is not installed."""

    def run(path: Path) -> None:
        sys.modules["toktok"] = None  # type: ignore[assignment]  # makes its import fail
        candidate(path)

    return run


CANDIDATES: dict[str, Callable[[Path], None]] = {
    "tiktoken_alone": tiktoken_alone,
    "everything": everything,
    "everything_plain": without_fast(everything),
    "two_processes": two_processes,
    "two_processes_plain": without_fast(two_processes),
    "flat_memory": flat_memory,
    "sampled": sampled,
    "sampled_plain": without_fast(sampled),
    "cookbook": cookbook,
}

HF = """
import json, sys, time
from tokenizers import Tokenizer, models, pre_tokenizers, Regex
from datasets import Dataset
began = time.process_time()
vocabulary, merges, pattern = json.load(open(sys.argv[1]))
tokenizer = Tokenizer(models.BPE(vocabulary, [tuple(pair) for pair in merges], ignore_merges=False))
split = pre_tokenizers.Split(Regex(pattern), "isolated")
tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(False, use_regex=False)])
rows = []
for line in open(sys.argv[2], "rb"):
    try:
        turns = [{"role": t["role"], "content": str(t["content"])} for t in json.loads(line)["messages"]]
        str(turns).encode(), [t["content"].encode() for t in turns]
        rows.append({"messages": turns})
    except Exception:
        continue  # one such row ends datasets' own loader
counted = Dataset.from_list(rows).map(lambda row: {"n": sum(len(tokenizer.encode(t["content"]).ids) for t in row["messages"])})
print(time.process_time() - began)
print(sum(counted["n"]), "tokens")
"""


class Used(NamedTuple):
    """What a process used with its children: CPU-seconds after imports and in all, seconds, peak MiB."""

    cpu: float
    whole: float
    wall: float
    memory: float


def run(name: str, command: list[str]) -> Used:
    """Run a candidate, whose first line of output is its CPU-seconds after the imports."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    began = os.times().elapsed
    cpu, *said = process.stdout.read().splitlines() if process.stdout else ""
    _, status, used = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, name
    found = Used(float(cpu), used.ru_utime + used.ru_stime, os.times().elapsed - began, used.ru_maxrss / 1024)
    print(
        f"  {name:16} {found.cpu:6.1f} CPU-s (+{found.whole - found.cpu:.1f} of imports) {found.wall:6.1f} s "
        f"{found.memory:5.0f} MiB  {' '.join(said)}",
        flush=True,
    )
    return found


def cpu_seconds() -> float:
    """Of this process and the children that it waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def merges_file() -> Path:
    """The encoding in the form that `tokenizers` takes: tokens as letters, and the pair that each was merged from."""
    path = OUT / "o200k_merges.json"
    if path.exists():
        return path
    from ftsdk.data.encodings import PATTERNS, _tokens
    from ftsdk.trainers.smol.tokenizer import byte_letters

    letters = byte_letters()
    ranks = {token: rank for rank, token in enumerate(_tokens("o200k_base"))}
    named = {token: "".join(letters[byte] for byte in token) for token in ranks}
    merges = []
    for token, rank in ranks.items():
        parts = [bytes([byte]) for byte in token]
        while len(parts) > 2:
            pairs = [(ranks.get(parts[i] + parts[i + 1], rank), i) for i in range(len(parts) - 1)]
            lowest, place = min(pairs)
            if lowest >= rank:
                break
            parts[place : place + 2] = [parts[place] + parts[place + 1]]
        if len(parts) == 2:
            merges.append([named[parts[0]], named[parts[1]]])
    vocabulary = {named[token]: rank for token, rank in ranks.items()}
    path.write_text(json.dumps([vocabulary, merges, PATTERNS["o200k_base"]]))
    return path


def main() -> None:
    """Run all in turn and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--hf", metavar="PYTHON")
    parser.add_argument("--only", metavar="NAMES", help="some of " + ", ".join(CANDIDATES))
    parser.add_argument("--child", choices=CANDIDATES, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.child, args.file)
        return
    path = OUT / f"rows_{args.rows}.jsonl"
    write(path, args.rows)
    names = args.only.split(",") if args.only else list(CANDIDATES)
    used: dict[str, list[Used]] = {name: [] for name in names}
    for number in range(args.rounds):
        print(f"round {number + 1}: {path.stat().st_size / 1e6:.0f} MB, load {os.getloadavg()[0]:.1f}", flush=True)
        for name in names:
            used[name].append(run(name, command(name, path)))
    ratios(used)
    if args.hf:
        hugging_face(path, args.hf)


def child(name: str, path: Path) -> None:
    """Run one candidate; its CPU-seconds come first in what is printed."""
    before, said = cpu_seconds(), io.StringIO()
    with contextlib.redirect_stdout(said):
        CANDIDATES[name](path)
    print(cpu_seconds() - before)
    print(said.getvalue())


def command(name: str, path: Path) -> list[str]:
    """What runs one candidate."""
    return [sys.executable, "-m", "benchmarks.data_pipeline", "--child", name, "--file", str(path)]


def ratios(used: dict[str, list[Used]]) -> None:
    """Ratios of the medians."""
    cpu = {name: median(one.cpu for one in values) for name, values in used.items()}
    for name in (name for name in cpu if name not in ("tiktoken_alone", "cookbook")):
        speeds = [
            f"{cpu[rival] / cpu[name]:.2f} times {rival}" for rival in ("tiktoken_alone", "cookbook") if rival in cpu
        ]
        print(f"{name}: {', '.join(speeds)}")
    if {"everything", "two_processes"} <= set(used):
        alone, both = (median(one.wall for one in used[name]) for name in ("everything", "two_processes"))
        print(f"two processes: {alone / both:.2f} times one (wall), on a machine with load {os.getloadavg()[0]:.1f}")


def hugging_face(path: Path, python: str) -> None:
    """The first rows, by datasets + tokenizers and by us."""
    few = OUT / f"rows_{HF_ROWS}.jsonl"
    write(few, HF_ROWS)
    theirs = run("hugging face", [python, "-c", HF, str(merges_file()), str(few)])
    for name in ("everything", "everything_plain"):
        ours = run(name, command(name, few))
        print(f"{name}: {theirs.cpu / ours.cpu:.1f} times datasets + tokenizers on {HF_ROWS:,} rows")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
