"""A seeded file of chat rows with planted defects, and the list of what was planted on which line.

The words are those of Python's own help texts, cut into sentences and mixed, so that tokens are as in English prose.
``python -m benchmarks._planted_rows OUT.jsonl --rows 200000`` writes the file and ``OUT.jsonl.planted.json``.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

SEED = 4
DUPLICATES, NEAR_DUPLICATES, PRIVATE = 0.02, 0.03, 0.01
FAULTY_EACH = 4

SYSTEMS = [
    "You are the support assistant of a software company. Answer in at most five sentences, name the relevant page of "
    "the manual where there is one, and never promise a date for a release.",
    "You explain Python to beginners. Use plain words and one example.",
    "You are a careful reviewer. Say what is wrong first, then why, then how to repair it.",
]


def sentences() -> list[str]:
    """About 4,000 sentences of English prose about Python."""
    from pydoc_data.topics import topics

    text = " ".join(re.sub(r"\s+", " ", topic) for topic in topics.values())
    found = [part.strip() for part in re.split(r"(?<=[.!?])\s+", text) if 40 <= len(part) <= 240]
    return [part for part in dict.fromkeys(found) if "<" not in part and "\\" not in part]


class Maker:
    """Makes rows from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.pool = sentences()
        self.words = sorted({word for line in self.pool for word in re.findall(r"[a-z]{4,12}", line)})

    def text(self, low: int, high: int) -> str:
        """Sentences with every fifth word or so replaced by another, so that rows are their own."""
        random, parts = self.random, []
        for line in random.choices(self.pool, k=random.randint(low, high)):
            words = line.split(" ")
            for place in random.sample(range(len(words)), max(1, len(words) // 5)):
                words[place] = random.choice(self.words)
            parts.append(" ".join(words))
        return " ".join(parts)

    def row(self) -> dict[str, Any]:
        """A plain row that holds; one in three has no system message."""
        messages = [{"role": "user", "content": self.text(2, 5)}, {"role": "assistant", "content": self.text(1, 4)}]
        if self.random.random() < 0.66:
            messages.insert(0, {"role": "system", "content": self.random.choice(SYSTEMS)})
        return {"messages": messages}

    def edited(self, row: dict[str, Any]) -> dict[str, Any]:
        """A near-duplicate: one or two words of it replaced."""
        copy = json.loads(json.dumps(row))
        words = copy["messages"][-1]["content"].split(" ")
        for _ in range(self.random.randint(1, 2)):
            words[self.random.randrange(len(words))] = self.random.choice(self.words)
        copy["messages"][-1]["content"] = " ".join(words)
        return copy  # type: ignore[no-any-return]


def call(name: str = "find", arguments: str = '{"query": "x"}', id: str = "c1") -> dict[str, Any]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


TOOL = {
    "type": "function",
    "function": {
        "name": "find",
        "description": "Find a page",
        "parameters": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
    },
}


def tool_row(
    text: str, *, arguments: str = '{"query": "x"}', name: str = "find", answers: str = "c1"
) -> dict[str, Any]:
    return {
        "messages": [
            {"role": "user", "content": text},
            {"role": "assistant", "content": None, "tool_calls": [call(name, arguments)]},
            {"role": "tool", "tool_call_id": answers, "content": "page 7"},
            {"role": "assistant", "content": "It is on page 7. " + text[:60]},
        ],
        "tools": [TOOL],
    }


def faulty(maker: Maker) -> Iterator[tuple[str, bytes]]:
    """One line with each defect that a line can have by itself, with its code."""

    def written(row: dict[str, Any]) -> bytes:
        return json.dumps(row).encode()

    def chat(*turns: dict[str, Any], **more: Any) -> bytes:
        return written({"messages": list(turns), **more})

    user = {"role": "user", "content": maker.text(1, 2)}
    answer = {"role": "assistant", "content": maker.text(1, 2)}
    good = written(maker.row())
    yield "data/not-json", good[:-2]
    yield "data/not-json", good.replace(b'": ', b"': ", 1)
    yield "data/not-utf8", good.replace(b"e", b"\xe9", 1)
    yield "data/nul", good.replace(b" ", b"\0", 1)
    yield "data/duplicate-key", good.replace(b'"role"', b'"role": "user", "role"', 1)
    yield "data/duplicate-key", good[:-1] + b', "messages": []}'
    yield "data/number", good[:-1] + b', "metadata": {"score": 1e999}}'
    yield "data/number", good[:-1] + b', "metadata": {"score": NaN}}'
    yield "data/deep", b'{"messages": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    yield "data/surrogate", chat({"role": "user", "content": "half \ud83d"}, answer)
    yield "data/not-an-object", b"[1, 2]"
    yield "data/other-format", written({"prompt": "a", "completion": "b"})
    yield "data/other-format", written({"conversations": [{"from": "human", "value": "a"}]})
    yield "data/mixed-formats", written({"input": {"messages": [user]}, "preferred_output": [answer]})
    yield "data/unknown-key", chat(user, answer, extra=1)
    yield "data/unknown-key", chat(user | {"contents": "x"}, answer)
    yield "data/metadata", chat(user, answer, metadata={"a": [1]})
    yield "data/no-messages", written({"messages": []})
    yield "data/message", written({"messages": [user, "answer"]})
    yield "data/role", chat(user, {"role": "asistant", "content": "x"}, user, answer)
    yield "data/content", chat(user | {"content": 7}, answer)
    yield "data/empty-content", chat(user | {"content": " \n"}, answer)
    yield "data/empty-answer", chat(user, answer | {"content": ""})
    yield "data/control-token", chat(user | {"content": "a <|im_start|>system"}, answer)
    yield "data/control-token", chat(user, answer | {"content": "[INST] x"})
    yield "data/order", chat(user, {"role": "system", "content": "x"}, answer)
    yield "data/order", chat({"role": "system", "content": maker.text(1, 1)}, answer)
    yield "data/alternation", chat(user, user | {"content": maker.text(1, 2)}, answer)
    yield "data/last-not-assistant", chat(user, answer, user)
    yield "data/weight", chat(user, answer | {"weight": 2})
    yield "data/nothing-trained", chat(user, answer | {"weight": 0})
    yield "data/tools", chat(user, answer, tools=[{"name": "find"}])
    yield "data/tool-call", chat(user, answer | {"tool_calls": [{"id": "x"}]}, tools=[TOOL])
    yield "data/tool-call-id", written(tool_row(maker.text(1, 2), answers="c9"))
    yield "data/tool-arguments", written(tool_row(maker.text(1, 2), arguments="{query"))
    yield "data/tool-schema", written(tool_row(maker.text(1, 2), arguments='{"query": 3}'))
    yield "data/undeclared-tool", written(tool_row(maker.text(1, 2), name="seek"))
    unanswered = tool_row(maker.text(1, 2))
    del unanswered["messages"][2]
    yield "data/tool-unanswered", written(unanswered)
    yield "data/secret", chat(user, answer | {"content": f"the key is {'AKIA'}Q3EGRWXT5ZK7MNPB"})
    yield "data/personal", chat(user | {"content": "charge 4539 1488 0343 6467 " + maker.text(1, 1)}, answer)
    yield "data/personal", chat(user | {"content": "write to maria.k@gmail.com " + maker.text(1, 1)}, answer)
    yield "data/too-long", chat(user | {"content": maker.text(400, 400)}, answer)


def lines(rows: int, seed: int = SEED) -> Iterator[tuple[bytes, list[str], int | None]]:
    """Each line with the codes that must be told of it, and the earlier line that it repeats."""
    maker = Maker(seed)
    random = maker.random
    planted = [item for _ in range(FAULTY_EACH) for item in faulty(maker)]
    places = dict(zip(random.sample(range(rows // 50, rows), len(planted)), planted, strict=True))
    kept: list[tuple[int, dict[str, Any]]] = []
    for number in range(1, rows + 1):
        if number - 1 in places:
            code, line = places[number - 1]
            yield line, [code], None
            continue
        chance = random.random()
        if kept and chance < DUPLICATES + NEAR_DUPLICATES + 0.002:
            first, row = random.choice(kept)
            if chance < DUPLICATES:
                yield json.dumps(row).encode(), ["data/duplicate"], first
            elif chance < DUPLICATES + NEAR_DUPLICATES:
                yield json.dumps(maker.edited(row)).encode(), ["near"], first
            else:
                turns = [*row["messages"][:-1], {"role": "assistant", "content": maker.text(1, 4)}]
                yield json.dumps({"messages": turns}).encode(), ["data/conflict"], first
            continue
        row = maker.row()
        codes = []
        if random.random() < PRIVATE:
            row["messages"][-1]["content"] += (
                f" Ask jo.{random.choice(maker.words)}@web.de or +49 30 {random.randrange(10**6, 10**7)}."
            )
            codes.append("data/personal")
        elif len(kept) < 20_000 or random.random() < 0.2:
            kept.append((number, row))
        yield json.dumps(row).encode(), codes, None


def write(path: Path, rows: int, seed: int = SEED) -> Path:
    """The file at ``path`` unless it is there already; returns the path of the list of what was planted."""
    planted = path.with_name(path.name + ".planted.json")
    if path.exists() and planted.exists():
        return planted
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {}
    with path.open("wb") as file:
        for number, (line, codes, first) in enumerate(lines(rows, seed), 1):
            file.write(line + b"\n")
            if codes:
                told[number] = [codes, first]
    planted.write_text(json.dumps(told))
    return planted


def main() -> None:
    """Write the file and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=200_000)
    args = parser.parse_args()
    write(args.out, args.rows)
    print(f"{args.out}: {args.rows:,} rows, {args.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
