"""The embedded engine against a plain transformers + PEFT loop (bf16) in training, and CTranslate2 (fp32) in decoding.

Same weights, rows, order, adapter, schedule and batch; both adapters are then judged by the same evaluator on held-out
rows. Two recipes: the lighter one of `LIGHT`, and what `auto` means, which the demonstration takes.
`python -m benchmarks.rivals_local_training [--rows 240] [--rivals PYTHON]`; --rivals is a Python that has torch,
transformers, peft and ctranslate2 (this one, if not given). Takes about eight minutes on two cores, which must be idle:
the rival's threads wait for each other at every product.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ftsdk.catalogue.models import find_model
from ftsdk.providers.models import locate
from ftsdk.trainers.contract import Hyperparameters, TrainerConfig, TrainerResult
from ftsdk.trainers.smol.batches import Row, batches, read_rows, shared_prefix
from ftsdk.trainers.smol.environment import environment
from ftsdk.trainers.smol.export import merge_adapter
from ftsdk.trainers.smol.optimiser import learning_rate
from ftsdk.trainers.smol.tokenizer import Tokenizer
from ftsdk.trainers.smol.train import CUT_VOCABULARY
from ftsdk.trainers.smol.weights import LlamaConfig, load_llama
from ftsdk.trainers.torch.directory import write_directory

HERE = Path(__file__).parent
TICKETS = HERE.parent / "specs" / "tickets"
# What `auto` means, and what the demonstration takes.
AUTO = Hyperparameters(**find_model("smollm2-135m-instruct").defaults.model_dump(exclude={"source"}))
LIGHT = AUTO.model_copy(update={"layers": 10, "batch_size": 4})
THREADS, HELD_OUT, PROMPTS, MAX_TOKENS = 2, 96, 64, 64


def main() -> None:
    """Run both and print what they reached."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=240)
    asked.add_argument("--rivals", default=sys.executable)
    asked.add_argument("--model", type=Path, help="a model file; else the one `ft models pull` has brought")
    options = asked.parse_args()
    model_path = options.model or locate("smollm2-135m-instruct")
    for numbers in (LIGHT, AUTO):
        with tempfile.TemporaryDirectory() as directory:
            compare(Path(directory), model_path, options.rows, options.rivals, numbers)


def compare(work: Path, model_path: Path, count: int, rivals: str, numbers: Hyperparameters) -> None:
    """Prepare the files of both sides in ``work``, run each alone, and print."""
    write_rows(work / "train.jsonl", TICKETS / "data" / "train.jsonl", count)
    write_rows(work / "held_out.jsonl", TICKETS / "data" / "test.jsonl", HELD_OUT)
    model = load_llama(model_path)
    tokenizer = Tokenizer(model.file.values)
    rows, held_out = (read_rows(work / f"{name}.jsonl", "", tokenizer, 2048) for name in ("train", "held_out"))
    write_directory(work / "base", model)
    ours = train_ours(work, model_path, numbers)
    shutil.copytree(work / "output" / "adapter", work / "ours")
    merge_adapter(model, work / "ours")
    write_directory(work / "merged", model)
    write_jobs(work, model_path, tokenizer, rows, held_out, numbers)
    config = model.config
    del model
    run(sys.executable, "_smol_figures.py", work, environment())
    run(rivals, "_peft_loop.py", work, {})
    run(rivals, "_ctranslate2_decode.py", work, {})
    report(work, ours, operations(config, rows, numbers), len(rows), numbers)


def write_rows(path: Path, source: Path, count: int) -> None:
    """The first ``count`` rows of the demonstration with its short system prompt in front."""
    system = {"role": "system", "content": (TICKETS / "prompts" / "short.md").read_text().strip()}
    lines = [json.loads(line) for line in source.read_text().splitlines()[:count]]
    path.write_text("".join(json.dumps({"messages": [system, *line["messages"]]}) + "\n" for line in lines))


def train_ours(work: Path, model_path: Path, numbers: Hyperparameters) -> TrainerResult:
    """Train in a child process, as the provider does."""
    config = TrainerConfig(
        key="benchmark",
        model="smollm2-135m-instruct",
        model_path=str(model_path),
        model_sha256="",
        train=str(work / "train.jsonl"),
        data_sha256="",
        output=str(work / "output"),
        hyperparameters=numbers,
        max_tokens=2048,
        threads=THREADS,
    )
    (work / "config.json").write_text(config.model_dump_json())
    command = [sys.executable, "-m", "ftsdk.trainers.smol", "--config", str(work / "config.json")]
    subprocess.run(command, env=os.environ | environment(), check=True)
    return TrainerResult.model_validate_json((work / "output" / "result.json").read_text())


