"""A comparison as one picture for a chat: arms with their intervals, and the loss curve when there is one."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from math import isfinite
from textwrap import fill
from typing import TYPE_CHECKING, Any

from ftsdk.errors import ExtraMissing
from ftsdk.evals.value import Comparison
from ftsdk.report.curve import Curve, loss_curve
from ftsdk.report.rows import pair
from ftsdk.report.untrusted import line
from ftsdk.report.wording import evaluated, mean, share_range
from ftsdk.trainers.contract import StepMetric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT, DPI = 1200, 675, 100
TESTED, OTHER, QUIET, GRID = "#1d5fbf", "#7b8494", "#596273", "#d6dae1"


def png(comparison: Comparison, *, metrics: Sequence[StepMetric] = ()) -> bytes:
    """A PNG of 1200 by 675 pixels with the headline, the primary metric of every arm and the training loss.

    Raises ExtraMissing when matplotlib is not installed (extra ``plot``).
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ExtraMissing("matplotlib", "plot") from error
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    _draw(figure, comparison, loss_curve(metrics))
    buffer = BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _draw(figure: Figure, comparison: Comparison, curve: Curve | None) -> None:
    headline = fill(line(comparison.headline, 260), 74, max_lines=3, placeholder=" …")
    _write(figure, 0.04, 0.94, headline, size=19, weight="bold", va="top")
    _write(figure, 0.04, 0.035, f"{line(comparison.name, 60)}: {evaluated(comparison)}", size=13, color=QUIET)
    widths = [1.35, 1] if curve else [1]
    axes = figure.subplots(1, len(widths), squeeze=False, width_ratios=widths)[0]
    figure.subplots_adjust(left=0.17, right=0.97, top=0.70, bottom=0.20, wspace=0.22)
    _draw_arms(axes[0], comparison)
    if curve:
        _draw_loss(axes[1], curve)


def _draw_arms(axes: Axes, comparison: Comparison) -> None:
    tested = pair(comparison).first
    labels = []
    for height, summary in enumerate(reversed(comparison.arms)):
        labels.append(_drawable(line(summary.arm.name, 18)))
        estimate = summary.metrics.get(comparison.primary_metric)
        if estimate is None or not all(map(isfinite, (estimate.low, estimate.value, estimate.high))):
            continue
        colour = TESTED if summary.arm.name == tested else OTHER
        axes.plot([100 * estimate.low, 100 * estimate.high], [height, height], color=colour, lw=5, alpha=0.45)
        axes.plot([100 * estimate.value], [height], "o", color=colour, ms=11)
        near_end = estimate.value > 0.75
        said = f"{mean(estimate)}  ({share_range(estimate)})"
        place = (100 * (estimate.high if near_end else estimate.low), height + 0.2)
        axes.text(
            *place,
            said,
            fontsize=13,
            color=colour if colour == TESTED else QUIET,
            ha="right" if near_end else "left",
            va="bottom",
        )
    axes.set_xlim(-2, 102)
    axes.set_ylim(-0.6, len(labels) - 0.25)
    axes.set_yticks(range(len(labels)), labels, fontsize=14, parse_math=False)
    title = _drawable(f"{line(comparison.primary_metric, 40)}, % of the full score")
    _frame(axes, title, "x")


def _draw_loss(axes: Axes, curve: Curve) -> None:
    axes.plot(curve.steps, curve.losses, color=TESTED, lw=1, alpha=0.4)
    axes.plot(curve.steps, curve.smooth, color=TESTED, lw=2.5)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("optimiser step", fontsize=13, color=QUIET)
    _frame(axes, f"training loss, ends at {curve.smooth[-1]:.2f}", "both")


def _frame(axes: Axes, title: str, grid: Any) -> None:
    axes.set_title(title, fontsize=14, color=QUIET, loc="left", pad=12, parse_math=False)
    axes.grid(axis=grid, color=GRID)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=13)
    axes.spines[:].set_visible(False)


def _write(figure: Figure, x: float, y: float, words: str, **looks: Any) -> None:
    figure.text(x, y, _drawable(words), parse_math=False, **looks)


def _drawable(words: str) -> str:
    """``words`` with what the font cannot draw replaced, since matplotlib would only warn and leave boxes."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    known = get_font(findfont(FontProperties())).get_charmap()
    return "".join(character if character.isspace() or ord(character) in known else "?" for character in words)
