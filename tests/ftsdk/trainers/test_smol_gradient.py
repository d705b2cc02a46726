"""The gradient is the slope of the loss, and the short cuts that make it fast do not change it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ftsdk.trainers.smol.batches import ActivationCache, Row, read_rows, shared_prefix
from ftsdk.trainers.smol.gguf_file import Floats
from ftsdk.trainers.smol.gradient import GradientOfBatch, Share
from ftsdk.trainers.smol.lora import Adapter
from ftsdk.trainers.smol.loss import Vocabulary
from ftsdk.trainers.smol.tokenizer import Tokenizer
from ftsdk.trainers.smol.weights import Llama, load_llama
from tests.ftsdk.trainers.tiny_model import write_job


class Case:
    """The tiny model with a random adapter on its top layers, and a few rows."""

    def __init__(self, model_path: Path, directory: Path, pool: ThreadPoolExecutor) -> None:
        config = write_job(directory, model_path)
        self.directory, self.pool = directory, pool
        self.model: Llama = load_llama(model_path)
        self.rows: list[Row] = read_rows(config.train, "", Tokenizer(self.model.file.values), 256)
        self.adapter = Adapter(self.model, layers=3, rank=4, alpha=8.0, seed=3)
        random = np.random.Generator(np.random.PCG64(4))
        self.adapter.theta += 0.05 * random.standard_normal(self.adapter.theta.size).astype(np.float32)

    def evaluate(
        self, *, prefix: int | None = None, restricted: bool = False, halves: bool = False
    ) -> tuple[float, Floats]:
        length = shared_prefix(self.rows) if prefix is None else prefix
        cache = ActivationCache(self.directory, self.model, 1, self.rows, length)
        cache.fill(f"prefix {length}", self.pool, 2, lambda _rows: False)
        vocabulary = Vocabulary(self.model.embedding)
        if restricted:
            vocabulary.seen[:] = True
            vocabulary.seen[1] = False  # a control token that no row asks for
            vocabulary.restrict()
        self.adapter.install()
        lanes = [GradientOfBatch(self.model, self.adapter, vocabulary, self.rows, cache, length) for _ in range(2)]
        batch, labels = range(len(self.rows)), sum(len(row.labels) for row in self.rows)
        shares = lanes[0].shares(batch) if halves else [Share(batch, slice(0, length))]
        scored = list(self.pool.map(lambda lane, share: lane(share, labels), lanes, shares))
        gradient = np.add.reduce([lane.gradient for lane in lanes[: len(shares)]])
        return sum(one.loss for one in scored), gradient


@pytest.fixture
def case(tiny_model: Path, tmp_path: Path) -> Iterator[Case]:
    with ThreadPoolExecutor(2) as pool:
        yield Case(tiny_model, tmp_path, pool)


def test_the_gradient_is_the_slope_of_the_loss(case: Case) -> None:
    """Along random directions, the loss rises as the gradient says (central difference)."""
    _, gradient = case.evaluate()
    labels = sum(len(row.wanted) for row in case.rows)
    theta, random = case.adapter.theta.copy(), np.random.Generator(np.random.PCG64(6))
    for _ in range(3):
        direction = random.standard_normal(theta.size).astype(np.float32)
        direction += gradient * np.float32(np.linalg.norm(direction) / np.linalg.norm(gradient))
        step = np.float32(2e-4)
        case.adapter.theta[:] = theta + step * direction
        above, _ = case.evaluate()
        case.adapter.theta[:] = theta - step * direction
        below, _ = case.evaluate()
        slope = (above - below) / (2 * float(step)) / labels
        assert slope == pytest.approx(float(gradient @ direction), rel=5e-3)


def test_sharing_the_prefix_changes_nothing(case: Case) -> None:
    shared, alone = case.evaluate(), case.evaluate(prefix=0)
    assert shared[0] == pytest.approx(alone[0], rel=1e-5)
    assert np.linalg.norm(shared[1] - alone[1]) < 1e-4 * np.linalg.norm(alone[1])


@pytest.mark.parametrize("prefix", [None, 0])
@pytest.mark.parametrize("kept", [10**9, 0])
def test_the_halves_of_a_batch_add_up_to_the_whole(
    case: Case, prefix: int | None, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where layers are computed again on the way back, and where there is no prefix to share."""
    whole = case.evaluate(prefix=prefix)
    monkeypatch.setattr("ftsdk.trainers.smol.gradient.KEEP_BYTES", kept)
    halves = case.evaluate(prefix=prefix, halves=True)
    assert halves[0] == pytest.approx(whole[0], rel=1e-5)
    assert np.linalg.norm(halves[1] - whole[1]) < 1e-4 * np.linalg.norm(whole[1])


def test_the_halves_have_nearly_the_same_number_of_rows(case: Case) -> None:
    length = shared_prefix(case.rows)
    cache = ActivationCache(case.directory, case.model, 1, case.rows, length)
    lane = GradientOfBatch(case.model, case.adapter, Vocabulary(case.model.embedding), case.rows, cache, length)
    first, second = lane.shares([0, 1])
    assert (first.prefix.start, first.prefix.stop, second.prefix.stop) == (0, second.prefix.start, length)
    loads = [
        len(range(*share.prefix.indices(length))) + sum(len(case.rows[row].tokens) - 1 - length for row in share.rows)
        for share in (first, second)
    ]
    assert abs(loads[0] - loads[1]) <= max(1, abs(len(case.rows[0].tokens) - len(case.rows[1].tokens)) - length)


def test_what_stops_one_half_stops_the_other_with_the_same_words(case: Case) -> None:
    length = shared_prefix(case.rows)
    cache = ActivationCache(case.directory, case.model, 1, case.rows, length)
    cache.fill("x", case.pool, 2, lambda _rows: False)
    whole, cut = Vocabulary(case.model.embedding), Vocabulary(case.model.embedding[:2])
    lanes = [
        GradientOfBatch(case.model, case.adapter, vocabulary, case.rows, cache, length) for vocabulary in (whole, cut)
    ]
    shares = lanes[0].shares(range(len(case.rows)))
    asked = [case.pool.submit(lane, share, 9) for lane, share in zip(lanes, shares, strict=True)]
    assert [type(one.exception(timeout=60)) for one in asked] == [IndexError, IndexError]


def test_leaving_out_an_unlikely_token_hardly_changes_the_loss(case: Case) -> None:
    labels = sum(len(row.wanted) for row in case.rows)
    full, restricted = case.evaluate()[0] / labels, case.evaluate(restricted=True)[0] / labels
    assert restricted < full
    assert restricted == pytest.approx(full, abs=0.02)
