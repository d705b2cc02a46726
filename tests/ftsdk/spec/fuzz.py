"""Documents nobody would write, in a process with little memory: each ends in a value or in our refusal, nothing else.

Half-broken ones come from a byte mutator over the committed documents, whole ones from hypothesis. What reads without a
finding is read by ruamel.yaml in YAML 1.2 mode too; where it sees something else, the reason is listed below.

    python -m tests.ftsdk.spec.fuzz --documents 200000 --seed 1
"""

from __future__ import annotations

import argparse
import datetime
import json
import random
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ftsdk.spec import ProjectFile, load_project
from ftsdk.spec.file import examine_bytes
from ftsdk.spec.read import read_document
from tests.ftsdk.spec.language import DOCUMENTS, EXAMPLE, all_parts, fields_of

MEGABYTES = 512
SHARE_GENERATED = 0.2
SHOWN_BYTES = 2000
BATCH = 1000

PIECES = [
    b"[", b"{", b"? ", b"- ", b": ", b"&a ", b"*a", b"!!x ", b"<<: ", b"%", b"---\n", b"...\n", b"|", b">", b"'", b'"',
    b"\\", b"#", b"\t", b"\r", b"\n", b"\r\n", b"\x00", b"\xff", b"\xef\xbb\xbf", "\u2028".encode(), "\u202e".encode(),
    "\U0001f600".encode(), b"0777", b"1e999", b"1e-5", b"9" * 50, b".nan", b"null", b"no", b"{{ x }}", b"${env:HOME}",
    b"@", b"`", b"]" * 40, b"[" * 40, b",", b"\n  x: ", b"auto", b"../../x", b"~", b"=", b"\\0", b"-", b"true",
    b"s3://x", b"splits.test", b"2026-11-22", b"1_000", b"12:30:45", b"0x1F", b"0o17", b"\n" * 30, b" " * 40,
    b"a" * 500,
]  # fmt: skip

# What ruamel.yaml sees where we see text, and why we are right: the core schema (YAML 1.2.2, 10.3.2) has no such type.
DIFFERENCES: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "timestamp": (
        lambda ours, theirs: isinstance(ours, str) and isinstance(theirs, (datetime.date, datetime.datetime)),
        "dates are YAML 1.1; in 1.2 they are text",
    ),
    "underscores": (
        lambda ours, theirs: isinstance(ours, str) and "_" in ours and isinstance(theirs, (int, float)),
        "1_000 is a number in YAML 1.1 only",
    ),
    "binary": (
        lambda ours, theirs: isinstance(ours, str) and "0b" in ours and isinstance(theirs, int),
        "0b1 is a number in YAML 1.1 only",
    ),
    "signed base": (
        lambda ours, theirs: isinstance(ours, str) and re.fullmatch(r"[-+]0[ox].*", ours) and isinstance(theirs, int),
        "the core schema has no sign before 0x and 0o",
    ),
    "comment after a block": (
        lambda ours, theirs: isinstance(theirs, str) and str(ours).rstrip("\n") == theirs.rstrip("\n"),
        "ruamel drops or keeps a line break of a block scalar that a comment follows",
    ),
}  # fmt: skip
# What ruamel.yaml refuses and we read, by words of its message.
REFUSALS = {
    "tag:yaml.org,2002:value": "'=' is the value tag of YAML 1.1; in 1.2 it is text",
    "tag:yaml.org,2002:merge": "'<<' as a value is text; as a key we refuse it too",
    "tag:yaml.org,2002:timestamp": "what looks like a date but is none is text",
    "month must be in": "what looks like a date but is none is text",
    "day is out of range": "what looks like a date but is none is text",
    "hour must be in": "what looks like a date but is none is text",
    "minute must be in": "what looks like a date but is none is text",
    "second must be in": "what looks like a date but is none is text",
    "year 0 is out of range": "what looks like a date but is none is text",
    "offset must be": "what looks like a date but is none is text",
    "invalid literal for int": "'+_' is no number: underscores are YAML 1.1, and there is no digit",
    "could not convert string to float": "'._' is no number: underscores are YAML 1.1, and there is no digit",
    "'\\t' that cannot start any token": "a tab inside plain text is white space (YAML 1.2.2, 7.3.3)",
}
IN_FLOW = ("or '}', but got", "or ']', but got")


class Broken(Exception):
    """A document that ended in something else than a value or a refusal."""


