"""`ft`: one module a command; this one finds it, runs it, and turns errors into sentences and exit codes."""

from __future__ import annotations

import gc
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from importlib import import_module
from io import TextIOWrapper
from types import ModuleType
from typing import NoReturn

from ftsdk.cli.unasked import leave_unasked

# name -> (module, one line for the overview). The module is imported only when its command is given.
COMMANDS: dict[str, tuple[str, str]] = {
    "advise": ("ftsdk.cli.advise", "say whether to fine-tune or what else to do, with reasons, money and doubt"),
    "init": ("ftsdk.cli.init", "start a project: ftsdk.yaml, a spec that runs, and the schema for your editor"),
    "decision": ("ftsdk.cli.decision", "keep what came of a decision"),
    "decisions": ("ftsdk.cli.decisions", "list decision records with their hits and misses"),
    "validate": ("ftsdk.cli.validate", "check specs and say everything that is wrong with them"),
    "render": ("ftsdk.cli.render", "show a spec as it takes effect, and where each value is from"),
    "plan": ("ftsdk.cli.plan", "show what applying a spec would do, how long it takes and what it costs"),
    "show": ("ftsdk.cli.show", "show a plan that was written with `ft plan --out`"),
    "refresh": ("ftsdk.cli.refresh", "look at the world again: lifecycles, prices, drift; keep a dated snapshot"),
    "prices": ("ftsdk.cli.prices", "show what models cost here, with source and date"),
    "providers": ("ftsdk.cli.providers", "list this project's accounts: ready or not, what they train, until when"),
    "costs": ("ftsdk.cli.costs", "show what runs cost, against what was estimated"),
    "pr": ("ftsdk.cli.pr", "comment a plan on its pull request, and take approvals from there"),
    "apply": ("ftsdk.cli.apply", "train, evaluate, gate and promote what a spec declares"),
    "runs": ("ftsdk.cli.runs", "list the runs"),
    "status": ("ftsdk.cli.status", "show where a run is and what happened to it"),
    "attach": ("ftsdk.cli.attach", "drive a run here and show its progress until it ends"),
    "logs": ("ftsdk.cli.logs", "show everything that happened to a run"),
    "pause": ("ftsdk.cli.hold", "let a run stand still; its job keeps a checkpoint where the provider can"),
    "resume": ("ftsdk.cli.hold", "let a paused run go on"),
    "retry": ("ftsdk.cli.retry", "let a run that failed or was cancelled go on from one of its phases"),
    "worker": ("ftsdk.cli.worker", "drive every run of this workspace until it is told to stop"),
    "approvals": ("ftsdk.cli.approvals", "list what waits for somebody to agree"),
    "approve": ("ftsdk.cli.decide", "agree to a plan or a promotion that waits for it"),
    "reject": ("ftsdk.cli.decide", "refuse a plan or a promotion that waits for approval"),
    "audit": ("ftsdk.cli.audit", "verify or export the record of who did what"),
    "sweep": ("ftsdk.cli.sweep", "list what accounts still hold of runs that are over, and remove it"),
    "cancel": ("ftsdk.cli.cancel", "stop a run; what was trained is kept as a checkpoint"),
    "eval": ("ftsdk.cli.eval", "evaluate a spec as it stands, with the newest model that was trained by it"),
    "compare": ("ftsdk.cli.compare", "compare the arms of a run, two runs, or files of answers"),
    "report": ("ftsdk.cli.report", "write a run's report as a page (and a picture)"),
    "promote": ("ftsdk.cli.promote", "point an alias at a run's model"),
    "rollback": ("ftsdk.cli.rollback", "point an alias back at the model it had before"),
    "aliases": ("ftsdk.cli.aliases", "list aliases and how long their models live, or export them for applications"),
    "challenge": ("ftsdk.cli.challenge", "ask whether an untrained model may take an alias's place"),
    "resolve": ("ftsdk.cli.resolve", "say which model, prompt and parameters an alias stands for"),
    "complete": ("ftsdk.cli.complete", "ask the model behind an alias"),
    "export": ("ftsdk.cli.export", "write a run's tuned weights as a PEFT adapter or a GGUF"),
    "data": ("ftsdk.cli.data", "check, import, repair, split, sample, report and export rows"),
    "models": ("ftsdk.cli.models", "list the models that can be trained here, or bring one onto this machine"),
    "schema": ("ftsdk.cli.schema", "print or write the JSON Schemas that editors check specs with"),
    "completion": ("ftsdk.cli.completion", "print what makes bash, zsh or fish complete ft's words"),
}

EXIT_INTERRUPTED = 130
EXIT_UNFORESEEN = 1
EXIT_USAGE = 64


class Parser(ArgumentParser):
    """An argument parser that exits with 64 on a usage error; 2 means "changes" here."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"ft: {message}\n  next: `{self.prog} --help` shows the form\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    _print_anything()
    if words and words[0] in ("-V", "--version", "version"):
        from ftsdk import __version__

        print(f"ft {__version__}")  # noqa: T201
        return 0
    return dispatch("ft", "Fine-tuning, declared, planned, proved and promoted.", COMMANDS, words)


def dispatch(prog: str, purpose: str, commands: Mapping[str, tuple[str, str]], words: list[str]) -> int:
    """Run the command that the first word names; a module with ``COMMANDS`` of its own is a group of them."""
    if not words or words[0] in ("-h", "--help", "help"):
        print(overview(prog, purpose, commands))  # noqa: T201
        return 0 if words else EXIT_USAGE
    if words[0] not in commands:
        from difflib import get_close_matches

        near = get_close_matches(words[0], commands, n=1)
        hint = f"did you mean `{prog} {near[0]}`?" if near else f"`{prog} --help` lists the commands"
        print(f"{prog}: there is no command {words[0]!r}\n  next: {hint}", file=sys.stderr)  # noqa: T201
        return EXIT_USAGE
    leave_unasked()
    gc.disable()  # an eighth of the start-up: what is imported stays, so looking for garbage in it finds none
    module_name, text = commands[words[0]]
    module, name, purpose = import_module(module_name), f"{prog} {words[0]}", text[0].upper() + text[1:] + "."
    if hasattr(module, "COMMANDS"):
        return dispatch(name, purpose, module.COMMANDS, words[1:])
    args = parser_of(module, name, purpose).parse_args(words[1:])
    from ftsdk.cli.errors import guarded

    gc.freeze()
    gc.enable()
    return guarded(lambda: int(module.run(args)))


def parser_of(module: ModuleType, prog: str, purpose: str) -> Parser:
    """The parser of a command's words."""
    parser = Parser(prog=prog, description=purpose)
    module.add_arguments(parser)
    return parser


def _print_anything() -> None:
    """File names and rows may hold what the terminal's encoding cannot show; it is escaped instead of refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def overview(prog: str, purpose: str, commands: Mapping[str, tuple[str, str]]) -> str:
    """What `ft --help` and `ft GROUP --help` print."""
    lines = [f"  {name:<11} {text}" for name, (_module, text) in commands.items()]
    return "\n".join(
        [
            f"usage: {prog} COMMAND [OPTIONS]",
            "",
            purpose,
            "",
            "commands:",
            *lines,
            "",
            f"`{prog} COMMAND --help` explains a command; exit codes are in docs/exit-codes.md.",
        ]
    )
