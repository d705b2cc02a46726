"""`ft completion`: what makes a shell complete ft's words, generated from the parsers of the commands."""

from __future__ import annotations

import re
from argparse import Action, ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import NamedTuple

from ftsdk import cli  # its COMMANDS by that name: a module that has the name itself is a group of commands

SHELLS = ("bash", "zsh", "fish")


class Word(NamedTuple):
    """An option; ``values`` are the words that it takes, None where it takes a file or text, () where nothing."""

    names: tuple[str, ...]
    values: tuple[str, ...] | None
    text: str


class Command(NamedTuple):
    """A command as a shell sees it: ``ft validate``, or ``ft data check`` in a group."""

    words: tuple[str, ...]
    text: str
    options: tuple[Word, ...]
    choices: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """Every option name, and the words that may stand where others take files."""
        return [name for word in self.options for name in word.names] + list(self.choices)


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("shell", choices=SHELLS, help="bash and zsh: source it; fish: save it as completions/ft.fish")


def run(args: Namespace) -> int:
    """Print the script."""
    commands = list(_commands(cli.COMMANDS, ()))
    print({"bash": bash, "zsh": zsh, "fish": fish}[args.shell](commands), end="")  # noqa: T201
    return 0


def _commands(table: Mapping[str, tuple[str, str]], above: tuple[str, ...]) -> Iterator[Command]:
    for name, (module_name, text) in table.items():
        module = import_module(module_name)
        if hasattr(module, "COMMANDS"):
            yield Command((*above, name), text, (), tuple(module.COMMANDS))
            yield from _commands(module.COMMANDS, (*above, name))
            continue
        actions = cli.parser_of(module, name, text)._actions
        options = tuple(_option(action) for action in actions if action.option_strings)
        choices = [str(choice) for action in actions if not action.option_strings for choice in action.choices or ()]
        yield Command((*above, name), text, options, tuple(choices))


def _option(action: Action) -> Word:
    text = re.sub(r"[^\w .,;()/+-]", "", action.help or "")
    if action.nargs == 0:
        return Word(tuple(action.option_strings), (), text)
    return Word(tuple(action.option_strings), tuple(str(choice) for choice in action.choices or ()) or None, text)


def bash(commands: list[Command]) -> str:
    """A script for bash; ``-o default`` falls back to files."""
    top = " ".join(command.words[0] for command in commands if len(command.words) == 1)
    # The longer words come first, so that `data check` is not taken for `data`.
    cases = "".join(map(_bash_case, sorted(commands, key=lambda command: -len(command.words))))
    return f"""\
_ft() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" words=''
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        {_bash_reply(f"'{top} --help --version'")}
        return
    fi
    case "${{COMP_WORDS[*]:1:COMP_CWORD-1}} " in
{cases}    esac
    if [[ "$word" == -* || " $words" == *" $word"* ]]; then
        {_bash_reply('"$words"')}
    fi
}}
complete -o default -F _ft ft
"""


def _bash_case(command: Command) -> str:
    takes = "".join(_bash_values(word) for word in command.options if word.values != ())
    before = f'        case "$before" in\n{takes}        esac\n' if takes else ""
    return f"    '{' '.join(command.words)} '*)\n{before}        words='{' '.join(command.names)}';;\n"


def _bash_values(word: Word) -> str:
    """What completes after an option; nothing leaves it to bash, which takes files."""
    reply = _bash_reply(f"'{' '.join(word.values)}'") + "; " if word.values else ""
    return f"            {'|'.join(word.names)}) {reply}return;;\n"


def _bash_reply(words: str) -> str:
    return f'COMPREPLY=($(compgen -W {words} -- "$word"))'


def zsh(commands: list[Command]) -> str:
    """A script for zsh."""
    names = " ".join(f"'{one.words[0]}:{_quoted(one.text)}'" for one in commands if len(one.words) == 1)
    cases = "".join(map(_zsh_case, sorted(commands, key=lambda command: -len(command.words))))
    return f"""\
#compdef ft
_ft() {{
    if (( CURRENT == 2 )); then
        local -a commands=({names})
        _describe command commands
        return
    fi
    case "${{words[2,CURRENT-1]}} " in
{cases}    esac
}}
compdef _ft ft
"""


def _zsh_case(command: Command) -> str:
    options = [_zsh_option(name, word) for word in command.options for name in word.names]
    rest = f"'*: :({' '.join(command.choices)})'" if command.choices else "'*: :_files'"
    depth = len(command.words)
    taken = f"shift {depth} words; (( CURRENT -= {depth} ));"
    return f"        '{' '.join(command.words)} '*) {taken} _arguments {' '.join([*options, rest])};;\n"


def _zsh_option(name: str, word: Word) -> str:
    takes = ":value:_files" if word.values is None else f":value:({' '.join(word.values)})" if word.values else ""
    return f"'{name}[{_quoted(word.text)}]{takes}'"


def fish(commands: list[Command]) -> str:
    """A script for fish."""
    lines = []
    for command in commands:
        if len(command.words) == 1:
            start = "complete -c ft -n __fish_use_subcommand -f"
            lines.append(f"{start} -a {command.words[0]} -d '{_quoted(command.text)}'")
        seen = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in command.words)
        lines += [f"complete -c ft -n '{seen}' {_fish_option(word)}" for word in command.options]
        if command.choices:
            lines.append(f"complete -c ft -n '{seen}' -f -a '{' '.join(command.choices)}'")
    return "\n".join(lines) + "\n"


def _fish_option(word: Word) -> str:
    flags = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in word.names)
    values = " -r" if word.values is None else f" -x -a '{' '.join(word.values)}'" if word.values else ""
    return f"{flags}{values} -d '{_quoted(word.text)}'"


def _quoted(text: str) -> str:
    """Text between single quotes of a shell."""
    return text.replace("'", "").replace(":", " ")
