"""`footproof monitor`: watch a log from outside, and compare what different people are shown."""

import time
from pathlib import Path

import click

from footproof.cli.language import language, told
from footproof.cli.log import policy_option, read_policy, standing_line, standing_record
from footproof.cli.options import json_option
from footproof.cli.output import print_json
from footproof.errors import FootproofError
from footproof.server.log_source import open_source, web
from footproof.server.monitor import Monitor, Watched, compare
from footproof.texts import describe
from footproof.tlog import Ed25519Verifier, parse_vkey
from footproof.tlog.monitor import read_checkpoint
from footproof.tlog.policy import Policy

private_option = click.option("--allow-private", is_flag=True, help=told("monitor.option.allow-private"))


@click.group(help=told("monitor.help"))
def monitor() -> None:
    """Hold the commands of the monitor together."""


@monitor.command(
    name="run",
    help=told("monitor.run.help")
    + "\n\n\b\n    footproof monitor run https://footproof.example/log/ --state seen --key VKEY",
)
@click.argument("source")
@click.option(
    "--state", type=click.Path(path_type=Path), required=True, metavar="DIR", help=told("monitor.option.state")
)
@click.option("--key", "vkey", metavar="VKEY", help=told("monitor.option.key"))
@policy_option
@click.option("--max-age", type=click.IntRange(1), metavar="HOURS", help=told("monitor.option.max-age"))
@click.option("--with", "others", multiple=True, metavar="SOURCE", help=told("monitor.option.with"))
@private_option
@json_option
def run_monitor(
    *,
    source: str,
    state: Path,
    vkey: str | None,
    policy: Path | None,
    max_age: int | None,
    others: tuple[str, ...],
    allow_private: bool,
    as_json: bool,
) -> int:
    """Look at a log once; a timer of the system calls this as often as one likes."""
    rules = read_policy(policy) if policy is not None else None
    get = web(allow_private=allow_private)
    read = open_source(source, get)
    with Monitor(state, _key(vkey, rules)) as watcher:
        found = watcher.look(
            read,
            now=int(time.time()),
            policy=rules,
            max_age=max_age * 3600 if max_age is not None else None,
            others={other: open_source(other, get) for other in others},
        )
    if as_json:
        print_json(_record(found))
    else:
        _print(found, state)
    return 0 if found.ok else 1


@monitor.command(
    name="compare", help=told("monitor.compare.help") + "\n\n\b\n    footproof monitor compare mine theirs --key VKEY"
)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--key", "vkey", required=True, metavar="VKEY", help=told("monitor.option.key"))
@private_option
@json_option
def compare_sources(first: str, second: str, vkey: str, allow_private: bool, as_json: bool) -> int:
    """Compare two checkpoints; where they contradict each other, both notes are printed as they are signed."""
    sources = [open_source(each, web(allow_private=allow_private)) for each in (first, second)]
    try:
        old, new = compare(sources[0], sources[1], parse_vkey(vkey))
    except FootproofError as problem:
        if problem.code != "E-LOG-SPLIT":
            raise
        notes = [read_checkpoint(source).decode("utf-8", "replace") for source in sources]
        if as_json:
            print_json({"ok": False, "code": problem.code, "notes": notes})
        else:
            click.echo(describe(problem, language())[0] + f" ({problem.code})")
            click.echo("\n".join(notes))
        return 1
    if as_json:
        print_json({"ok": True, "sizes": [old, new]})
    else:
        click.echo(told("monitor.same", old=old, new=new))
    return 0


def _key(vkey: str | None, rules: Policy | None) -> Ed25519Verifier | None:
    """Return the key of the log from the option, else the only one of the policy."""
    if vkey is not None:
        return parse_vkey(vkey)
    if rules is not None and len(rules.logs) == 1:
        return next(iter(rules.logs.values()))[0]
    return None


def _record(found: Watched) -> dict[str, object]:
    return {
        "ok": found.ok,
        "size": found.size,
        "new": found.new,
        "root": "sha256:" + found.root.hex(),
        "witnesses": standing_record(found.standing),
        "age": found.age,
        "problems": [
            {"code": each.code, "where": str(each.where or "") or None, "message": describe(each, language())[0]}
            for each in found.problems
        ],
        "alarms": list(found.alarms),
    }


def _print(found: Watched, state: Path) -> None:
    if found.problems:
        click.echo(told("monitor.bad", count=len(found.problems), size=found.size))
        for each in found.problems:
            place = f"{each.where}: " if each.where is not None else ""
            click.echo(f"  {place}{describe(each, language())[0]} ({each.code})")
    else:
        root = "sha256:" + found.root.hex()
        click.echo(told("monitor.good", size=found.size, new=found.new, root=root))
    if found.standing is not None:
        click.echo(standing_line(found.standing))
    if found.age is not None:
        click.echo(told("monitor.age", age=found.age))
    if found.alarms:
        click.echo(told("monitor.alarms", count=len(found.alarms), path=state / "alarms"))
