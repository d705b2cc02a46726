"""A plain transformers + PEFT training loop in bf16, and one evaluator for both adapters; run by rivals_local_training.

Usage: python _peft_loop.py WORK, where WORK holds base/ (a Hugging Face directory) and job.json.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

Row = dict[str, Any]


def collate(rows: list[Row]) -> dict[str, Any]:
    """Padded on the right; -100 where there is nothing to learn."""
    longest = max(len(row["tokens"]) for row in rows)
    ids = torch.full((len(rows), longest), 2)
    labels, mask = torch.full((len(rows), longest), -100), torch.zeros((len(rows), longest), dtype=torch.long)
    for index, row in enumerate(rows):
        tokens = torch.tensor(row["tokens"])
        ids[index, : len(tokens)], mask[index, : len(tokens)] = tokens, 1
        learnt = torch.tensor(row["wanted"]) + 1
        labels[index, learnt] = tokens[learnt]
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def train(work: Path, job: dict[str, Any]) -> dict[str, float]:
    """Train as everybody would; the same rows in the same order, the same adapter, rate and clip."""
    torch.manual_seed(0)
    base = AutoModelForCausalLM.from_pretrained(work / "base", dtype=torch.bfloat16)
    layers = list(range(base.config.num_hidden_layers - job["layers"], base.config.num_hidden_layers))
    adapter = LoraConfig(
        r=job["rank"],
        lora_alpha=job["alpha"],
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        layers_to_transform=layers,
        task_type="CAUSAL_LM",
    )
    model = get_peft_model(base, adapter).train()
    learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
    adam = torch.optim.Adam(learnt, betas=(0.9, 0.99))
    tokens, started = 0, time.perf_counter()
    for batch, rate in zip(job["batches"], job["rates"], strict=True):
        rows = [job["train"][index] for index in batch]
        for group in adam.param_groups:
            group["lr"] = rate
        model(**collate(rows)).loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, job["max_grad_norm"])
        adam.step()
        adam.zero_grad()
        tokens += sum(len(row["tokens"]) for row in rows)
    seconds = time.perf_counter() - started
    model.save_pretrained(work / "theirs")
    return {"tokens": tokens, "seconds": seconds}


def loss(work: Path, adapter: str, rows: list[Row]) -> float:
    """Mean loss over the labelled tokens of held-out rows, fp32, nats."""
    base = AutoModelForCausalLM.from_pretrained(work / "base", dtype=torch.float32)
    model = PeftModel.from_pretrained(base, work / adapter).eval()
    total = count = 0.0
    with torch.no_grad():
        for at in range(0, len(rows), 8):
            part = rows[at : at + 8]
            wanted = sum(len(row["wanted"]) for row in part)
            total += float(model(**collate(part)).loss) * wanted
            count += wanted
    return total / count


def main(work: Path) -> None:
    """Write theirs.json."""
    job = json.loads((work / "job.json").read_text())
    torch.set_num_threads(job["threads"])
    figures = train(work, job)
    figures |= {f"{name}_loss": loss(work, name, job["held_out"]) for name in ("ours", "theirs")}
    (work / "theirs.json").write_text(json.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
