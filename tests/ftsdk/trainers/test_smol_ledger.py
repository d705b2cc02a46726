"""The ledger of a run here says what the trainer will learn, to the token."""

from __future__ import annotations

from pathlib import Path

from ftsdk.data import load
from ftsdk.data.token_ledger import ledger
from ftsdk.providers.local_tokens import ChatCounter
from ftsdk.trainers.smol.batches import read_rows
from ftsdk.trainers.smol.gguf_file import read_gguf
from ftsdk.trainers.smol.layout import make_layout
from ftsdk.trainers.smol.tokenizer import Tokenizer
from tests.ftsdk.trainers.tiny_model import write_job


def test_trained_tokens_of_the_ledger_are_those_the_trainer_learns(tiny_model: Path, tmp_path: Path) -> None:
    """The token that ends an answer is one of them."""
    tokenizer = Tokenizer(read_gguf(tiny_model).values)
    train = write_job(tmp_path, tiny_model).train
    learnt = read_rows(train, "", tokenizer, 256)
    counted = ledger(load(train).rows, ChatCounter(tokenizer))
    assert counted.trained == sum(len(row.wanted) for row in learnt)
    assert counted.trained + counted.masked == counted.input


def test_the_trainer_pads_nothing_as_the_ledger_says(tiny_model: Path, tmp_path: Path) -> None:
    """Rows of unequal length lie end to end: a step's matrix has a row for each of their tokens and no other."""
    tokenizer = Tokenizer(read_gguf(tiny_model).values)
    train = write_job(tmp_path, tiny_model).train
    learnt = read_rows(train, "", tokenizer, 256)
    assert len({len(row.tokens) for row in learnt}) > 1
    for start in range(0, len(learnt), 2):
        lengths = [len(row.tokens) - 1 for row in learnt[start : start + 2]]
        assert make_layout(0, lengths).rows == sum(lengths)
    assert ledger(load(train).rows, ChatCounter(tokenizer)).padding == 0
