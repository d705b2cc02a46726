"""Writes the tickets data: wording tables and rules in, eight JSONL files out, the same bytes every time.

``python specs/tickets/generate.py`` rewrites ``data/``. Standard library only. Randomness comes from
``random.Random(name).random()`` alone, whose sequence Python promises to keep from version to version.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).parent
ROWS = {"train": 960, "test": 216, "audit": 216, "audit2": 216, "audit3": 216, "audit4": 216, "audit5": 216}

# How often each choice is dealt. A money question or complaint rarely stops work, so it has a deck of its own.
QUEUES = ("login", "cash", "data", "speed", "links", "help")
PLANS = ("unknown", "trial", "monthly", "contract")
SEVERITIES = {
    "help": ("none",),
    "cash": ("all", "one", "minor", "minor", "minor", "none", "none"),
    "other": ("all", "all", "one", "one", "minor", "minor"),
}
STYLES = ("plain", "plain", "plain", "plain", "lower", "lower", "typos", "typos", "rushed")
TYPO_RATE = 0.07


class Decks:
    """Deals from named lists without repeating a card until the list is used up, so that all wording is used."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.decks: dict[str, list[Any]] = {}

    def deal(self, name: str, cards: Sequence[Any]) -> Any:
        if not self.decks.get(name):
            # Sorting by random keys is a shuffle that needs nothing but Random.random().
            self.decks[name] = sorted(cards, key=lambda _: self.random.random())
        return self.decks[name].pop()


def action(queue: str, severity: str, plan: str) -> str:
    """The next action: the first house rule that applies."""
    if severity == "all":
        return "page"
    if plan == "contract":
        return "call"
    if severity == "none":
        return "guide"
    return "hold" if queue == "cash" else "logs"


def record(product: str, queue: str, severity: str, plan: str) -> str:
    """The answer: compact JSON, keys always in this order."""
    fields = {"product": product, "queue": queue, "severity": severity, "plan": plan}
    return json.dumps(fields | {"action": action(queue, severity, plan)}, separators=(",", ":"))


def issue_text(words: dict[str, Any], decks: Decks, queue: str, severity: str) -> str:
    if severity == "none":
        return str(decks.deal(f"question {queue}", words["questions"][queue]))
    topic = "cash_stop" if queue == "cash" and severity in ("all", "one") else queue
    return str(decks.deal(f"issue {topic}", words["issues"][topic]))


def impact_text(words: dict[str, Any], decks: Decks, severity: str) -> str:
    """One sentence that says what the problem stops, if anything; most are put together from two lists."""
    table = words[{"all": "many", "one": "one", "minor": "goes_on", "none": "no_rush"}[severity]]
    pairs = {"joined": table} if "who" in table else {}
    pairs |= {form: pair for form, pair in table.items() if isinstance(pair, dict)}
    form = decks.deal(f"form {severity}", (*pairs, "whole")) if pairs else "whole"
    if form == "whole":
        return str(decks.deal(f"whole {severity}", table["whole"]))
    who, halted = (decks.deal(f"{form} {part} {severity}", pairs[form][part]) for part in ("who", "halted"))
    return f"{who} {halted}"


def typo(word: str, random: Random) -> str:
    """``word`` with two letters swapped, one dropped, or one doubled."""
    place = 1 + int(random.random() * (len(word) - 2))
    kind = int(random.random() * 3)
    if kind == 0:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + (word[place] * 2 if kind == 1 else "") + word[place + 1 :]


def roughen(text: str, style: str, random: Random) -> str:
    """``text`` as people type it: in small letters, with typos, or in such a hurry that full stops become commas."""
    if style in ("typos", "rushed"):
        text = re.sub(r"[A-Za-z]{5,}", lambda m: typo(m[0], random) if random.random() < TYPO_RATE else m[0], text)
    if style in ("lower", "rushed"):
        text = text.lower()
    if style == "rushed":
        text = re.sub(r"(?<=\w\w)\. ", ", ", text).rstrip(".")
    return text


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def ticket(words: dict[str, Any], decks: Decks, frame: str, customer: str, labels: Sequence[str]) -> str:
    product, queue, severity, plan = labels
    phrase = decks.deal(f"product {product}", words["products"][product])
    issue = issue_text(words, decks, queue, severity).replace("{p}", phrase).replace(",.", ".").replace(",?", "?")
    slots = {
        "issue": sentence(issue),
        "issue_": issue,
        "impact": sentence(impact_text(words, decks, severity)),
        "plan": decks.deal(f"plan {plan}", words["plans"][plan]).format(person=decks.deal("people", words["people"])),
        "person": decks.deal("people", words["people"]),
        "customer": customer,
    }
    text = " ".join(frame.format(**slots).split())
    return roughen(text, decks.deal("style", STYLES), decks.random)


def labels_for(words: dict[str, Any], decks: Decks) -> tuple[str, str, str, str]:
    queue = decks.deal("queue", QUEUES)
    family = queue if queue in SEVERITIES else "other"
    severity = decks.deal(f"severity {family}", SEVERITIES[family])
    return decks.deal("product", tuple(words["products"])), queue, severity, decks.deal("plan", PLANS)


def row(identity: str, group: str, customer: str, text: str, answer: str) -> dict[str, Any]:
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": answer}]
    return {"messages": messages, "metadata": {"id": identity, "group": group, "customer": customer}}


def split_rows(split: str, count: int) -> list[dict[str, Any]]:
    """``count`` rows of different text, dealt from the split's own wording table."""
    words = tomllib.loads((HERE / "wording" / f"{split}.toml").read_text("utf-8"))
    decks = Decks(Random(f"tickets {split} 1"))
    frames = list(enumerate(words["frames"], start=1))
    rows: dict[str, dict[str, Any]] = {}
    while len(rows) < count:
        number, frame = decks.deal("frame", frames)
        customer, labels = decks.deal("customer", words["customers"]), labels_for(words, decks)
        text = ticket(words, decks, frame, customer, labels)
        identity = f"{split}-{len(rows) + 1:03}"
        rows.setdefault(text, row(identity, f"{split}-t{number:02}", customer, text, record(*labels)))
    return list(rows.values())


def hard_rows() -> list[dict[str, Any]]:
    tickets = tomllib.loads((HERE / "wording" / "hard.toml").read_text("utf-8"))["tickets"]
    return [
        row(f"hard-{n:03}", f"hard-t{n:02}", t["customer"], t["text"], record(*t["record"]))
        for n, t in enumerate(tickets, start=1)
    ]


def write(target: Path, rows: list[dict[str, Any]]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8", newline="\n")


def generate(target: Path) -> None:
    """Write the eight files of data below ``target``."""
    for split, count in ROWS.items():
        write(target / f"{split}.jsonl", split_rows(split, count))
    write(target / "hard.jsonl", hard_rows())


if __name__ == "__main__":
    generate(HERE / "data")
