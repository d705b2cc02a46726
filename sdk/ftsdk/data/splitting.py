"""The three files of a split, with their certificate, and the certificate of files that were split elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from ftsdk.data.each import each_row
from ftsdk.data.leaks import Part, certify
from ftsdk.data.prompts import Prompts
from ftsdk.data.source import open_source
from ftsdk.data.split import SIDES, Division, Rule, Shares, Side, divide
from ftsdk.data.value import LeakCertificate, Method
from ftsdk.data.written import written_whole
from ftsdk.errors import UsageError
from ftsdk.values import Value

Progress = Callable[[int, int], None]
CERTIFICATE = "leaks.json"


class SplitFile(Value):
    """One of the files of a split."""

    path: str
    rows: int
    sha256: str


class SplitReport(Value):
    """A split: its files by side, how, what stayed together (``clusters``), and the certificate beside them."""

    source: str
    files: dict[str, SplitFile]
    shares: Shares
    rule: Rule
    clusters: int
    notes: tuple[str, ...]
    certificate: LeakCertificate


def split_file(
    path: Path | str,
    out: Path | str,
    shares: Shares,
    rule: Rule | None = None,
    *,
    method: Method = "sft",
    ancestors: Sequence[Path | str] = (),
    name: str | None = None,
    progress: Progress | None = None,
) -> SplitReport:
    """Write ``train.jsonl``, ``validation.jsonl``, ``test.jsonl`` and their certificate ``leaks.json`` into ``out``.

    Lines are copied as they are. The same rows, shares and rule give the same files on every machine. Raises SpecError
    when a row has an error, UsageError when the rows cannot be divided so.
    """
    rule, shown, directory = rule or Rule(), name or str(path), Path(out)
    targets: dict[Side, Path] = {side: directory / f"{side}.jsonl" for side in SIDES if shares.of(side)}
    for target in targets.values():
        if target.resolve() == Path(path).resolve():
            raise UsageError(f"{target} is the file that is read", help="write into another directory")
    seen = [_part(f"ancestor {number}", where, method) for number, where in enumerate(ancestors, 1)]
    rows = each_row(path, method, name=shown, progress=progress)
    division = divide(rows, shares, rule, [part.prompts for part in seen])
    directory.mkdir(parents=True, exist_ok=True)
    files = _copied(Path(path), shown, dict(zip(division.prompts.lines, division.sides, strict=True)), targets)
    parts = {side: _side(division, side, files[side].sha256) for side in targets}
    test, validation = parts.get("test"), parts.get("validation")
    held, beside = (test, validation) if test else (parts["validation"], None)
    certificate = certify(parts["train"], held, beside, seen)
    with written_whole(directory / CERTIFICATE) as file:
        file.write(certificate.model_dump_json(indent=2).encode() + b"\n")
    return SplitReport(
        source=shown,
        files={side: files[side] for side in targets},
        shares=shares,
        rule=rule,
        clusters=division.clusters,
        notes=division.notes,
        certificate=certificate,
    )


def certify_files(
    train: Path | str,
    test: Path | str,
    *,
    validation: Path | str | None = None,
    ancestors: Sequence[Path | str] = (),
    method: Method = "sft",
) -> LeakCertificate:
    """The certificate of files that are split already; raises SpecError when a row has an error."""
    return certify(
        _part("train", train, method),
        _part("test", test, method),
        _part("validation", validation, method) if validation else None,
        [_part(f"ancestor {number}", path, method) for number, path in enumerate(ancestors, 1)],
    )


def _part(name: str, path: Path | str, method: Method) -> Part:
    prompts = Prompts(each_row(path, method))
    with Path(path).open("rb") as file:
        return Part(name, hashlib.file_digest(file, "sha256").hexdigest(), prompts)


def _side(division: Division, side: Side, sha256: str) -> Part:
    rows = [row for row, on in enumerate(division.sides) if on == side]
    return Part(side, sha256, division.prompts.subset(rows))


def _copied(path: Path, shown: str, sides: dict[int, Side], targets: dict[Side, Path]) -> dict[Side, SplitFile]:
    """Each line of the source copied to its side's file; all of them are put in place at the end, or none."""
    hashes = {side: hashlib.sha256() for side in targets}
    counts = dict.fromkeys(targets, 0)
    with ExitStack() as stack:
        files: dict[Side, IO[bytes]] = {side: stack.enter_context(written_whole(targets[side])) for side in targets}
        source = stack.enter_context(open_source(path, shown))
        for number, data in enumerate(source.content, 1):
            if number not in sides:
                continue
            side = sides[number]
            line = data.removeprefix(b"\xef\xbb\xbf").strip() + b"\n"
            files[side].write(line)
            hashes[side].update(line)
            counts[side] += 1
    return {
        side: SplitFile(path=str(target), rows=counts[side], sha256=hashes[side].hexdigest())
        for side, target in targets.items()
    }
