"""The pull request's comment is bounded, and nothing that its author wrote acts in it."""

from __future__ import annotations

import html
import json
import re
import subprocess
from decimal import Decimal
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from ftsdk.diagnostics import Diagnostic, Place, Severity
from ftsdk.plan.value import FieldChange, Need, Plan, PlanSet, Verdict
from ftsdk.report.pull_request import MARKER, MAX_CHARACTERS, pull_request
from ftsdk.testing import workspace
from tests.browser import BROWSER, needs_browser
from tests.ftsdk.report.hostile import HOSTILE, planted


@pytest.fixture(scope="module")
def plan() -> Plan:
    with workspace() as ws:
        return ws.plan("specs/example.yaml")


def rendered(text: str) -> str:
    """As GitHub's renderer makes it, before GitHub takes tags away: raw HTML would still be there."""
    return str(cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE))


def tags(page: str) -> dict[str, int]:
    """How often each element begins."""
    found = re.findall(r"<([a-z][a-z0-9]*)\b", page)
    return {name: found.count(name) for name in sorted(set(found))}


@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_the_author_make_no_element(plan: Plan, words: str) -> None:
    """Rendered, the comment has the elements that harmless words give it, and no more."""
    harmless = tags(rendered(pull_request(planted(plan, "harmless"))))
    text = pull_request(planted(plan, words))
    page = rendered(text)
    assert tags(page) == harmless
    assert page.count("<!--") == 1
    outside = re.sub(r"<pre.*?</pre>", "", page, flags=re.S)
    assert not re.search(r"(?<![\w`])@\w", outside), "a mention"
    assert not re.search(r"<[^>]*\b(?:href|src|on\w+)=", outside)
    assert not any(line.lstrip().startswith("/ft") for line in text.split("\n"))


def test_a_thousand_specs_fit_and_unchanged_ones_are_hidden(plan: Plan) -> None:
    many = PlanSet(plans=(plan,) * 1000)
    text = pull_request(many)
    assert len(text) <= MAX_CHARACTERS
    assert text.startswith(MARKER)
    quiet = pull_request(PlanSet(plans=(plan.model_copy(update={"change": "none"}),)))
    assert "no changes" in quiet and "example" not in quiet


def blocked(plan: Plan) -> Plan:
    """The plan, were it too dear for a rule and left to somebody's agreement."""
    message, place = "it may cost $9.00, and a run may cost $5.00", Place(file=plan.spec_path, line=3, column=1)
    verdict = Verdict(rule="max_usd_per_run", level="hard_mandatory", passed=False, message=message)
    error = Diagnostic(
        code="policy/max-usd-per-run", severity=Severity.error, message=message, place=place, help="less"
    )
    need = Need(act="start", usd=Decimal(9), count=1, approvers=("group:leads",), expires_seconds=60.0)
    other = {"name": "dear", "digest": "sha256:" + "d" * 64, "needs": (need,), "budget": "of us"}
    return plan.model_copy(update={**other, "policy": (verdict,), "findings": (*plan.findings, error)})


def test_what_is_blocked_is_said_first_and_nobody_is_asked_to_approve_it(plan: Plan) -> None:
    need = Need(act="start", usd=Decimal(1), count=1, approvers=("group:leads",), expires_seconds=60.0)
    waits = plan.model_copy(update={"name": "waits", "needs": (need,), "digest": "sha256:" + "a" * 64})
    text = pull_request(PlanSet(plans=(blocked(plan), waits)))
    assert "### ft plan: 2 to train, **1 blocked**" in text
    (row,) = [line for line in text.splitlines() if line.startswith("| dear ")]
    assert "**blocked**: max\\_usd\\_per\\_run" in row
    fold = text[text.index("dear: 0 changes, blocked") :]
    assert fold.index("**error**: it may cost $9.00, and a run may cost $5.00; less") < fold.index("- budget: of us")
    assert re.findall("/ft approve ([0-9a-f]+)", text) == ["a" * 12]
    assert "What is blocked cannot be approved." in text


@pytest.mark.e2e
@needs_browser
def test_in_a_browser_three_specs_are_a_table_and_three_folds_without_a_mark_left_over(
    plan: Plan, tmp_path: Path
) -> None:
    changes = tuple(
        FieldChange(path=f"spec.{name}", old="1", new="2", change="train", note="+4 -2 rows") for name in ("x", "y")
    )
    three = (plan, plan.model_copy(update={"name": "changed", "changes": changes}), blocked(plan))
    page, picture = tmp_path / "comment.html", tmp_path / "page.png"
    body = rendered(pull_request(PlanSet(plans=three, drift=("an alias moved",), notes=("rules hold later",))))
    seen = """
      const all = [...document.querySelectorAll('details')];
      const shut = document.body.innerText;
      all.forEach(one => { one.open = true; });
      document.body.dataset.seen = JSON.stringify({shut, open: document.body.innerText, folds: all.length,
        rows: document.querySelectorAll('tbody tr').length, bold: document.querySelectorAll('td strong').length,
        wide: document.documentElement.scrollWidth});"""
    style = "body{width:860px;font:14px sans-serif}td,th{border:1px solid;padding:6px}pre{overflow:auto}"
    page.write_text(f"<!doctype html><meta charset=utf-8><style>{style}</style>{body}<script>{seen}</script>", "utf-8")
    command = [
        BROWSER or "", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        f"--user-data-dir={tmp_path / 'profile'}", "--window-size=900,1400",
    ]  # fmt: skip
    subprocess.run([*command, f"--screenshot={picture}", page.as_uri()], capture_output=True, timeout=120, check=True)
    assert picture.stat().st_size > 20_000
    dom = subprocess.run([*command, "--dump-dom", page.as_uri()], capture_output=True, timeout=120, check=True)
    said = json.loads(html.unescape(re.findall(r'data-seen="([^"]*)"', dom.stdout.decode())[0]))
    assert (said["folds"], said["rows"], said["bold"]) == (3, 3, 1)
    assert "blocked: max_usd_per_run" in said["shut"] and "spec.x: 2" not in said["shut"]
    assert "+ spec.x: 2 +4 -2 rows" in re.sub(" +", " ", said["open"])
    assert not re.search(r"\*\*|\|---|```|\\|<details|<!--|&[a-z]+;", said["open"])
    assert said["wide"] <= 900


@pytest.mark.e2e
@needs_browser
def test_in_a_browser_every_hostile_word_is_read_and_none_acts(plan: Plan, tmp_path: Path) -> None:
    """All of the corpus in one page: no script runs, no fold opens early, a picture of it is drawn."""
    assert BROWSER is not None
    parts = "".join(f"<section>{rendered(pull_request(planted(plan, words)))}</section>" for words in HOSTILE)
    count = "document.body.dataset.found = document.querySelectorAll('section > details').length"
    page = tmp_path / "comment.html"
    page.write_text(
        f"<!doctype html><meta charset=utf-8><title>quiet</title>{parts}<script>{count}</script>", encoding="utf-8"
    )
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1000,1400", f"--screenshot={tmp_path / 'page.png'}",
    ]  # fmt: skip
    drawn = subprocess.run([*command, page.as_uri()], capture_output=True, timeout=120, check=True)
    assert (tmp_path / "page.png").stat().st_size > 10_000, drawn.stderr
    dom = subprocess.run([*command[:-1], "--dump-dom", page.as_uri()], capture_output=True, timeout=120, check=True)
    text = dom.stdout.decode()
    assert "<title>quiet</title>" in text
    assert f'data-found="{len(HOSTILE)}"' in text
    assert "<h1" not in text and "<img" not in text