def write_jobs(
    work: Path,
    model_path: Path,
    tokenizer: Tokenizer,
    rows: list[Row],
    held_out: list[Row],
    numbers: Hyperparameters,
) -> None:
    """What the other processes read: rows as ids, the order of batches, each step's rate; prompts to answer."""
    order = order_of(len(rows), numbers)
    job = numbers.model_dump() | {
        "threads": THREADS,
        "train": [vars(row) for row in rows],
        "held_out": [vars(row) for row in held_out],
        "batches": order,
        "rates": [learning_rate(step, len(order), numbers) for step in range(len(order))],
    }
    (work / "job.json").write_text(json.dumps(job))
    prompts = [row.tokens[: row.wanted[0] + 1] for row in held_out[:PROMPTS]]
    decode = {"prompts": prompts, "max_tokens": MAX_TOKENS, "threads": THREADS}
    (work / "decode.json").write_text(json.dumps(decode | {"model": str(model_path), "end": tokenizer.end}))


def run(python: str, script: str, work: Path, variables: dict[str, str]) -> None:
    """One process at a time, so that none disturbs another."""
    paths = [str(HERE.parent), str(HERE.parent / "sdk"), os.environ.get("PYTHONPATH", "")]
    found = os.environ | variables | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    subprocess.run([python, str(HERE / script), str(work)], env=found, check=True)


def order_of(rows: int, numbers: Hyperparameters) -> list[list[int]]:
    """The rows of every step."""
    epochs = range(numbers.epochs)
    return [batch for epoch in epochs for batch in batches(rows, numbers.batch_size, numbers.seed, epoch)]


def operations(config: LlamaConfig, rows: list[Row], numbers: Hyperparameters) -> float:
    """Floating-point operations of our training's products: an estimate from its shapes, attention left out.

    Counted: frozen layers once a row; adapted layers forward and back (twice the forward's, the lowest needs no dx of
    its first matrix, which is ignored), the common prefix once a step; the last layer's labelled rows; the full
    vocabulary's scores until it is cut. Its way back and the cut vocabulary are left out.
    """
    hidden, mlp = config.hidden, config.mlp
    qkv = 2.0 * hidden * (hidden + 2 * config.kv_width)
    rest = 2.0 * (hidden * hidden + 3 * hidden * mlp)
    lora = 2.0 * numbers.rank * (4 * hidden + 2 * config.kv_width + hidden + hidden + 3 * mlp)
    prefix, frozen = shared_prefix(rows), config.layers - numbers.layers
    own = [len(row.tokens) - 1 - prefix for row in rows]
    total = sum(own) * frozen * (qkv + rest)
    order = order_of(len(rows), numbers)
    for step, batch in enumerate(order):
        computed, wanted = prefix + sum(own[row] for row in batch), sum(len(rows[row].wanted) for row in batch)
        total += 2 * (computed * ((numbers.layers - 1) * (qkv + rest) + qkv) + wanted * rest)
        total += 3 * computed * numbers.layers * lora
        total += wanted * 2.0 * hidden * config.vocabulary if step < len(order) * CUT_VOCABULARY else 0.0
    return total


def report(work: Path, ours: TrainerResult, computed: float, rows: int, numbers: Hyperparameters) -> None:
    """The figures, ours beside theirs."""
    theirs, smol, ct2 = (json.loads((work / f"{name}.json").read_text()) for name in ("theirs", "smol", "ctranslate2"))
    our_rate, their_rate = ours.tokens / ours.seconds, theirs["tokens"] / theirs["seconds"]
    reached = computed / ours.seconds
    recipe = f"{numbers.layers} layers, {numbers.batch_size} rows a step"
    print(f"training, {rows} rows x {numbers.epochs} epochs, {recipe}, {ours.tokens} tokens:")
    print(f"  embedded engine (fp32)         {our_rate:6.0f} tokens/s  {ours.seconds:6.1f} s, caching included")
    print(f"  transformers + PEFT (bf16)     {their_rate:6.0f} tokens/s  {theirs['seconds']:6.1f} s")
    print(f"  ratio                          {our_rate / their_rate:6.2f}")
    print(f"  share of the fp32 GEMM limit   {reached / smol['gemm']:6.0%} of {smol['gemm'] / 1e9:.0f} GFLOP/s")
    losses = f"ours {theirs['ours_loss']:.4f}, theirs {theirs['theirs_loss']:.4f}"
    print(f"loss on {HELD_OUT} held-out rows, nats a token: {losses}")
    _report_decoding(smol, ct2)


def _report_decoding(smol: dict[str, Any], ct2: dict[str, Any]) -> None:
    rates = [sum(len(answer) + 1 for answer in side["answers"]) / side["seconds"] for side in (smol, ct2)]
    same = sum(one == other for one, other in zip(smol["answers"], ct2["answers"], strict=True))
    print(f"decoding, {PROMPTS} prompts, the adapter merged:")
    print(f"  embedded engine (fp32)         {rates[0]:6.0f} tokens/s")
    print(f"  CTranslate2 (fp32)             {rates[1]:6.0f} tokens/s")
    print(f"  ratio                          {rates[0] / rates[1]:6.2f}, {same} of {PROMPTS} answers identical")


if __name__ == "__main__":
    main()
