"""The README's table of commands is what the parser knows: every command, and of each command the
options that it shows."""

from __future__ import annotations

import argparse
import re

import pytest

from baophu.cli import _parser
from tests.support.command import ROOT

HELPERS = {"run"}
"""What `make` calls; no row of the table."""


def commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Name -> parser of a command."""
    (among,) = [
        action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    ]
    return dict(among.choices)


def shown(readme: str) -> dict[str, str]:
    """Name of a command -> how the table shows it."""
    text = (ROOT / readme).read_text(encoding="utf-8").replace("\\|", "|")
    rows = [
        line.rpartition("` |")[0] + "`"
        for line in text.splitlines()
        if line.startswith("| `baophu ")
    ]
    return {
        words.split()[1]: words for row in rows for words in re.findall(r"`(baophu [^`]*)`", row)
    }


def test_the_table_names_every_command_and_no_other() -> None:
    known = set(commands(_parser())) - HELPERS
    assert set(shown("README.md")) == known
    assert set(shown("README.vi.md")) <= known  # that of the office's daily work


@pytest.mark.parametrize("readme", ["README.md", "README.vi.md"])
def test_the_options_of_the_table_are_the_parser_s(readme: str) -> None:
    parsers = commands(_parser())
    wrong = {
        name: sorted(options - set(parsers[name]._option_string_actions))
        for name, words in shown(readme).items()
        if (options := set(re.findall(r"--[a-z-]+", words)))
    }
    assert {name: options for name, options in wrong.items() if options} == {}


def test_what_stands_in_no_brackets_must_be_given_and_what_may_be_chosen_is_all_shown() -> None:
    parsers = commands(_parser())
    for name, words in shown("README.md").items():
        asked = re.sub(r"\[[^]]*\]", "", words)
        for action in parsers[name]._actions:
            option = next(iter(action.option_strings), "")
            assert not action.required or not option or option in asked, (name, option)
            if action.choices and option in re.findall(r"--[a-z-]+", words):
                assert "|".join(map(str, action.choices)) in words, (name, option)
    actions = commands(parsers["quarantine"])
    assert "|".join(actions) in shown("README.md")["quarantine"]
