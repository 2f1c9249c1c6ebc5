"""`footproof log`: rebuild a log from its tiles and compare; have its checkpoint cosigned by witnesses."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from footproof.cli.language import language, told
from footproof.cli.options import json_option, read_file
from footproof.cli.output import print_json
from footproof.errors import FootproofError, Where
from footproof.server.log_source import folder_source
from footproof.server.publish import publish
from footproof.server.witness_client import ask, post
from footproof.server.workspace import CONFIGURATION, open_workspace
from footproof.texts import describe
from footproof.tlog import Report, Signature, fsck, parse_checkpoint, parse_note, parse_vkey
from footproof.tlog.cosignature import WitnessKey, parse_witness_key
from footproof.tlog.policy import MAX_POLICY, Policy, Standing, parse_policy
from footproof.tlog.tiles import Read
from footproof.tlog.writer import attach_signatures

policy_option = click.option(
    "--policy", type=click.Path(path_type=Path), metavar="FILE", help=told("log.option.policy")
)


@click.group(help=told("log.help"))
def log() -> None:
    """Hold the commands of the log together."""


@log.command(name="fsck", help=told("log.fsck.help") + "\n\n\b\n    footproof log fsck public/log --key VKEY")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--key", "vkey", metavar="VKEY", help=told("log.option.key"))
@json_option
def check_log(folder: Path, vkey: str | None, as_json: bool) -> int:
    """Print whether a log is sound, and with its key whether its checkpoint is signed."""
    folder = _log_folder(folder)
    if not folder.is_dir():
        raise FootproofError("E-FILE-READ", path=folder, reason="not a folder")
    report = fsck(folder, None if vkey is None else parse_vkey(vkey))
    if as_json:
        print_json(_record(report) | {"signed": None if vkey is None else report.signed})
    elif report.ok:
        click.echo(told("fsck.good", size=report.size, root=_root(report)))
        click.echo(told("fsck.unsigned" if vkey is None else "fsck.signed"))
    else:
        click.echo(told("fsck.bad", count=len(report.problems)))
        for problem in report.problems:
            click.echo(f"  {problem.where}: {describe(problem, language())[0]} ({problem.code})")
    return 0 if report.ok else 1


@log.command(
    name="cosign",
    help=told("log.cosign.help")
    + "\n\n\b\n    footproof log cosign my-workspace --witness http://127.0.0.1:8643/ VKEY",
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--witness", "named", nargs=2, multiple=True, metavar="URL VKEY", help=told("log.option.witness"))
@policy_option
@json_option
def cosign_log(folder: Path, named: tuple[tuple[str, str], ...], policy: Path | None, as_json: bool) -> int:
    """Gather cosignatures over the checkpoint of a log and publish it with them."""
    place = _log_folder(folder)
    if not (place / "checkpoint").is_file():
        raise FootproofError("E-LOG-ABSENT", Where(str(folder)))
    rules = read_policy(policy) if policy is not None else None
    witnesses = [(url, parse_witness_key(vkey)) for url, vkey in named] + _of_policy(rules)
    if not witnesses:
        raise FootproofError("E-CALL", reason="--witness, --policy")
    signed = (place / "checkpoint").read_bytes()
    note = parse_note(signed)
    lines, problems = _gather(signed, folder_source(place), witnesses)
    if lines:
        signed = attach_signatures(place, note, lines)
        if (folder / CONFIGURATION).is_file():
            publish(open_workspace(folder), datetime.now(UTC), renew=False)
    standing = rules.judge(signed) if rules is not None and rules.logs else None
    met = len(lines) == len(witnesses) if standing is None else standing.met
    size = parse_checkpoint(note.text).size
    if as_json:
        print_json(_cosign_record(size, lines, problems, standing, met))
    else:
        _print_cosigned(size, lines, problems, standing)
    return 0 if met else 1


def read_policy(path: Path) -> Policy:
    """Return the policy of a file.

    Raises:
        FootproofError: E-FILE-READ, E-LOG-POLICY.
    """
    return parse_policy(read_file(path, MAX_POLICY))


def standing_line(standing: Standing) -> str:
    """Return how many witnesses cosigned, for people."""
    key = "quorum.met" if standing.met else "quorum.missed"
    return told(key, found=len(standing.cosigned), total=standing.witnesses, needed=standing.needed)


def standing_record(standing: Standing | None) -> dict[str, object] | None:
    """Return the same for programs."""
    if standing is None:
        return None
    return {
        "cosigned": [{"name": one.witness.name, "time": one.time} for one in standing.cosigned],
        "total": standing.witnesses,
        "needed": standing.needed,
        "met": standing.met,
    }


def _gather(
    signed: bytes, read: Read, witnesses: list[tuple[str, WitnessKey]]
) -> tuple[list[Signature], list[tuple[str, FootproofError]]]:
    """Ask each witness; one that fails does not keep the others from being asked."""
    lines: list[Signature] = []
    problems: list[tuple[str, FootproofError]] = []
    for url, key in witnesses:
        try:
            lines.append(ask(signed, read, key, partial(post, url)))
        except FootproofError as problem:
            problems.append((key.name, problem))
    return lines, problems


def _of_policy(rules: Policy | None) -> list[tuple[str, WitnessKey]]:
    """Return the witnesses of a policy that have an address."""
    found = rules.witnesses.values() if rules is not None else ()
    return [(one.url, one.key) for one in found if one.url is not None and one.key is not None]


def _log_folder(folder: Path) -> Path:
    """Return the folder of the log where a workspace or a static tree was named."""
    inside = not (folder / "checkpoint").is_file() and (folder / "log" / "checkpoint").is_file()
    return folder / "log" if inside else folder


def _cosign_record(
    size: int,
    lines: list[Signature],
    problems: list[tuple[str, FootproofError]],
    standing: Standing | None,
    met: bool,
) -> dict[str, object]:
    return {
        "ok": met,
        "size": size,
        "cosigned": [line.name for line in lines],
        "failed": [
            {"name": name, "code": each.code, "message": describe(each, language())[0]} for name, each in problems
        ],
        "witnesses": standing_record(standing),
    }


def _print_cosigned(
    size: int, lines: list[Signature], problems: list[tuple[str, FootproofError]], standing: Standing | None
) -> None:
    for line in lines:
        click.echo("  " + told("cosign.done", name=line.name))
    for name, each in problems:
        click.echo("  " + told("cosign.failed", name=name, reason=describe(each, language())[0], code=each.code))
    click.echo(told("cosign.count", found=len(lines), total=len(lines) + len(problems), size=size))
    if standing is not None:
        click.echo(standing_line(standing))


def _root(report: Report) -> str | None:
    return "sha256:" + report.root.hex() if report.root is not None else None


def _record(report: Report) -> dict[str, object]:
    problems = [
        {"code": each.code, "where": str(each.where) if each.where else None, "message": describe(each, language())[0]}
        for each in report.problems
    ]
    return {"ok": report.ok, "size": report.size, "root": _root(report), "problems": problems}
