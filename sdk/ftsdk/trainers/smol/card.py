"""The card that lies beside an adapter: what it is made of, with what, and how to use it."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ftsdk.trainers.contract import TrainerConfig
from ftsdk.trainers.smol.environment import engine_name
from ftsdk.trainers.smol.export import BASE

CARD = """\
---
base_model: {base}
library_name: peft
{licence}tags: [lora, ftsdk]
---

# {key}

A LoRA adapter for {model}, trained by {trainer}

| | |
|---|---|
| base | {base}, sha256 `{model_sha256}` |
| training data | sha256 `{data_sha256}`, {rows} rows |
| steps, tokens, trained tokens | {steps}, {tokens}, {trained_tokens} |
| final loss (nats a token, mean of the last steps) | {final_loss:.4f} |{validation}
| engine | {engine} |
| versions | ftbot {ftbot}, Python {python} |

## Hyperparameters

```json
{hyperparameters}
```

## System prompt it was trained with

{prompt}

## Use

```python
from peft import PeftModel
from transformers import AutoModelForCausalLM

model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("{base}"), "this directory")
```
"""


EMBEDDED = """ftsdk's embedded engine (NumPy, fp32): a tuner for one small model, for
demonstrations and continuous integration. The base weights it was trained on are the quantised ones of the file below.\
"""
TORCH = "ftsdk's torch trainer (transformers, PEFT, accelerate)."


def write_card(
    config: TrainerConfig,
    *,
    rows: int,
    steps: int,
    tokens: int,
    trained_tokens: int,
    final_loss: float,
    validation_loss: float | None = None,
    base: str = BASE,
    engine: str | None = None,
) -> str:
    """The card's Markdown; nothing in it depends on when or where training ran.

    ``engine`` is the torch trainer's name of itself, None for the embedded engine.
    """
    return CARD.format(
        base=base,
        licence="license: apache-2.0\n" if base == BASE else "",
        trainer=EMBEDDED if engine is None else TORCH,
        key=config.key,
        model=config.model,
        model_sha256=config.model_sha256,
        data_sha256=config.data_sha256,
        rows=rows,
        steps=steps,
        tokens=tokens,
        trained_tokens=trained_tokens,
        final_loss=final_loss,
        validation="" if validation_loss is None else f"\n| loss on the validation rows | {validation_loss:.4f} |",
        engine=engine or engine_name(),
        ftbot=_ftbot_version(),
        python=platform.python_version(),
        hyperparameters=config.hyperparameters.model_dump_json(indent=2),
        prompt=_quoted(system_prompts(Path(config.train))),
    )


def system_prompts(train: Path) -> list[str]:
    """The distinct system messages of a training file, in order of appearance."""
    rows = (json.loads(line)["messages"] for line in train.read_bytes().splitlines() if line.strip())
    found = (messages[0]["content"] for messages in rows if messages[0]["role"] == "system")
    return list(dict.fromkeys(found))


def _quoted(prompts: Sequence[str]) -> str:
    if not prompts:
        return "The rows carry none; the model's own default was used."
    first = "\n".join(f"> {line}" for line in prompts[0].splitlines())
    others = f"\n\nand {len(prompts) - 1} more in other rows." if len(prompts) > 1 else ""
    return first + others


def _ftbot_version() -> str:
    try:
        return version("ftbot")
    except PackageNotFoundError:
        return "from source"
