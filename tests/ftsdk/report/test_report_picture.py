"""The picture for a chat: a PNG of the promised size, whatever the names hold."""

from __future__ import annotations

import struct
import sys

import pytest

from ftsdk.errors import ExtraMissing
from ftsdk.evals.value import Comparison
from ftsdk.report import png
from ftsdk.trainers.contract import StepMetric
from tests.ftsdk.report.made import make_comparison

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def size(picture: bytes) -> tuple[int, int]:
    """Width and height as the file's header says."""
    return struct.unpack(">II", picture[16:24])  # type: ignore[return-value]


def test_the_picture_is_a_png_of_1200_by_675(comparison: Comparison, metrics: tuple[StepMetric, ...]) -> None:
    pytest.importorskip("matplotlib")
    for picture in (png(comparison), png(comparison, metrics=metrics)):
        assert picture.startswith(SIGNATURE)
        assert size(picture) == (1200, 675)
    assert png(comparison) != png(comparison, metrics=metrics)


def test_formulas_and_letters_that_the_font_lacks_do_no_harm() -> None:
    pytest.importorskip("matplotlib")
    hostile = make_comparison(
        4, name="$\\frac{", headline="チケット 🎫 costs $5 or $\\alpha_{ more", primary_metric="fields"
    )
    assert png(hostile).startswith(SIGNATURE)


def test_without_matplotlib_the_error_names_the_extra(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ExtraMissing, match=r"ftbot\[plot\]"):
        png(comparison)
