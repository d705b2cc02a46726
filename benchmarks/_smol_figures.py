"""Figures of the embedded engine that need its environment: the GEMM limit and decoding; run by rivals_local_training.

Usage: python _smol_figures.py WORK, in the environment of ``ftsdk.trainers.smol.environment``.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ftsdk.trainers.smol.decode import Decoder, Generated, Prompt
from ftsdk.trainers.smol.export import merge_adapter
from ftsdk.trainers.smol.weights import load_llama

# One shape of training and one of decoding, as two threads meet them.
ROWS, INPUTS, OUTPUTS = 256, 576, 3072
GEMM_SECONDS = 3.0


def gemm_limit(threads: int) -> float:
    """fp32 floating-point operations a second of all threads together, in products like those of training."""
    random = np.random.Generator(np.random.PCG64(0))
    x = random.standard_normal((ROWS, INPUTS), np.float32)
    weight = random.standard_normal((INPUTS, OUTPUTS), np.float32)

    def products(_: int) -> int:
        count, end = 0, time.perf_counter() + GEMM_SECONDS
        while time.perf_counter() < end:
            x @ weight
            count += 1
        return count

    with ThreadPoolExecutor(threads) as pool:
        done = sum(pool.map(products, range(threads)))
    return done * 2 * ROWS * INPUTS * OUTPUTS / GEMM_SECONDS


def main(work: Path) -> None:
    """Write smol.json."""
    job = json.loads((work / "decode.json").read_text())
    limit = gemm_limit(job["threads"])
    model = load_llama(job["model"])
    merge_adapter(model, work / "ours")
    decoder, answers = Decoder(model, job["end"], job["threads"]), dict[int, Generated]()
    prompts = [Prompt(tokens, job["max_tokens"]) for tokens in job["prompts"]]
    decoder.generate(prompts[:2], answers.__setitem__)
    started = time.perf_counter()
    decoder.generate(prompts, answers.__setitem__)
    seconds = time.perf_counter() - started
    texts = [answers[index].tokens for index in range(len(prompts))]
    (work / "smol.json").write_text(json.dumps({"gemm": limit, "seconds": seconds, "answers": texts}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
