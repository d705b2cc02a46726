"""What a tuned model says elsewhere: its PEFT adapter in transformers + PEFT, its merged GGUF in llama.cpp.

`python -m benchmarks.rivals_exports [--adapter DIR] [--prompts 64]`: trains the tickets spec unless given an adapter,
then asks 64 held-out tickets in all three. Bars: every PEFT answer identical; every GGUF answer valid JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import _llama_cpp
from benchmarks._checkout import ROOT, fresh_checkout
from ftsdk.data import load
from ftsdk.providers.models import locate
from ftsdk.trainers.smol.decode import Decoder, Generated, Prompt
from ftsdk.trainers.smol.export import merge_adapter, write_merged_gguf
from ftsdk.trainers.smol.tokenizer import Tokenizer
from ftsdk.trainers.smol.weights import load_llama
from ftsdk.trainers.torch.directory import write_directory

TICKETS = ROOT / "specs" / "tickets"
MAX_TOKENS, AT_ONCE = 64, 16


def main() -> None:
    """Train, export, ask everywhere, and say how many answers agree."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--adapter", type=Path, help="a trained adapter; without it the tickets spec is trained")
    asked.add_argument("--prompts", type=int, default=64)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="ftsdk-exports-") as directory:
        work = Path(directory).resolve()
        adapter = options.adapter or _trained(work)
        _compare(work, adapter, options.prompts)


def _trained(work: Path) -> Path:
    root = fresh_checkout(work / "checkout")
    apply = [sys.executable, "-m", "ftsdk.cli", "apply", "tickets", "--wait", "--yes"]
    subprocess.run(apply, cwd=root, stdout=sys.stderr, check=False)  # its gate is not what is measured here
    subprocess.run(
        [sys.executable, "-m", "ftsdk.cli", "export", "tickets", "--adapter", str(work / "adapter")],
        cwd=root,
        check=True,
    )
    return work / "adapter"


def _compare(work: Path, adapter: Path, count: int) -> None:
    model = load_llama(locate("smollm2-135m-instruct"))
    tokenizer = Tokenizer(model.file.values)
    prompts = _prompts(tokenizer, count)
    base = write_directory(work / "base", model)
    changed = merge_adapter(model, adapter)
    write_merged_gguf(work / "merged.gguf", model, changed)
    ours = [tokenizer.decode(answer.tokens) for answer in _ours(model, tokenizer.end, prompts)]
    theirs = _peft(base, adapter, tokenizer, prompts)
    print(f"transformers + PEFT: {_same(ours, theirs)} of {count} answers identical (bar: all)")
    if not _llama_cpp.available():
        print("llama.cpp: not asked; node-llama-cpp is not installed (make .venv-rivals/.made)")
        return
    said = _llama_cpp.greedy_answers(work / "merged.gguf", prompts, MAX_TOKENS)
    valid = sum(_is_json(text) for text in said["answers"])
    speed = said["tokens"] / said["seconds"]
    size = (work / "merged.gguf").stat().st_size / 1e6
    print(f"llama.cpp, merged GGUF of {size:.0f} MB: {valid} of {count} answers valid JSON (bar: all),", end=" ")
    print(f"{_same(ours, said['answers'])} identical; {speed:.0f} tokens/s one by one, one thread")


def _prompts(tokenizer: Tokenizer, count: int) -> list[list[int]]:
    system = {"role": "system", "content": (TICKETS / "prompts" / "short.md").read_text().strip()}
    rows = load(TICKETS / "data" / "test.jsonl").rows[:count]
    return [tokenizer.encode_prompt([system, *(turn.model_dump() for turn in row.prompt)]) for row in rows]


def _ours(model: Any, end: int, prompts: list[list[int]]) -> list[Generated]:
    answers: dict[int, Generated] = {}
    Decoder(model, end).generate([Prompt(prompt, MAX_TOKENS) for prompt in prompts], answers.__setitem__)
    return [answers[number] for number in range(len(prompts))]


def _peft(base: Path, adapter: Path, tokenizer: Tokenizer, prompts: list[list[int]]) -> list[str]:
    os.environ["HF_HUB_OFFLINE"] = "1"
    import peft
    import torch
    import transformers

    model = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    model = peft.PeftModel.from_pretrained(model, str(adapter)).eval()
    batches = [prompts[at : at + AT_ONCE] for at in range(0, len(prompts), AT_ONCE)]
    return [text for batch in batches for text in _greedy(model, tokenizer, batch)]


def _greedy(model: Any, tokenizer: Tokenizer, prompts: list[list[int]]) -> list[str]:
    """One batch, padded on the left so that all answers begin at the same place."""
    import torch

    longest = max(map(len, prompts))
    tokens = torch.tensor([[tokenizer.end] * (longest - len(prompt)) + prompt for prompt in prompts])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    with torch.no_grad():
        out = model.generate(
            tokens,
            attention_mask=mask,
            max_new_tokens=MAX_TOKENS,
            do_sample=False,
            eos_token_id=tokenizer.end,
            pad_token_id=tokenizer.end,
        )
    return [tokenizer.decode([token for token in row[longest:].tolist() if token != tokenizer.end]) for row in out]


def _same(ours: list[str], theirs: list[str]) -> int:
    return sum(one == other for one, other in zip(ours, theirs, strict=True))


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


if __name__ == "__main__":
    main()
