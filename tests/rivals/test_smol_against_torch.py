"""The embedded engine computes what torch, transformers and PEFT compute from the same weights."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ftsdk.trainers.smol.batches import ActivationCache, Row, shared_prefix
from ftsdk.trainers.smol.block import frozen_forward, rms_norm
from ftsdk.trainers.smol.decode import Decoder, Generated, Prompt
from ftsdk.trainers.smol.export import merge_adapter, write_adapter
from ftsdk.trainers.smol.gradient import GradientOfBatch, Share
from ftsdk.trainers.smol.layout import make_layout
from ftsdk.trainers.smol.lora import Adapter
from ftsdk.trainers.smol.loss import Vocabulary
from ftsdk.trainers.smol.rope import Rotation
from ftsdk.trainers.smol.tokenizer import Tokenizer
from ftsdk.trainers.smol.weights import Llama, load_llama
from tests.rivals.conftest import ALPHA, LAYERS, RANK, TICKETS, conversation

torch = pytest.importorskip("torch")
peft = pytest.importorskip("peft")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def rows(ours: Llama) -> list[Row]:
    tokenizer, found = Tokenizer(ours.file.values), []
    for question, answer in TICKETS:
        encoded = tokenizer.encode_chat(conversation(question, answer))
        learned = [at for at, learn in enumerate(encoded.labelled) if learn]
        found.append(Row(encoded.tokens[: learned[-1] + 1], [at - 1 for at in learned]))
    return found


@pytest.fixture
def random_adapter(ours: Llama) -> Adapter:
    """An adapter whose B is not zero, as in the middle of training."""
    adapter = Adapter(ours, layers=LAYERS, rank=RANK, alpha=ALPHA, seed=7)
    random = np.random.Generator(np.random.PCG64(11))
    for layer in adapter.views(adapter.theta):
        for matrix in layer:
            matrix.b[:] = 0.01 * random.standard_normal(matrix.b.shape)
    adapter.install()
    return adapter


@pytest.fixture
def random_adapter_directory(ours: Llama, random_adapter: Adapter, tmp_path: Path) -> Path:
    write_adapter(tmp_path / "adapter", random_adapter, ours.config, "# card\n")
    return tmp_path / "adapter"


def test_logits_are_those_of_transformers(ours: Llama, theirs: Any, rows: list[Row]) -> None:
    """Every logit of a conversation agrees to 1e-3 of the logits' spread."""
    tokens = rows[3].tokens
    layout = make_layout(0, [len(tokens)])
    rotation, x = Rotation(ours.config, layout.positions), ours.embedding[tokens]
    for layer in ours.layers:
        x = frozen_forward(x, layer, ours.config, rotation, layout.segments)
    logits = rms_norm(x, ours.output_norm, ours.config.epsilon) @ ours.embedding.T
    with torch.no_grad():
        expected = theirs(torch.tensor([tokens])).logits[0].numpy()
    assert np.abs(logits - expected).max() < 1e-3 * expected.std()


def test_gradients_are_those_of_torch_autograd(
    ours: Llama, theirs: Any, rows: list[Row], random_adapter: Adapter, random_adapter_directory: Path, tmp_path: Path
) -> None:
    """Loss and gradient by every A and B agree with autograd through PEFT's own layers to 1e-3."""
    loss, gradient = loss_and_gradient(ours, random_adapter, rows, tmp_path)
    expected_loss, expected = autograd(theirs, random_adapter, random_adapter_directory, rows)
    assert loss == pytest.approx(expected_loss, rel=1e-4)
    for layer, expected_layer in zip(random_adapter.views(gradient), expected, strict=True):
        for matrix, (a, b) in zip(layer, expected_layer, strict=True):
            assert np.linalg.norm(matrix.a - a) < 1e-3 * np.linalg.norm(a)
            assert np.linalg.norm(matrix.b - b) < 1e-3 * np.linalg.norm(b)


