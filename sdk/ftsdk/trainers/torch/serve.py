"""``python -m ftsdk.trainers.torch.serve --model PLACE [--adapter DIR]``: the lines of `ftsdk.trainers.smol.serve`."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Any

from ftsdk.trainers.smol.job import explain
from ftsdk.trainers.smol.serve import accept, batches_of, read_lines, refuse, write_line

if TYPE_CHECKING:
    from ftsdk.trainers.torch.model import Loaded

# Questions that are decoded together; more would only wait for the longest answer among them.
QUESTIONS_AT_ONCE = 16


def main(arguments: list[str]) -> int:
    """Serve until stdin ends; 0, or 1 when the model or the adapter cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m ftsdk.trainers.torch.serve")
    parser.add_argument("--model", required=True, help="a model directory, a hub id or the embedded engine's file")
    parser.add_argument("--adapter", help="a PEFT adapter directory to put onto it")
    asked = parser.parse_args(arguments)
    try:
        loaded = _load(asked.model, asked.adapter)
    except Exception as error:  # noqa: BLE001 - the first line tells whoever waits for it
        write_line({"error": explain(error).model_dump()})
        return 1
    write_line({"ready": True, "model": asked.model, "adapter": asked.adapter})
    for lines in batches_of(read_lines()):
        taken = [found for line in lines if line.strip() for found in accept(line, loaded.tokens, loaded.context)]
        for at in range(0, len(taken), QUESTIONS_AT_ONCE):
            _answer(loaded, taken[at : at + QUESTIONS_AT_ONCE])
    return 0


def _load(place: str, adapter: str | None) -> Loaded:
    from ftsdk.trainers.torch.job import check_extra

    check_extra()
    import torch
    from accelerate import Accelerator

    from ftsdk.trainers.torch.model import load

    device = Accelerator(cpu=not torch.accelerator.is_available()).device
    half = device.type == "cuda" and torch.cuda.is_bf16_supported()
    loaded = load(place, torch.bfloat16 if half else torch.float32)
    if adapter:
        from peft import PeftModel

        loaded.model = PeftModel.from_pretrained(loaded.model, adapter).merge_and_unload()
    loaded.model.to(device).eval()
    return loaded


def _answer(loaded: Loaded, asked: list[tuple[Any, Any]]) -> None:
    """Decode greedily and together; a failure is every one's refusal, and the process lives on."""
    started = time.monotonic()
    try:
        answers = _generate(loaded, [prompt.tokens for _, prompt in asked], [prompt.max_tokens for _, prompt in asked])
    except Exception as error:  # noqa: BLE001 - whoever asked must learn of it
        failure = explain(error)
        for identity, _ in asked:
            refuse(identity, failure.owner, failure.message, failure.help)
        return
    for (identity, prompt), tokens in zip(asked, answers, strict=True):
        ended = bool(tokens) and tokens[-1] == loaded.tokens.end
        write_line(
            {
                "id": identity,
                "text": loaded.tokens.decode(tokens[:-1] if ended else tokens),
                "prompt_tokens": len(prompt.tokens),
                "completion_tokens": len(tokens) - ended,
                "finish_reason": "stop" if ended else "length",
                "seconds": round(time.monotonic() - started, 4),
            }
        )


def _generate(loaded: Loaded, prompts: list[list[int]], limits: list[int]) -> list[list[int]]:
    """Answers with the token that ends them, where it came; prompts are padded on the left."""
    import torch

    longest, end, device = max(map(len, prompts)), loaded.tokens.end, loaded.model.device
    tokens = torch.tensor([[end] * (longest - len(prompt)) + prompt for prompt in prompts], device=device)
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=device)
    room = min(max(limits), loaded.context - longest)
    with torch.inference_mode():
        said = loaded.model.generate(
            input_ids=tokens,
            attention_mask=mask,
            max_new_tokens=room,
            do_sample=False,
            eos_token_id=end,
            pad_token_id=end,
        )
    answers = []
    for row, limit in zip(said[:, longest:].tolist(), limits, strict=True):
        stop = row.index(end) + 1 if end in row else len(row)
        answers.append(row[: min(stop, limit)])
    return answers


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
