"""The cost model as a spreadsheet: inputs in cells, results as formulas that follow when a cell is changed."""

from __future__ import annotations

import csv
from io import StringIO

from ftsdk.advise.money.simulate import LABELS, VARIED, Cost
from ftsdk.advise.quantity import Range


def cost_csv(cost: Cost) -> str:
    """CSV with the inputs (low, likely, high, source) and, for each of the three columns, the results as formulas.

    The formulas are those of `breakeven.net_saving`; ``Simulated`` lines hold numbers of the 10,000 draws.
    """
    written = StringIO()
    out = csv.writer(written)
    out.writerow(["Input", "Low", "Likely", "High", "Unit", "Source", "As of"])
    cells: dict[str, int] = {}
    for name in VARIED:
        of: Range = getattr(cost.inputs, name)
        cells[name] = len(cells) + 2
        out.writerow([LABELS[name], of.low, of.likely, of.high, of.unit, _plain(of.source), of.as_of])
    for name, label, value in (
        ("gate", "chance that the quality gate passes", cost.inputs.gate),
        ("months", "horizon in months", cost.inputs.horizon_months),
        ("every", "retrained every so many months (0: never)", cost.inputs.retrain_every),
        ("share", "share of the fixed cost at each retraining", cost.inputs.retrain_share),
    ):
        cells[name] = len(cells) + 2
        out.writerow([label, value, value, value, "", "", ""])
    out.writerow([])
    for label, formula in _formulas(cells):
        out.writerow([label, *(formula.replace("@", column) for column in "BCD")])
    out.writerow([])
    for label, value in (("chance of a positive net saving", cost.chance), ("10 %", cost.p10), ("median", cost.p50),
                         ("90 %", cost.p90)):  # fmt: skip
        out.writerow([f"Simulated: {label}", value])
    return written.getvalue()


def _plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def _formulas(at: dict[str, int]) -> list[tuple[str, str]]:
    """Results by row; ``@`` stands for the column."""
    first = max(at.values()) + 2  # after an empty line
    decay, paid, running, again, net = range(first, first + 5)

    def cell(name: str) -> str:
        return f"@{at[name]}"

    months, every = cell("months"), cell("every")
    return [
        ("monthly decay of the untrained price", f"=LN({cell('price_fall')})/12"),
        (
            "untrained cost per monthly call by the horizon",
            f"=IF(@{decay}>0.000000001,{cell('before')}*(1-EXP(-@{decay}*{months}))/@{decay},{cell('before')}*{months})",
        ),
        (
            "running saving",
            f"={cell('calls')}*(@{paid}-{cell('after')}*{months})-{cell('hosting')}*{months}",
        ),
        ("retrainings", f"=IF({every}>0,MAX(0,INT(({months}-0.000001)/{every})),0)"),
        ("net saving if the gate passes", f"=@{running}-{cell('fixed')}*(1+{cell('share')}*@{again})"),
        ("expected net saving", f"={cell('gate')}*@{net}-(1-{cell('gate')})*{cell('fixed')}"),
    ]
