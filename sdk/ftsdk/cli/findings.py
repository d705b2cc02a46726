"""Findings of `ft validate` as they come: printed at once for people, gathered for every other format."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import ftsdk
from ftsdk.diagnostics import Diagnostic, Place, Severity, has_errors
from ftsdk.report.findings.human import ansi, human, plain, tally
from ftsdk.spec import find_root
from ftsdk.spec.files import Unfit, read_bytes

FORMATS = ("human", "json", "github", "sarif", "markdown")
# Read where the repository is, by reviewers and GitHub; the others are read where the command was given.
_OF_THE_REPOSITORY = ("github", "sarif", "markdown")

STDIN = "<stdin>"


class Sources:
    """The lines of the file that was asked for last, read again when it is shown; standard input is kept."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._stdin: list[str] = []
        self._last: tuple[str, list[str]] = ("", [])

    def keep_stdin(self, data: bytes) -> None:
        """Standard input cannot be read twice."""
        self._stdin = _lines(data)

    def __call__(self, file: str) -> Sequence[str]:
        """The lines of ``file``, which is relative to the base; none when it cannot be read any more."""
        if file == STDIN:
            return self._stdin
        if file != self._last[0]:
            try:
                self._last = (file, _lines(read_bytes(self._base / file, file)))
            except Unfit:
                self._last = (file, [])
        return self._last[1]


class Teller:
    """Takes files and findings one by one and prints them in a format; files in findings are absolute.

    ``first`` says which findings are on changed lines, where only what changed is looked at.
    """

    def __init__(self, format: str, first: Callable[[Diagnostic], bool] | None = None) -> None:
        self.failed = False
        self._format = format
        self._first = first
        self._base = _repository(Path.cwd()) if format in _OF_THE_REPOSITORY else Path.cwd()
        self._below = f"{self._base}/"
        self._sources = Sources(self._base)
        self._paint = ansi if _has_colours() else plain
        self._files: dict[str, None] = {}  # in their order
        self._bad: set[str] = set()
        self._shared: set[Diagnostic] = set()
        self._tallied = dict.fromkeys(Severity, 0)
        self._kept: list[Diagnostic] = []

    def file(self, path: Path, findings: list[Diagnostic], data: bytes | None) -> None:
        """Tell the findings of one file; ``data`` is what it says where it cannot be read again."""
        if data is not None:
            self._sources.keep_stdin(data)
        shown = self._shown(str(path))
        self._files[shown] = None
        if has_errors(findings):
            self._bad.add(shown)
        for finding in findings:
            # Defaults of ftsdk.yaml are under many specs; what is wrong with them is told once.
            if finding.place is None or finding.place.file in (STDIN, str(path)):
                self.finding(finding)
            elif finding not in self._shared:
                self._shared.add(finding)
                self.finding(finding)

    def finding(self, finding: Diagnostic) -> None:
        """Tell one finding."""
        self._tallied[finding.severity] += 1
        self.failed = self.failed or finding.severity is Severity.error
        relative = self._relative(finding)
        if finding.severity is Severity.error and relative.place is not None and relative.place.file in self._files:
            self._bad.add(relative.place.file)
        if self._format == "human":
            print(human(relative, self._sources, self._paint))  # noqa: T201
        else:
            self._kept.append(relative)

    def finish(self) -> None:
        """Print what comes at the end."""
        if self._format == "human":
            print(self._paint(self._headline(), "bold"))  # noqa: T201
        elif self._format == "json":
            self._json()
        elif self._format == "sarif":
            self._sarif()
        elif self._format == "markdown":
            print(self._markdown(), end="")  # noqa: T201
        else:
            self._github()

    def _headline(self) -> str:
        if not self._files and not sum(self._tallied.values()):
            if self._first is not None:
                return "no spec differs, and no file that a spec names"
            return "there is no spec here; `spec.specs` in ftsdk.yaml says where they are (default: specs/**/*.yaml)"
        if not self._files:
            return f"{tally(self._tallied)}; no spec was checked"
        good, all_of_them = len(self._files) - len(self._bad), len(self._files)
        counts = tally(self._tallied)
        return f"{good:,} of {all_of_them:,} {'file is' if all_of_them == 1 else 'files are'} good" + (
            f"; {counts}" if counts else ""
        )

    def _json(self) -> None:
        from ftsdk.cli.output import print_json

        counts = {f"{severity.value}s": number for severity, number in self._tallied.items()}
        findings = [finding.model_dump(mode="json") for finding in self._kept]
        print_json({"files": list(self._files), "counts": counts, "findings": findings})

    def _sarif(self) -> None:
        import json

        from ftsdk.report.findings.sarif import sarif

        print(json.dumps(sarif(self._kept, ftsdk.__version__), indent=2))  # noqa: T201

    def _markdown(self) -> str:
        from ftsdk.report.findings.markdown import markdown

        return markdown(self._kept, f"ft validate: {self._headline()}")

    def _github(self) -> None:
        from ftsdk.report.findings.github import annotate

        for line in annotate(self._kept, self._is_first if self._first else None):
            print(line)  # noqa: T201
        print(self._headline())  # noqa: T201
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary and self._kept:
            with Path(summary).open("a", encoding="utf-8", errors="replace") as page:
                page.write(self._markdown())

    def _is_first(self, finding: Diagnostic) -> bool:
        place = finding.place
        if place is None or self._first is None:
            return False
        absolute = place.model_copy(update={"file": os.path.normpath(self._base / place.file)})
        return self._first(finding.model_copy(update={"place": absolute}))

    def _relative(self, finding: Diagnostic) -> Diagnostic:
        """A finding whose files are relative to where it is read."""
        place = finding.place and self._moved(finding.place)
        return finding.model_copy(update={"place": place, "related": tuple(map(self._moved, finding.related))})

    def _moved(self, place: Place) -> Place:
        return place.model_copy(update={"file": self._shown(place.file)})

    def _shown(self, file: str) -> str:
        if file.startswith(self._below):
            return file[len(self._below) :]
        return Path(os.path.relpath(file, self._base)).as_posix() if file.startswith("/") else file


def lines_of_findings(findings: Iterable[Diagnostic]) -> Iterator[str]:
    """Findings of the project around the working directory for people, with lines of specs and never of rows."""
    here = Path.cwd()
    root, sources = find_root(here) or here, Sources(here)
    for finding in findings:
        place = finding.place and absolute(finding, root).place
        if place is not None:
            name = Path(os.path.relpath(place.file, here)).as_posix() if Path(place.file).exists() else place.file
            finding = finding.model_copy(update={"place": place.model_copy(update={"file": name})})
        yield human(finding, lambda file: sources(file) if file.endswith((".yaml", ".yml")) else (), plain)


def absolute(finding: Diagnostic, root: Path) -> Diagnostic:
    """A finding whose files are relative to ``root``, with absolute ones; variables and standard input keep theirs."""

    def moved(place: Place) -> Place:
        if place.file.endswith(STDIN):
            return place.model_copy(update={"file": STDIN})
        if place.file.startswith("FTSDK_"):
            return place
        return place.model_copy(update={"file": os.path.normpath(root / place.file)})

    place = finding.place and moved(finding.place)
    return finding.model_copy(update={"place": place, "related": tuple(map(moved, finding.related))})


def _repository(directory: Path) -> Path:
    """The root of the repository around ``directory``; itself outside one."""
    here = directory.resolve()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8-sig", "replace").split("\n")


def _has_colours() -> bool:
    plainly = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return not plainly and sys.stdout is not None and sys.stdout.isatty()