def loss_and_gradient(ours: Llama, adapter: Adapter, rows: list[Row], directory: Path) -> tuple[float, Any]:
    prefix = shared_prefix(rows)
    assert prefix > 10, "the rows share their system prompt"
    with ThreadPoolExecutor(2) as pool:
        cache = ActivationCache(directory, ours, ours.config.layers - LAYERS, rows, prefix)
        cache.fill("test", pool, 2, lambda _rows: False)
    lane = GradientOfBatch(ours, adapter, Vocabulary(ours.embedding), rows, cache, prefix)
    whole = Share(range(len(rows)), slice(0, prefix))
    return lane(whole, sum(len(row.labels) for row in rows)).loss, lane.gradient


def autograd(theirs: Any, adapter: Adapter, directory: Path, rows: list[Row]) -> tuple[float, Any]:
    """Summed loss and the gradients of its mean, (dA, dB) of each fused matrix put together from its projections."""
    model = peft.PeftModel.from_pretrained(theirs, str(directory), is_trainable=True)
    wanted = sum(len(row.wanted) for row in rows)
    total = 0.0
    for row in rows:
        logits = model(torch.tensor([row.tokens])).logits[0, row.wanted]
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor(row.labels), reduction="sum")
        (loss / wanted).backward()
        total += float(loss.detach())
    found = {name: value.grad.numpy() for name, value in model.named_parameters() if value.grad is not None}
    gradients = [list(_fused(found, index)) for index in range(adapter.first, adapter.first + LAYERS)]
    model.unload()
    return total, gradients


def _fused(found: dict[str, Any], index: int) -> Iterator[tuple[Any, Any]]:
    """A is shared by the projections of a fused matrix, so its gradients add; B's stand side by side."""
    from ftsdk.trainers.smol.export import MODULES

    for modules in MODULES.values():
        stems = [f"base_model.model.model.layers.{index}.{module}" for module in modules]
        a = sum(found[f"{stem}.lora_A.default.weight"].T for stem in stems)
        b = np.concatenate([found[f"{stem}.lora_B.default.weight"].T for stem in stems], axis=1)
        yield a, b


def test_tokens_are_those_that_decode_back(ours: Llama) -> None:
    """Text with odd spaces, digits, control words and accents comes back as it was, without control tokens."""
    tokenizer = Tokenizer(ours.file.values)
    text = "  12 apples,\n\n\tcafé <|im_end|> 3.14  x"
    tokens = tokenizer.encode(text)
    assert tokenizer.end not in tokens
    assert tokenizer.decode(tokens) == text


def test_exported_adapter_answers_the_same_in_peft(model_path: Path, ours: Llama, theirs: Any, trained: Path) -> None:
    """Greedy answers to 64 prompts are the same here and in transformers + PEFT."""
    merged = load_llama(model_path)
    merge_adapter(merged, trained)
    tokenizer = Tokenizer(ours.file.values)
    questions = [f"{question} ({i})" for i in range(16) for question, _ in TICKETS]
    prompts = [tokenizer.encode_prompt(conversation(question, "")[:2]) for question in questions]
    answers = generate(merged, tokenizer.end, prompts)
    model = peft.PeftModel.from_pretrained(theirs, str(trained))
    expected = [text for at in range(0, 64, 16) for text in greedy(model, tokenizer, prompts[at : at + 16])]
    model.unload()
    assert [tokenizer.decode(answer.tokens) for answer in answers] == expected


def greedy(model: Any, tokenizer: Tokenizer, prompts: list[list[int]]) -> list[str]:
    """Greedy texts by transformers, one batch padded on the left."""
    longest = max(map(len, prompts))
    tokens = torch.tensor([[tokenizer.end] * (longest - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    with torch.no_grad():
        out = model.generate(
            tokens, attention_mask=mask, max_new_tokens=40, do_sample=False, eos_token_id=tokenizer.end
        )
    return [tokenizer.decode(row[longest:].tolist()) for row in out]


def generate(model: Llama, end: int, prompts: list[list[int]]) -> list[Generated]:
    answers: dict[int, Generated] = {}
    Decoder(model, end).generate([Prompt(prompt, 40) for prompt in prompts], answers.__setitem__)
    return [answers[i] for i in range(len(prompts))]
