"""Sampled rows as a page: each beside its findings, with a place to label what is wrong with it."""

from __future__ import annotations

from html import escape

from ftsdk.advise.questions import BY_ID
from ftsdk.data.sample import RowSample, SampledRow
from ftsdk.report.web.card import verdict_of
from ftsdk.report.web.frame import frame
from ftsdk.report.web.markup import name, text
from ftsdk.report.wording import count, counted

LONGEST = 12_000
# What reading a row can tell; that answers cost too much or take too long, it cannot.
READABLE = tuple(choice for choice in BY_ID["failure"].choices if choice.value not in ("cost", "latency"))

SAVE = """<form id="save" class="toolbar" data-source="$source" data-seed="$seed">
<output aria-live="polite"></output>
<button type="submit">Save labels</button>
<p>The file that is saved is read by <code>ft advise --facts</code>: failures that a tenth of the rows have, and no
fewer than two, become facts. Nothing leaves this page before you save it.</p>
</form>
"""


def sample_page(sample: RowSample) -> str:
    """A whole HTML document that loads nothing; its labels are saved as a file of facts."""
    source = name(sample.source)
    save = SAVE.replace("$source", source).replace("$seed", str(sample.seed))
    cards = "\n".join(_card(row) for row in sample.rows)
    return frame(
        title=f"{source}: rows to read",
        kicker=source,
        headline=f"Read {counted(len(sample.rows), 'row')}, and say of each what is wrong",
        lead=f"drawn from {count(sample.total)} by seed {sample.seed}",
        sections=(("rows", "Rows", f"{save}{cards}"),),
        skip="rows",
        script="sample.js",
    )


def _card(row: SampledRow) -> str:
    kind = "loss" if any(finding.severity == "error" for finding in row.findings) else ""
    said = "".join(
        f'<h5>{name(part.who)}</h5><pre class="prompt" dir="auto">{text(part.text, LONGEST)}</pre>' for part in row.said
    )
    return (
        f'<article class="row {kind}" data-line="{row.line}" data-id="{name(row.id)}">'
        f"<h4>{name(row.id)} <small>line {row.line}</small></h4>"
        f'<div class="beside"><div>{said}</div><div>{_findings(row)}{_labels(row)}</div></div></article>'
    )


def _findings(row: SampledRow) -> str:
    if not row.findings:
        return "<p><small>No findings.</small></p>"
    items = "".join(
        f"<li>{verdict_of(finding.severity.value)} {text(finding.message, 300)} "
        f"<small><code>{name(finding.code)}</code></small></li>"
        for finding in row.findings
    )
    return f'<ul class="notes">{items}</ul>'


def _labels(row: SampledRow) -> str:
    choices = "".join(
        f'<label title="{escape(choice.label, quote=True)}"><input type="checkbox" name="failure" '
        f'value="{escape(choice.value, quote=True)}"> {escape(choice.value)}</label>'
        for choice in READABLE
    )
    return (
        f'<form class="labels"><fieldset><legend>What is wrong in line {row.line}?</legend>'
        f'<label><input type="checkbox" name="fine"> nothing</label>{choices}</fieldset>'
        '<label class="note">Note <input type="text" name="note" maxlength="300" autocomplete="off"></label></form>'
    )
