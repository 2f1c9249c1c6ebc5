"""How the answers of checks are printed, for people and for programs."""

from collections.abc import Iterable
from typing import Any

import click

from footproof.check import Outcome
from footproof.cli.language import language, told
from footproof.texts import describe

# Facts whose presence asks for another sentence, under the same name.
_VARIANTS = ("witnesses", "withheld", "salted", "elsewhere")


def outcome_record(outcome: Outcome) -> dict[str, Any]:
    """Return what `--json` says about one check.

    Args:
        outcome: Of the check.
    """
    return {
        "name": outcome.name,
        "ok": outcome.ok,
        "code": outcome.problem.code if outcome.problem else None,
        "reason": describe(outcome.problem, language())[0] if outcome.problem else None,
        "facts": dict(outcome.facts),
        "notes": [note.say(language()) for note in outcome.notes],
    }


def print_outcomes(outcomes: Iterable[Outcome]) -> None:
    """Print one line for each check, and its notes below.

    Args:
        outcomes: In the order in which they are told.
    """
    lang = language()
    for outcome in outcomes:
        # A full-width space makes both Chinese words equally wide.
        passed = click.style(f"{told('check.passed')}{'　' if lang == 'zh' else ''}", fg="green")
        mark = passed if outcome.ok else click.style(told("check.failed"), fg="red")
        colon = "：" if lang == "zh" else ": "
        click.echo(f"  {mark}  {told(f'check.{outcome.name}.name')}{colon}{printable(_said(outcome))}")
        for note in outcome.notes if outcome.ok else outcome.notes[1:]:
            click.echo(f"          {note.say(lang)}")


def printable(text: str) -> str:
    """Return a text of somebody else's without what a terminal would obey.

    Args:
        text: Of any characters.
    """
    return "".join(sign if sign.isprintable() else "�" for sign in text)


def _said(outcome: Outcome) -> str:
    """Return the reason of a failure, or a sentence with the figures of a success."""
    if outcome.problem is not None:
        return f"{describe(outcome.problem, language())[0]} ({outcome.problem.code})"
    facts = {key.replace("-", "_"): value for key, value in outcome.facts.items()}
    number, blank, unit = facts.get("age", "").partition(" ")
    if blank:
        facts["age"] = told(f"check.age.{unit}", number=number)
    sentence = next((name for name in _VARIANTS if name in facts), "good")
    return told(f"check.{outcome.name}.{sentence}", **facts)
