"""The ``ftbot`` command: starts the bot over Socket Mode or HTTP, prints its manifest, and looks after its setup."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine

    from ftbot.settings import Settings

EXIT_USAGE = 64
EXIT_INTERRUPTED = 130


class Parser(ArgumentParser):
    """An argument parser that exits with 64 on a usage error, as `ft` does."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"ftbot: {message}\n  next: `ftbot --help` shows the commands\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; errors are sentences with a next step."""
    args = _parser().parse_args(sys.argv[1:] if arguments is None else arguments)
    if args.version:
        return _version()
    if args.command is None:
        _parser().print_help()
        return 0
    import ftsdk

    try:
        return int(COMMANDS[args.command][0](args))
    except ftsdk.FtsdkError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _parser() -> ArgumentParser:
    parser = Parser(prog="ftbot", description="The fine-tuning advisor in Slack. docs/ftbot.md says how to set it up.")
    parser.add_argument("--version", action="store_true", help="print the version and end")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=Parser)
    for name, (_run, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if name == "manifest":
            command.add_argument(
                "--url", default="", metavar="HTTPS", help="address that Slack calls; none: Socket Mode"
            )
        if name == "play":
            command.add_argument(
                "--port", type=int, default=8700, help="port of the page; 0: a free one (default 8700)"
            )
            command.add_argument(
                "--state", type=Path, metavar="DIR", help="where to keep state; none: nowhere for long"
            )
    return parser


def _version() -> int:
    from importlib.metadata import version

    print(f"ftbot {version('ftbot')}")
    return 0


# -- commands ----------------------------------------------------------------------------------------------------------


def _socket(_args: Namespace) -> int:
    from ftbot.sockets import socket

    return _run_until_stopped(socket)


def _serve(_args: Namespace) -> int:
    from ftbot.http import serve

    return _run_until_stopped(serve)


def _run_until_stopped(
    work: Callable[[Settings, asyncio.Event], Coroutine[None, None, None]],
) -> int:
    """Run with this process's settings until it is stopped."""
    from ftbot.logs import configure
    from ftbot.settings import load_settings

    settings = load_settings()
    configure(settings.log_format, settings.log_level, settings.secrets())
    return _until_stopped(lambda stop: work(settings, stop))


def _until_stopped(work: Callable[[asyncio.Event], Coroutine[None, None, None]]) -> int:
    """Run until SIGTERM or Ctrl-C, then stop gracefully: what is under way is finished, the rest is handed back."""
    import asyncio
    import signal

    async def until_stopped() -> None:
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        await work(stop)

    asyncio.run(until_stopped())
    return 0


def _play(args: Namespace) -> int:
    from functools import partial

    from ftbot.logs import configure
    from ftbot.play.serving import play

    configure("text", "ERROR", ())
    return _until_stopped(lambda stop: play(args.state, args.port, stop, partial(print, flush=True)))


def _manifest(args: Namespace) -> int:
    import json

    from ftbot.manifest import read_manifest

    print(json.dumps(read_manifest(args.url), indent=2))
    return 0


def _doctor(_args: Namespace) -> int:
    import asyncio

    from ftbot.doctor import examine
    from ftbot.settings import load_settings

    findings = asyncio.run(examine(load_settings()))
    print("\n".join(map(str, findings)))
    return 0 if all(finding.ok for finding in findings) else 1


COMMANDS: dict[str, tuple[Callable[[Namespace], int], str]] = {
    "socket": (_socket, "run over Socket Mode: no public address is needed"),
    "serve": (_serve, "run over HTTP, for production behind a load balancer"),
    "play": (_play, "try the bot in a browser, without Slack, an account or a key"),
    "manifest": (_manifest, "print the app's manifest, to paste into Slack's page for apps"),
    "doctor": (_doctor, "look at tokens, scopes, clock, database and workspace; say how to mend what is wrong"),
}


if __name__ == "__main__":
    sys.exit(main())
