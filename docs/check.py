"""Check that what the documents name exists: links, files, commands, options, make targets and Python names."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from pkgutil import resolve_name

ROOT = Path(__file__).parent.parent
PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/*.md", "benchmarks/*.md", "specs/*/README.md"]
PAGES += ["SECURITY.md", "CODE_OF_CONDUCT.md", ".github/**/*.md"]

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"^(?:docs|specs|tests|benchmarks|scripts|sdk|ftbot)/[\w./*-]+$")
FT = re.compile(r"^(?:\$ )?ft ([a-z]+)(?: (.*))?$")
MAKE = re.compile(r"^(?:\$ )?make ([a-z][a-z-]*)")
NAME = re.compile(r"\bftsdk(?:\.[A-Za-z_]\w*)+")


def code_of(text: str) -> Iterator[str]:
    """Every inline code span and every line of a fenced block."""
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced:
            yield line.strip()
        else:
            yield from CODE.findall(line)


def slug(heading: str) -> str:
    """The anchor that code hosts give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def broken_link(page: Path, target: str) -> str | None:
    """Why a link of ``page`` leads nowhere; links to other sites are not followed."""
    if re.match(r"[a-z]+:", target):
        return None
    name, _, anchor = target.partition("#")
    aim = page.parent / name if name else page
    if not aim.exists():
        return f"link to {target}: no such file"
    if anchor and anchor not in {slug(h) for h in re.findall(r"^#+ (.*)$", aim.read_text("utf-8"), re.M)}:
        return f"link to {target}: no such heading"
    return None


def missing_path(words: str) -> str | None:
    """Why a path written in code is wrong."""
    return f"{words}: no such file" if PATH.match(words) and not list(ROOT.glob(words.rstrip("/"))) else None


@cache
def help_of(command: str) -> str | None:
    """What ``ft COMMAND --help`` prints (``ft --help`` for no command); None when there is no such command."""
    ft = Path(sys.executable).with_name("ft")
    done = subprocess.run([ft, *command.split(), "--help"], capture_output=True, text=True, timeout=60, cwd=ROOT)
    return done.stdout if done.returncode == 0 else None


@cache
def all_commands() -> tuple[str, ...]:
    """Every command, those of groups too: ``plan``, ``data``, ``data import``."""
    names = re.findall(r"^  ([a-z]+) ", help_of("") or "", re.M)
    inner = [
        f"{name} {word}"
        for name in names
        if (said := help_of(name)) and said.startswith(f"usage: ft {name} COMMAND")
        for word in re.findall(r"^  ([a-z]+) ", said, re.M)
    ]
    return (*names, *inner)


def unknown_command(words: str) -> str | None:
    """Why a line that starts with ``ft`` would be refused."""
    if not (found := FT.match(words)):
        return None
    command, rest = found.groups()
    if (said := help_of(command)) is None:
        return f"ft {command}: no such command"
    if said.startswith(f"usage: ft {command} COMMAND") and (inner := re.match(r"[a-z]+", rest or "")):
        command = f"{command} {inner[0]}"
        if (said := help_of(command)) is None:
            return f"ft {command}: no such command"
    strange = [option for option in re.findall(r"(?<!\S)--[a-z-]+", rest or "") if option not in said]
    return f"ft {command}: no such option {', '.join(strange)}" if strange else None


def unknown_option(words: str) -> str | None:
    """Why an option that stands alone is none of any command's."""
    if not (found := re.match(r"^(--[a-z][a-z-]*)", words)):
        return None
    known = any(found[1] in (help_of(command) or "") for command in all_commands())
    return None if known or found[1] in ("--help", "--version") else f"{found[1]}: no command has that option"


def unknown_target(words: str) -> str | None:
    """Why a line that starts with ``make`` would be refused."""
    found = MAKE.match(words)
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.M)
    return f"make {found[1]}: no such target" if found and found[1] not in targets else None


def unknown_name(words: str) -> str | None:
    """Why a dotted name of the library cannot be resolved."""
    for name in NAME.findall(words):
        if name in ("ftsdk.yaml", "ftsdk.providers", "ftsdk.secrets"):  # the project file; entry-point groups
            continue
        try:
            resolve_name(name)
        except (ImportError, AttributeError):
            return f"{name}: no such name"
    return None


CODE_CHECKS: tuple[Callable[[str], str | None], ...] = (
    missing_path,
    unknown_command,
    unknown_option,
    unknown_target,
    unknown_name,
)


def findings() -> Iterator[str]:
    """One line for each thing that a page names and that does not exist."""
    for page in sorted(path for pattern in PAGES for path in ROOT.glob(pattern)):
        text = page.read_text(encoding="utf-8")
        problems = [broken_link(page, target) for target in LINK.findall(text)]
        problems += [check(words) for words in code_of(text) for check in CODE_CHECKS]
        yield from (f"{page.relative_to(ROOT)}: {problem}" for problem in problems if problem)


if __name__ == "__main__":
    wrong = list(findings())
    print("\n".join(wrong) or "Every link, file, command, option, target and name in the documents exists.")
    sys.exit(bool(wrong))
