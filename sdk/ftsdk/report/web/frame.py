"""The frame of every page: one file that loads nothing, its style and script inside and named by hash in its policy."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from string import Template

from ftsdk.report.web.markup import section


def frame(
    *,
    title: str,
    kicker: str,
    headline: str,
    lead: str,
    sections: Sequence[tuple[str, str, str]],
    skip: str,
    notes: str = "",
    script: str = "page.js",
) -> str:
    """A whole document; all texts are HTML. Sections (identity, title, body) without a body are left out."""
    style, code = _asset("page.css"), _asset("scroll.js") + _asset(script)
    filled = [(identity, heading, body) for identity, heading, body in sections if body]
    return Template(_asset("page.html")).substitute(
        policy=f"default-src 'none'; style-src {_source(style)}; script-src {_source(code)}; "
        "img-src 'none'; base-uri 'none'; form-action 'none'",
        style=style,
        script=code,
        title=title,
        kicker=kicker,
        headline=headline,
        lead=lead,
        notes=notes,
        skip=skip,
        contents="".join(f'<li><a href="#{identity}">{heading}</a></li>' for identity, heading, _ in filled),
        sections="".join(section(heading, body, identity=identity) for identity, heading, body in filled),
    )


def _asset(file: str) -> str:
    return files("ftsdk.report.web").joinpath(file).read_text("utf-8")


def _source(content: str) -> str:
    """A content-security-policy source that allows exactly this inline style or script."""
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"
