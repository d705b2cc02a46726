"""The pull request's comment is bounded, and nothing that its author wrote acts in it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from ftsdk.plan.value import Plan, PlanSet
from ftsdk.report.pull_request import MARKER, MAX_CHARACTERS, pull_request
from ftsdk.testing import workspace
from tests.ftsdk.report.hostile import HOSTILE, planted

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


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


@pytest.mark.e2e
@pytest.mark.skipif(CHROMIUM is None, reason="there is no browser here")
def test_in_a_browser_every_hostile_word_is_read_and_none_acts(plan: Plan, tmp_path: Path) -> None:
    """All of the corpus in one page: no script runs, no fold opens early, a picture of it is drawn."""
    assert CHROMIUM is not None
    parts = "".join(f"<section>{rendered(pull_request(planted(plan, words)))}</section>" for words in HOSTILE)
    count = "document.body.dataset.found = document.querySelectorAll('section > details').length"
    page = tmp_path / "comment.html"
    page.write_text(
        f"<!doctype html><meta charset=utf-8><title>quiet</title>{parts}<script>{count}</script>", encoding="utf-8"
    )
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1000,1400", f"--screenshot={tmp_path / 'page.png'}",
    ]  # fmt: skip
    drawn = subprocess.run([*command, page.as_uri()], capture_output=True, timeout=120, check=True)
    assert (tmp_path / "page.png").stat().st_size > 10_000, drawn.stderr
    dom = subprocess.run([*command[:-1], "--dump-dom", page.as_uri()], capture_output=True, timeout=120, check=True)
    text = dom.stdout.decode()
    assert "<title>quiet</title>" in text
    assert f'data-found="{len(HOSTILE)}"' in text
    assert "<h1" not in text and "<img" not in text
