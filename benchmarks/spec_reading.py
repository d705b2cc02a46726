"""A 50-line spec from file to checked value, beside PyYAML's CSafeLoader, which only loads it and holds no rule.

Ours reads the file, composes it with positions, validates it, checks every rule across fields and reads the prompts and
the schema that it names. CPU time, interleaved; imports and the first use are outside.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from ftsdk.spec import FineTune, check, load_project
from ftsdk.spec.read import fit, read_document

ROUNDS, TIMES = 100, 10
FILES = {
    "ftsdk.yaml": "apiVersion: ftsdk/v1\nkind: Project\n",
    "data/train.jsonl": "{}\n",
    "data/heldout.jsonl": "{}\n",
    "data/hard.jsonl": "{}\n",
    "prompts/short.md": "Answer in JSON.\n",
    "prompts/long.md": "Answer in JSON, with every field of the record.\n",
    "schemas/ticket.json": '{"type": "object"}\n',
}
SPEC = """\
# Support tickets to records.
apiVersion: ftsdk/v1
kind: FineTune
metadata:
  name: support-triage
spec:
  connection: local
  model: smollm2-135m-instruct
  system_prompt: {file: prompts/short.md}
  method:
    type: sft
    epochs: 3
    batch_size: auto
    learning_rate: 3e-3
    seed: 42
    adapter:
      type: lora
      rank: 16
      alpha: 32.0
      layers: 10
  dataset:
    train: data/train.jsonl
    max_rows: 5000
  budget:
    max_usd: 75.00
  evaluation:
    dataset: data/heldout.jsonl
    max_rows: 400
    max_tokens: 256
    arms:
      - base
      - prompted: prompts/long.md
      - few_shot: 12
      - tuned
    metrics:
      - {name: fields, type: json_fields}
      - {name: valid, type: json_schema, schema: schemas/ticket.json}
      - {name: equal, type: exact}
    suites:
      - {name: hard, dataset: data/hard.jsonl}
  gates:
    - metric: fields
      versus: best_prompted
      margin: 0.0
      confidence: 0.95
    - {metric: valid, min: 0.95}
  promote:
    alias: production
    when: gates_pass
  notify: {slack: "#ml-support"}
"""


def measured(rivals: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Microseconds of CPU a call, one figure a round, the rivals taking turns."""
    figures: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(ROUNDS):
        for name, act in rivals.items():
            started = time.process_time()
            for _ in range(TIMES):
                act()
            figures[name].append((time.process_time() - started) / TIMES * 1e6)
    return figures


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in {**FILES, "specs.yaml": SPEC}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        path, project, data = root / "specs.yaml", load_project(root), SPEC.encode()
        spec, findings = check(path, root=root, project=project)
        assert spec is not None, findings
        document, _ = read_document(data, "specs.yaml")
        assert document is not None
        figures = measured({
            "CSafeLoader alone": lambda: yaml.load(SPEC, Loader=yaml.CSafeLoader),
            "ours: read, validated, cross-checked": lambda: check(path, root=root, project=project),
            "  of which read with positions": lambda: read_document(data, "specs.yaml"),
            "  of which validated": lambda: fit(document, FineTune),
        })  # fmt: skip
    print(f"{SPEC.count(chr(10))} lines, {ROUNDS} rounds of {TIMES}, microseconds of CPU: least, median of ratios")
    rival = figures["CSafeLoader alone"]
    for name, times in figures.items():
        ratio = statistics.median(time / base for time, base in zip(times, rival, strict=True))
        print(f"{name:40} {min(times):7.0f} us   {ratio:5.2f} times   (least by least {min(times) / min(rival):.2f})")


if __name__ == "__main__":
    main()
