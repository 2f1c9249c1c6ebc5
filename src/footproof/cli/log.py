"""`footproof log fsck`: rebuild a log from its tiles and compare."""

from pathlib import Path

import click

from footproof.cli.language import language, told
from footproof.cli.options import json_option
from footproof.cli.output import print_json
from footproof.errors import FootproofError
from footproof.texts import describe
from footproof.tlog import Report, fsck


@click.group(help=told("log.help"))
def log() -> None:
    """Hold the commands of the log together."""


@log.command(name="fsck", help=told("log.fsck.help") + "\n\n\b\n    footproof log fsck public/log")
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def check_log(folder: Path, as_json: bool) -> int:
    """Print whether a log is sound."""
    if not (folder / "checkpoint").is_file() and (folder / "log" / "checkpoint").is_file():
        folder = folder / "log"  # a workspace or a static tree was named
    if not folder.is_dir():
        raise FootproofError("E-FILE-READ", path=folder, reason="not a folder")
    report = fsck(folder)
    if as_json:
        print_json(_record(report))
    elif report.ok:
        click.echo(told("fsck.good", size=report.size, root=_root(report)))
    else:
        click.echo(told("fsck.bad", count=len(report.problems)))
        for problem in report.problems:
            click.echo(f"  {problem.where}: {describe(problem, language())[0]} ({problem.code})")
    return 0 if report.ok else 1


def _root(report: Report) -> str | None:
    return "sha256:" + report.root.hex() if report.root is not None else None


def _record(report: Report) -> dict[str, object]:
    problems = [
        {"code": each.code, "where": str(each.where) if each.where else None, "message": describe(each, language())[0]}
        for each in report.problems
    ]
    return {"ok": report.ok, "size": report.size, "root": _root(report), "problems": problems}
