"""`ft data split`: training, validation and test files with their leak certificate, or the certificate alone."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from contextlib import closing
from pathlib import Path

from ftsdk.cli.output import add_format, show
from ftsdk.cli.progress import progress_bar
from ftsdk.data.split import Rule, Shares
from ftsdk.data.splitting import certify_files, split_file
from ftsdk.data.value import LeakCertificate
from ftsdk.errors import SpecError, UsageError
from ftsdk.lineage import KINDS
from ftsdk.providers.objects import local_copy


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("file", metavar="FILE", help="rows (JSONL, also gzipped); with --certify the training rows")
    parser.add_argument("--out", metavar="DIR", type=Path, help="where the files and the certificate go")
    parser.add_argument("--test", metavar="SHARE", type=float, default=0.2, help="held out for the end; default: 0.2")
    parser.add_argument("--validation", metavar="SHARE", type=float, default=0.0, help="held out besides; default: 0")
    parser.add_argument("--seed", type=int, default=42, help="default: 42")
    parser.add_argument("--group-by", metavar="FIELD", action="append", default=[], help="metadata that stays together")
    parser.add_argument("--stratify-by", metavar="FIELD", help="metadata whose shares stay equal")
    parser.add_argument("--time-by", metavar="FIELD", help="metadata with a time: the newest rows are held out")
    parser.add_argument(
        "--ancestor",
        metavar="FILE",
        action="append",
        default=[],
        help="rows that an earlier model was tuned on; or run:ID, alias:NAME or model:ID of this project",
    )
    parser.add_argument("--certify", metavar="TEST", help="split nothing: say what FILE and TEST share")
    parser.add_argument("--certify-validation", metavar="FILE", help="with --certify: the validation rows")
    parser.add_argument("--method", choices=("sft", "dpo", "rft"), default="sft", help="default: sft")
    add_format(parser)


def run(args: Namespace) -> int:
    """Split or certify; 10 when test rows were seen."""
    ancestors = [path for where in args.ancestor for path in _learnt(where)]
    if args.certify:
        certificate = certify_files(
            local_copy(args.file),
            local_copy(args.certify),
            validation=local_copy(args.certify_validation) if args.certify_validation else None,
            ancestors=ancestors,
            method=args.method,
        )
        show(certificate, args.format)
        return _code(certificate)
    if args.out is None:
        raise UsageError("where should the files go?", help="give --out DIR, or --certify TEST to split nothing")
    rule = Rule(group_by=tuple(args.group_by), stratify_by=args.stratify_by, time_by=args.time_by, seed=args.seed)
    with progress_bar(f"reading {args.file}") as progress:
        report = split_file(
            local_copy(args.file),
            args.out,
            Shares(validation=args.validation, test=args.test),
            rule,
            method=args.method,
            ancestors=ancestors,
            name=args.file,
            progress=progress,
        )
    show(report, args.format)
    return _code(report.certificate)


def _learnt(where: str) -> tuple[Path, ...]:
    """The files of one ancestor: as given, or all that a model of this project has learnt from."""
    if not where.startswith(KINDS):
        return (local_copy(where),)
    import ftsdk

    with closing(ftsdk.open()) as ws:
        return ws.ancestors(where)


def _code(certificate: LeakCertificate) -> int:
    return 0 if certificate.held_out else SpecError.exit_code
