"""The ``ftbot`` command is honest about what is not there."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from ftbot.__main__ import main


@pytest.mark.parametrize("words", [[], ["-h"], ["--help"]])
def test_help_says_that_the_bot_is_to_come_and_what_works_today(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "not here yet" in said
    assert "ft --help" in said


def test_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ftbot {version('ftbot')}\n"


@pytest.mark.parametrize("words", [["serve"], ["play"], ["--socket-mode"]])
def test_a_command_that_does_not_exist_is_a_usage_error_with_a_next_step(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 64
    said = capsys.readouterr()
    assert said.out == ""
    assert repr(words[0]) in said.err
    assert "next:" in said.err