class Fuzzer:
    """Counts what documents end in; raises Broken with the document otherwise."""

    def __init__(self, project: ProjectFile) -> None:
        self.project = project
        self.ends: Counter[str] = Counter()
        self.differences: Counter[str] = Counter()
        self.compared = 0
        self.slowest = 0.0
        self._path = EXAMPLE / "specs" / "support" / "fuzzed.yaml"

    def take(self, data: bytes) -> None:
        """Check one document and compare what it says with what ruamel.yaml reads."""
        started = time.process_time()
        try:
            checked = examine_bytes(data, self._path, self.project)
        except Exception as error:
            raise Broken(f"{type(error).__name__}: {error}\n{data[:SHOWN_BYTES]!r}") from error
        self.slowest = max(self.slowest, time.process_time() - started)
        errors = [finding for finding in checked.findings if finding.severity == "error"]
        for finding in checked.findings:
            if not finding.message or "\n" in finding.message or "does not fit" in finding.message:
                raise Broken(f"{finding}\n{data[:SHOWN_BYTES]!r}")
        if checked.kind == "FineTune" and (checked.spec is None) != bool(errors):
            raise Broken(f"neither a value nor a refusal\n{data[:SHOWN_BYTES]!r}")
        self.ends["refused" if errors else "accepted"] += 1
        self._compare(data)

    def _compare(self, data: bytes) -> None:
        document, findings = read_document(data, "x.yaml")
        if document is None or findings:
            return
        self.compared += 1
        try:
            reader = YAML(typ="safe", pure=True)
            reader.version = (1, 2)
            theirs = reader.load(data.decode("utf-8-sig"))
        except (YAMLError, ValueError) as error:
            known = next((words for words in REFUSALS if words in str(error)), None)
            if b"\t" in data and any(words in str(error) for words in IN_FLOW):
                known = "'\\t' that cannot start any token"
            if known is None:
                raise Broken(f"ruamel.yaml refuses: {error}\n{data[:SHOWN_BYTES]!r}") from error
            self.differences[f"refused: {REFUSALS[known]}"] += 1
            return
        for ours, other in differing(document.value, theirs):
            name = next((name for name, (fits, _) in DIFFERENCES.items() if fits(ours, other)), None)
            if name is None:
                raise Broken(f"we read {ours!r}, ruamel.yaml {other!r}\n{data[:SHOWN_BYTES]!r}")
            self.differences[f"{name}: {DIFFERENCES[name][1]}"] += 1


def differing(ours: Any, theirs: Any) -> Iterator[tuple[Any, Any]]:
    """The pairs of values that are not the same, type included."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if len(ours) != len(theirs):
            yield ours, theirs
        for mine, other in zip(ours.items(), theirs.items(), strict=False):
            yield from differing(mine, other)
    elif isinstance(ours, tuple) and isinstance(theirs, (list, tuple)):
        if len(ours) != len(theirs):
            yield ours, theirs
        for mine, other in zip(ours, theirs, strict=False):
            yield from differing(mine, other)
    elif type(ours) is not type(theirs) or ours != theirs:
        yield ours, theirs


def mutants(texts: list[bytes], chance: random.Random) -> Iterator[bytes]:
    """Committed documents with pieces put in, taken out, doubled and swapped, without end."""
    words = sorted({word for text in texts for word in re.findall(rb"[\w./-]+", text)})
    while True:
        data = bytearray(chance.choice(texts))
        for _ in range(chance.choice([1, 1, 2, 3, 6])):
            at = chance.randrange(len(data) + 1)
            until = min(len(data), at + chance.choice([0, 0, 1, 2, 8, 40]))
            data[at:until] = chance.choice(
                [chance.choice(PIECES), chance.choice(words), chance.randbytes(2), bytes(data[at:until]) * 2]
            )
        yield bytes(data)


KEYS = sorted({key for part in all_parts() for _, key, _ in fields_of(part)})
SCALARS = st.one_of(
    st.sampled_from([None, True, False, "auto", "base", "tuned", "sft", "dpo", "splits.test", "json_schema", "24h"]),
    st.integers(), st.floats(allow_nan=False), st.text(max_size=20),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=30,
)
PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)


def block(value: Any, depth: int = 0) -> str:
    """A value as YAML in block style, with keys and texts as they are: whatever that comes to mean."""
    pad = "  " * depth
    if isinstance(value, dict) and value:
        return "".join(f"\n{pad}{key}: {block(item, depth + 1)}" for key, item in value.items())
    if isinstance(value, list) and value:
        return "".join(f"\n{pad}- {block(item, depth + 1)}" for item in value)
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value


HEAD = "apiVersion: ftsdk/v1\nkind: FineTune\nmetadata: {name: a}\n"


def flow(spec: Any, kind: str) -> str:
    """A document of ``kind`` in flow style, with every text in quotes."""
    document = {"apiVersion": "ftsdk/v1", "kind": kind, "metadata": {"name": "a"}, "spec": spec}
    return json.dumps(document, ensure_ascii=False)


MADE = st.one_of(
    st.builds(flow, VALUES, st.sampled_from(["FineTune", "Project", "Decision"])),
    st.builds(lambda spec: f"{HEAD}spec: {block(spec, 1)}\n", VALUES),
    st.builds(block, VALUES),
    PLAIN,
)


def generate(fuzzer: Fuzzer, count: int, start: int) -> None:
    """Let hypothesis make ``count`` documents, in batches: it remembers all that it made in one."""
    for number, made in enumerate(range(0, count, BATCH)):
        _generate(fuzzer, min(BATCH, count - made), start * 10_000 + number)


def _generate(fuzzer: Fuzzer, count: int, start: int) -> None:
    @seed(start)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(MADE)
    def one(text: str) -> None:
        fuzzer.take(text.encode("utf-8", "surrogatepass"))

    one()


def main() -> int:
    """Fuzz, and say what the documents ended in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    fuzzer = Fuzzer(load_project(EXAMPLE))
    texts = [path.read_bytes() for path in DOCUMENTS]
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 2**20, MEGABYTES * 2**20))
    generated = int(args.documents * SHARE_GENERATED)
    try:
        for data, _ in zip(mutants(texts, random.Random(args.seed)), range(args.documents - generated), strict=False):
            fuzzer.take(data)
        generate(fuzzer, generated, args.seed)
    except Broken as broken:
        sys.stderr.write(f"{broken}\n")
        return 1
    report = {"documents": sum(fuzzer.ends.values()), **fuzzer.ends, "compared": fuzzer.compared,
              "differences": dict(fuzzer.differences), "slowest_seconds": round(fuzzer.slowest, 3),
              "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}  # fmt: skip
    sys.stdout.write(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
