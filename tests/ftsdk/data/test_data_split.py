"""Splits are seeded and keep what is alike on one side; the certificate says what held-out rows share and with whom."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsdk.cli import main
from ftsdk.data import (
    Dataset,
    Rule,
    Shares,
    certify_files,
    divide,
    leak_certificate,
    load,
    parse_row,
    prompts,
    split_file,
)
from ftsdk.errors import UsageError

WORDS = [
    "printer", "invoice", "refund", "parcel", "login", "password", "crash", "update", "warehouse", "stock", "courier",
    "keyboard", "battery", "screen", "contract", "meeting", "calendar", "invoice", "backup", "server", "licence",
    "export", "import", "report", "chart", "filter", "column", "row", "macro", "template", "folder", "archive",
]  # fmt: skip


def sentence(rng: random.Random, words: int = 30) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(words))


def value(question: str, **metadata: Any) -> dict[str, Any]:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": "yes"}]
    return {"messages": turns} | ({"metadata": metadata} if metadata else {})


def rows_of(values: list[dict[str, Any]]) -> list[Any]:
    return [row for number, item in enumerate(values, 1) if (row := parse_row(item, number)[0])]


def dataset(values: list[dict[str, Any]], name: str = "d") -> Dataset:
    return Dataset(path=name, sha256=name.ljust(64, "0"), rows=tuple(rows_of(values)))


def write(path: Path, values: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(item) + "\n" for item in values), encoding="utf-8")
    return path


def edited(rng: random.Random, text: str) -> str:
    """``text`` with one word replaced: near, not equal."""
    words = text.split()
    words[rng.randrange(len(words))] = "otter"
    return " ".join(words)


def test_the_same_rows_give_the_same_sides_in_any_order() -> None:
    rng = random.Random(1)
    values = [value(sentence(rng)) for _ in range(200)]
    first = divide(rows_of(values), Shares(validation=0.1, test=0.2), Rule())
    assert Counter(first.sides) == {"train": 140, "validation": 20, "test": 40}
    of_prompt = dict(zip((item["messages"][0]["content"] for item in values), first.sides, strict=True))
    rng.shuffle(values)
    again = divide(rows_of(values), Shares(validation=0.1, test=0.2), Rule())
    assert [of_prompt[item["messages"][0]["content"]] for item in values] == again.sides
    other = divide(rows_of(values), Shares(validation=0.1, test=0.2), Rule(seed=7))
    assert other.sides != again.sides


@given(st.integers(0, 10_000))
def test_groups_equal_and_near_rows_never_straddle(seed: int) -> None:
    rng = random.Random(seed)
    values = []
    for number in range(40):
        text = sentence(rng)
        values.append(value(text, group=f"g{rng.randrange(30)}", customer=f"c{rng.randrange(35)}", n=number))
        if rng.random() < 0.3:
            values.append(value(rng.choice([text.upper(), edited(rng, text), f"{text} {sentence(rng, 15)}"])))
    rng.shuffle(values)
    rows = rows_of(values)
    division = divide(rows, Shares(validation=0.2, test=0.3), Rule(group_by=("customer",), seed=seed))
    for field in ("group", "customer"):
        sides: dict[str, set[str]] = {}
        for row, side in zip(rows, division.sides, strict=True):
            if field in row.metadata:
                sides.setdefault(row.metadata[field], set()).add(side)
        assert all(len(found) == 1 for found in sides.values())
    parts = {}
    for part in ("train", "validation", "test"):
        inside = tuple(row for row, on in zip(rows, division.sides, strict=True) if on == part)
        parts[part] = Dataset(path=part, sha256=part, rows=inside)
    certificate = leak_certificate(parts["train"], parts["test"], validation=parts["validation"])
    assert certificate.held_out
    assert all(overlap.exact == overlap.near == overlap.contained == 0 for overlap in certificate.overlaps)


def test_strata_keep_their_shares() -> None:
    rng = random.Random(2)
    values = [value(sentence(rng), kind="rare" if number % 10 == 0 else "common") for number in range(300)]
    division = divide(rows_of(values), Shares(test=0.2), Rule(stratify_by="kind"))
    kinds = Counter((item["metadata"]["kind"], side) for item, side in zip(values, division.sides, strict=True))
    assert (kinds["rare", "test"], kinds["common", "test"]) == (6, 54)


@pytest.mark.parametrize("moment", [lambda n: str(n), lambda n: f"2026-{1 + n // 28:02}-{1 + n % 28:02}T10:00:00Z"])
def test_the_newest_rows_are_held_out_by_time(moment: Any) -> None:
    rng = random.Random(3)
    values = [value(sentence(rng), at=moment(number)) for number in range(100)]
    order = list(range(100))
    rng.shuffle(order)
    division = divide(rows_of([values[n] for n in order]), Shares(validation=0.1, test=0.2), Rule(time_by="at"))
    sides = dict(zip(order, division.sides, strict=True))
    assert [n for n in range(100) if sides[n] == "test"] == list(range(80, 100))
    assert [n for n in range(100) if sides[n] == "validation"] == list(range(70, 80))


def test_one_large_cluster_is_told() -> None:
    rng = random.Random(4)
    values = [value(sentence(rng), group="all" if number < 95 else "none") for number in range(100)]
    division = divide(rows_of(values), Shares(test=0.4), Rule())
    assert "test has 5 rows and not 40" in division.notes[0]


def test_a_split_is_the_same_when_token_ids_lie_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(6)
    texts = [sentence(rng, 40) for _ in range(80)]
    values = [value(text) for text in (*texts, *(edited(rng, text) for text in texts[:20]))]
    values += [value(f"{texts[number]} {sentence(rng, 30)}") for number in range(20, 30)]
    rows = rows_of(values)
    in_memory = divide(rows, Shares(test=0.3), Rule())
    monkeypatch.setattr(prompts, "IN_MEMORY", 100)
    on_disk = divide(rows, Shares(test=0.3), Rule())
    assert in_memory.sides == on_disk.sides
    assert in_memory.clusters == on_disk.clusters < len(rows)


def test_rows_that_an_ancestor_saw_are_training_rows() -> None:
    rng = random.Random(5)
    texts = [sentence(rng, 60) for _ in range(60)]
    old = dataset([value(edited(rng, text)) for text in texts[:30]], "v1")
    from ftsdk.data.prompts import Prompts

    division = divide(rows_of([value(text) for text in texts]), Shares(test=0.3), Rule(), [Prompts(old.rows)])
    assert set(division.sides[:30]) == {"train"}
    assert division.sides.count("test") == 18


@pytest.mark.parametrize(
    ("shares", "rule", "said"),
    [
        (Shares(test=1.2), Rule(), "not between 0 and 1"),
        (Shares(test=0.0), Rule(), "nothing would be left"),
        (Shares(validation=0.6, test=0.4), Rule(), "nothing would be left"),
        (Shares(), Rule(stratify_by="kind"), "no row has metadata.kind"),
        (Shares(), Rule(time_by="group"), "is no time"),
    ],
)
def test_what_cannot_be_divided_so_is_said(shares: Shares, rule: Rule, said: str) -> None:
    rng = random.Random(6)
    with pytest.raises(UsageError, match=said) as caught:
        divide(rows_of([value(sentence(rng), group=f"g{n}") for n in range(9)]), shares, rule)
    assert caught.value.help


def test_exact_near_and_contained_rows_are_each_counted_once_with_their_lines() -> None:
    rng = random.Random(7)
    texts = [sentence(rng, 40) for _ in range(50)]
    train = dataset([value(text) for text in texts[:40]], "train")
    test = dataset(
        [value(f"  {texts[3].upper()}"), value(edited(rng, texts[5])), value(f"{sentence(rng, 15)} {texts[8]}")]
        + [value(text) for text in texts[40:]],
        "test",
    )
    certificate = leak_certificate(train, test)
    assert (certificate.exact, certificate.near, certificate.contained) == (1, 1, 1)
    assert not certificate.held_out
    assert [(leak.kind, leak.line, leak.seen_line) for leak in certificate.overlaps[0].leaks] == [
        ("exact", 1, 4), ("near", 2, 6), ("contained", 3, 9),
    ]  # fmt: skip
    assert (certificate.train_sha256, certificate.test_sha256) == (train.sha256, test.sha256)
    assert certificate.threshold == 0.8
    assert "Jaccard" in certificate.method


def test_validation_and_ancestor_rows_count_too() -> None:
    rng = random.Random(8)
    texts = [sentence(rng) for _ in range(40)]
    parts = [dataset([value(text) for text in texts[start : start + 10]], str(start)) for start in (0, 10, 20, 30)]
    train, validation, ancestor, fresh = parts
    test = dataset([value(texts[10]), value(texts[20]), value(texts[30])], "test")
    assert leak_certificate(train, test).held_out
    certificate = leak_certificate(train, test, validation=validation, ancestors=[ancestor])
    assert certificate.exact == 2
    assert certificate.ancestors == (ancestor.sha256,)
    found = {(overlap.first, overlap.second): overlap.exact for overlap in certificate.overlaps}
    assert found["ancestor 1", "test"] == found["validation", "test"] == 1
    assert leak_certificate(train, fresh, validation=validation, ancestors=[ancestor]).held_out


def test_planted_near_duplicates_are_found_and_strangers_are_not() -> None:
    rng = random.Random(9)
    train = dataset([value(sentence(rng, rng.randrange(40, 80))) for _ in range(1_000)], "train")
    copies = [value(edited(rng, row.messages[0].content)) for row in train.rows[:200]]
    strangers = [value(sentence(rng, rng.randrange(40, 80))) for _ in range(1_000)]
    found = leak_certificate(train, dataset([*copies, *strangers], "test")).overlaps[0]
    lines = {leak.line for leak in found.leaks}
    assert found.near + found.contained >= 0.95 * 200
    assert found.exact + found.near + found.contained <= 200 + 0.01 * 1_000
    assert len(lines & set(range(1, 201))) >= 0.95 * 200


def test_files_are_copied_line_by_line_with_their_certificate(tmp_path: Path) -> None:
    rng = random.Random(10)
    source = write(tmp_path / "all.jsonl", [value(sentence(rng), id=f"r{n}") for n in range(50)])
    before = source.read_bytes()
    report = split_file(source, tmp_path / "out", Shares(validation=0.2, test=0.2))
    assert source.read_bytes() == before
    lines = [line for file in report.files.values() for line in Path(file.path).read_bytes().splitlines()]
    assert sorted(lines) == sorted(before.splitlines())
    for side in ("train", "validation", "test"):
        assert load(tmp_path / "out" / f"{side}.jsonl").sha256 == report.files[side].sha256
    assert json.loads((tmp_path / "out" / "leaks.json").read_text("utf-8")) == report.certificate.model_dump(
        mode="json"
    )
    assert report.certificate.held_out
    again = certify_files(*(tmp_path / "out" / f"{side}.jsonl" for side in ("train", "test")))
    assert again.held_out
    assert again.test_sha256 == report.certificate.test_sha256


def test_ft_data_split_exits_with_10_when_test_rows_were_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random(11)
    values = [value(sentence(rng)) for _ in range(30)]
    source, part = write(tmp_path / "all.jsonl", values), write(tmp_path / "part.jsonl", values[:3])
    assert main(["data", "split", str(source), "--out", str(tmp_path / "out"), "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {side: file["rows"] for side, file in report["files"].items()} == {"train": 24, "test": 6}
    assert main(["data", "split", str(source), "--certify", str(part)]) == 10
    assert "NOT held out: 3 of 3 test rows" in capsys.readouterr().out
