"""The process environment the engine needs: it must stand before numpy is imported, so this module imports none."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Any

# The engine runs its own threads, each with a single-threaded BLAS: BLAS's own threads wait for each other at every
# product and were measured 10 to 70 times slower when another process holds a core.
ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}

# Activations of a few megabytes come and go thousands of times: kept in the heap they need no fresh pages each time.
KEEP_PAGES = {"MALLOC_MMAP_THRESHOLD_": "67108864", "MALLOC_TRIM_THRESHOLD_": "268435456"}


def environment() -> dict[str, str]:
    """Variables to set in a child process that trains or decodes."""
    return ONE_THREAD | KEEP_PAGES | ({"OPENBLAS_CORETYPE": "HASWELL"} if _is_amd_with_avx2() else {})


def restart_with_environment(module: str, arguments: list[str]) -> None:
    """Replace this process by ``python -m module arguments`` with `environment` set; return if it already is.

    A variable that the user has set is left alone.
    """
    missing = {name: value for name, value in environment().items() if name not in os.environ}
    if missing:
        options = ["-P"] if sys.flags.safe_path else []
        command = [sys.executable, *options, "-m", module, *arguments]
        os.execve(sys.executable, command, os.environ | missing)


def engine_name() -> str:
    """What did the arithmetic: adapters are bit-identical only where this is the same."""
    import numpy

    # numpy's show_config(mode="dicts") is typed as returning None in some versions.
    config: Any = numpy.show_config(mode="dicts")  # type: ignore[call-overload,unused-ignore]
    blas = config["Build Dependencies"]["blas"]
    kernel = os.environ.get("OPENBLAS_CORETYPE", platform.machine())
    return f"smol numpy {numpy.__version__} {blas.get('name', 'blas')} {blas.get('version', '')} {kernel}"


def _is_amd_with_avx2() -> bool:
    """Zen 4 offers AVX-512, but OpenBLAS's AVX2 kernels were 5 to 10 % faster there, 40 % on small batches."""
    cpuinfo = Path("/proc/cpuinfo")
    if platform.machine() != "x86_64" or not cpuinfo.exists():
        return False
    text = cpuinfo.read_text(errors="replace")
    return "AuthenticAMD" in text and "avx2" in text
