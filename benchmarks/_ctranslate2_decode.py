"""Greedy decoding of the same prompts by CTranslate2 in fp32; run by rivals_local_training with WORK as argument."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import ctranslate2
from ctranslate2.converters import TransformersConverter


class Vocabulary:
    """What the converter asks of a tokenizer: names of tokens, which here are their numbers."""

    bos_token, eos_token, unk_token = "1", "2", "0"

    def __init__(self, size: int) -> None:
        self.size = size

    def get_vocab(self) -> dict[str, int]:
        """Names by id."""
        return {str(index): index for index in range(self.size)}


class Converter(TransformersConverter):
    """The library's own, with prompts as ids instead of a tokenizer's files."""

    def load_tokenizer(self, *_: Any, **__: Any) -> Vocabulary:
        """Names are numbers."""
        return Vocabulary(json.loads((Path(self._model_name_or_path) / "config.json").read_text())["vocab_size"])


def main(work: Path) -> None:
    """Write ctranslate2.json."""
    job = json.loads((work / "decode.json").read_text())
    Converter(str(work / "merged")).convert(str(work / "ct2"), quantization="float32", force=True)
    generator = ctranslate2.Generator(
        str(work / "ct2"), device="cpu", compute_type="float32", inter_threads=1, intra_threads=job["threads"]
    )
    prompts = [list(map(str, prompt)) for prompt in job["prompts"]]
    options = {"max_length": job["max_tokens"], "sampling_topk": 1, "include_prompt_in_result": False}
    generator.generate_batch(prompts[:2], **options)
    started = time.perf_counter()
    results = generator.generate_batch(prompts, max_batch_size=len(prompts), **options)
    seconds = time.perf_counter() - started
    answers = [[token for token in result.sequences_ids[0] if token != 2] for result in results]
    (work / "ctranslate2.json").write_text(json.dumps({"seconds": seconds, "answers": answers}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
