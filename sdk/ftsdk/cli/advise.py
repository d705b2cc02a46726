"""`ft advise`: whether to fine-tune, or what else to do; from a form, a file of facts or a description."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ftsdk
from ftsdk.advise import OPTIONS, Advice, Facts, advise, read_facts
from ftsdk.advise.domain import NOTHING, UNKNOWN
from ftsdk.advise.facts import Origin
from ftsdk.cli.output import add_format, console, print_json, show
from ftsdk.diagnostics import Diagnostic
from ftsdk.errors import SpecError, UsageError
from ftsdk.spec.read import read_document

EXIT_CHANGED = 2


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--facts", metavar="FILE", type=Path, help="facts as YAML or JSON; `-` reads standard input")
    parser.add_argument("--text", metavar="TEXT", help="a description in words; `-` reads standard input")
    parser.add_argument(
        "--llm", metavar="MODEL", help="openai:MODEL or anthropic:MODEL reads --text and phrases the advice"
    )
    parser.add_argument(
        "--set", metavar="FACT=VALUE", action="append", default=[], help="set a fact or cost.NAME in place"
    )
    parser.add_argument("--data", metavar="FILE", type=Path, help="measure facts in a dataset of examples")
    parser.add_argument("--prompt", metavar="FILE", type=Path, help="measure facts in a prompt file")
    parser.add_argument("--log", metavar="FILE", type=Path, help="measure facts in a log of requests (JSON lines)")
    parser.add_argument("--spec", metavar="SPEC", help="take facts from a spec")
    parser.add_argument("--probe", metavar="SPEC", help="measure untrained arms on the spec's held-out rows first")
    parser.add_argument("--rows", metavar="N", type=int, default=48, help="how many rows a probe asks (48)")
    parser.add_argument(
        "--documents", metavar="FILE", type=Path, nargs="+", default=[], help="texts for a retrieval arm"
    )
    parser.add_argument("--learning-curve", metavar="SPEC", help="train on growing shares: what would more rows buy?")
    parser.add_argument("--explain", metavar="OPTION", help="show every line that gave or took points of an option")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write the cost model with its formulas")
    parser.add_argument(
        "--draft-spec", metavar="DIR", type=Path, help="write a draft spec, or a plan of prompts and evals"
    )
    parser.add_argument("--save", metavar="FILE", type=Path, help="keep facts and advice as a decision record")
    parser.add_argument(
        "--recheck", metavar="FILE", type=Path, help="would today's tables change that decision? 2: yes"
    )
    add_format(parser, "markdown", "html")


def run(args: Namespace) -> int:
    """Learn the facts, advise, print, and write what was asked for."""
    if args.recheck:
        return _recheck(args)
    if args.learning_curve:
        from ftsdk.cli.advise_probe import learning_curve, tell_curve

        curve = learning_curve(ftsdk.open(), args.learning_curve)
        show(curve, "json") if args.format == "json" else tell_curve(curve)
        return 0
    facts, findings = facts_from(args)
    advice = advise(facts).model_copy(update={"findings": findings})
    if args.explain:
        return _explain(advice, args.explain, args.format)
    _print(advice, args)
    if args.draft_spec:
        _write_draft(advice, args.draft_spec)
    if args.save:
        _save(advice, args.save)
    if args.csv:
        _write_csv(advice, args.csv)
    return 0


def facts_from(args: Namespace) -> tuple[Facts, tuple[Diagnostic, ...]]:
    """Facts from files, words, measurements and the form, each over those before it, and what was not understood."""
    facts, findings = _file(args.facts) if args.facts else (Facts(), ())
    if args.text is not None:
        facts, said = _words(args.text, args.llm, facts)
        findings += said
    if args.spec:
        from ftsdk.cli.advise_probe import declared

        facts = declared(ftsdk.open(), facts, args.spec)
    if args.data or args.prompt or args.log:
        from ftsdk.advise.files import measured

        facts = measured(facts, data=args.data, prompt=args.prompt, log=args.log)
    if args.probe:
        from ftsdk.cli.advise_probe import probed

        facts = probed(ftsdk.open(), facts, args.probe, args.rows, args.documents)
    for setting in args.set:
        facts, said = _set(setting, facts)
        findings += said
    if facts.known() or facts.cost or findings:
        return facts, findings
    if not sys.stdin.isatty():
        help = "give --facts FILE or --text, or answer the form in a terminal"
        raise UsageError("nothing is known of the case", help=help)
    from ftsdk.cli.advise_form import fill_in

    return fill_in(console(), facts), findings


def _file(path: Path) -> tuple[Facts, tuple[Diagnostic, ...]]:
    shown = "standard input" if str(path) == "-" else str(path)
    data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    document, findings = read_document(data, shown)
    if document is None or not isinstance(document.value, dict):
        help = "write one fact a line, for example `goal: cost`; docs/advise.md lists them"
        raise SpecError(f"{shown} holds no facts", findings=findings, help=help)
    return read_facts(document.value)


def _words(text: str, model: str | None, facts: Facts) -> tuple[Facts, tuple[Diagnostic, ...]]:
    from ftsdk.advise.extract.reading import facts_in_text

    if not model:
        console(stderr=True).print("no --llm is given: facts were taken from keywords; check them below")
    return facts_in_text(sys.stdin.read() if text == "-" else text, model or None, facts)


def _set(setting: str, facts: Facts) -> tuple[Facts, tuple[Diagnostic, ...]]:
    name, equals, value = setting.partition("=")
    name = name.strip()
    if not equals:
        raise UsageError(f"{setting!r} sets nothing", help="write FACT=VALUE, for example cost.fixed=30k")
    if name.startswith("cost."):
        changed, findings = read_facts({"cost": {name[5:]: value.strip()}})
        kept = {**facts.cost, **changed.cost}
        return facts.changed({"cost": kept}), findings
    if value.strip().lower() in NOTHING and name in UNKNOWN:
        return facts.changed({name: UNKNOWN[name]}, Origin(kind="answered")), ()
    content: dict[str, Any] = {name: value.strip()}
    if name == "failure":
        content = {name: [word.strip() for word in value.split(",")]}
    elif name.startswith("tried."):
        content = {"tried": {name[6:]: value.strip()}}
    return read_facts(content, onto=facts)


def _print(advice: Advice, args: Namespace) -> None:
    if args.format == "html":
        from ftsdk.report.web.advice import advice_page

        print(advice_page(advice))  # noqa: T201
    elif args.format == "markdown":
        from ftsdk.report.advice_prose import advice_markdown

        print(advice_markdown(advice))  # noqa: T201
    else:
        show(advice, args.format)
        if args.llm and args.format == "human":
            _print_phrased(advice, args.llm)


def _print_phrased(advice: Advice, model: str) -> None:
    from ftsdk.advise.phrase import in_a_models_words
    from ftsdk.providers.structured import structured

    text, refused = in_a_models_words(advice, structured(model))
    out = console()
    out.print("\nIn words", style="bold")
    out.print(text, markup=False)
    for reason in refused:
        console(stderr=True).print(f"the model's wording was not used: {reason}", markup=False)


def _explain(advice: Advice, option: str, format: str) -> int:
    if option not in OPTIONS:
        raise UsageError(f"there is no option {option!r}", help=f"the options are: {', '.join(OPTIONS)}")
    lines = [line for line in advice.trace if line.option == option]
    if format == "json":
        print_json({"option": option, "points": advice.option(option).points,
                    "trace": [line.model_dump(mode="json") for line in lines]})  # fmt: skip
    else:
        from ftsdk.report.console.advice import draw_explanation

        console().print(draw_explanation(advice, option))
    return 0


def _write_csv(advice: Advice, path: Path) -> None:
    from ftsdk.advise.money.export import cost_csv

    if advice.cost is None:
        raise UsageError("there is no cost model: how many calls there are is not known",
                         help="tell it: --set 'calls_per_month=300 per day'")  # fmt: skip
    path.write_text(cost_csv(advice.cost), encoding="utf-8")
    console(stderr=True).print(f"the cost model is in {path}", markup=False)


def _write_draft(advice: Advice, directory: Path) -> None:
    from ftsdk.advise.draft import draft

    name = _name(directory)
    files = draft(advice, name)
    taken = [file for file in files if (directory / file).exists()]
    if taken:
        raise UsageError(f"{directory / taken[0]} is there already; nothing was written", help="name another directory")
    for file, content in files.items():
        (directory / file).parent.mkdir(parents=True, exist_ok=True)
        (directory / file).write_text(content, encoding="utf-8")
    spec = next((file for file in files if file.endswith(".yaml")), None)
    then = f"`ft validate {directory / spec}` checks it" if spec else "it says what to do first"
    console(stderr=True).print(f"the draft is {directory / next(iter(files))}; {then}", markup=False)


def _save(advice: Advice, path: Path) -> None:
    from ftsdk.advise.record import decision_yaml, record_of

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(decision_yaml(record_of(_name(path.with_suffix("")), advice)), encoding="utf-8")
    console(stderr=True).print(
        f"the decision is in {path}; `ft advise --recheck {path}` looks at it again", markup=False
    )


def _name(path: Path) -> str:
    name = "".join(letter if letter.isalnum() else "-" for letter in path.name.lower()).strip("-")
    return "".join(letter for letter in name if letter.isascii())[:63].strip("-") or "decision"


def _recheck(args: Namespace) -> int:
    from ftsdk.advise.record import read_decision, recheck

    found = recheck(read_decision(args.recheck.read_bytes(), str(args.recheck)), datetime.now(UTC).date())
    show(found, "json" if args.format == "json" else "human")
    return EXIT_CHANGED if found.changed else 0
