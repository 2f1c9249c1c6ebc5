"""`footproof seal`: compute, and write the package that anyone can recompute."""

import os
import re
import secrets
from pathlib import Path

import click

from footproof.cli.chain import assess_folder, seal_assessment
from footproof.cli.language import told
from footproof.cli.options import json_option, known_on_option, read_file, rulebook_option
from footproof.cli.output import print_json, write_output
from footproof.errors import FootproofError, Where
from footproof.package import Package, open_package

EXAMPLE = """\b
    footproof seal examples/portland-cement --rulebook cn.gbt.24067 -o cement.footproof
    footproof seal my-study --rulebook cn.gbt.24067 --confidential my.secret --make-secret -o mine.footproof"""
SECRET_SIZE = 32
_SECRET = re.compile(r"[0-9a-f]{64,1024}", re.ASCII)


@click.command(help=f"{told('seal.help')}\n\n{EXAMPLE}")
@click.argument("study", type=click.Path(path_type=Path))
@rulebook_option
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help=told("option.output")
)
@known_on_option
@click.option("--confidential", type=click.Path(path_type=Path), metavar="FILE", help=told("option.confidential"))
@click.option("--make-secret", is_flag=True, help=told("option.make-secret"))
@json_option
def seal(
    *,
    study: Path,
    rulebook: str,
    output: Path,
    known_on: str | None,
    confidential: Path | None,
    make_secret: bool,
    as_json: bool,
) -> None:
    """Write the sealed package of a study and print its digest."""
    if make_secret and confidential is None:
        raise FootproofError("E-CALL", reason="--make-secret: --confidential FILE")
    assessment, files = assess_folder(study, rulebook, known_on, dated=True)
    secret = None if confidential is None else _secret(confidential, make=make_secret)
    data = seal_assessment(assessment, files, rulebook, secret)
    write_output(output, data)
    package = open_package(data)
    if as_json:
        result = assessment.result
        print_json(
            {
                "package": str(output),
                "package_digest": package.digest,
                "value": result["value"],
                "declared": result["declared"],
                "unit": result["unit"],
                "sheet_digest": package.part_digest("sheet.json"),
                "local_copy": bool(assessment.rule.shipped_digest),
                "confidential_lines": _lines(package),
            }
        )
    else:
        click.echo(told("seal.done", path=output))
        click.echo(told("seal.digest", digest=package.digest))
        if assessment.rule.shipped_digest:
            click.echo(told("result.local-copy"))
        if package.lines:
            click.echo(told("seal.confidential", lines=_lines(package), parts=len(package.lines)))


def _lines(package: Package) -> int:
    return sum(map(len, package.lines.values()))


def _secret(path: Path, *, make: bool) -> bytes:
    """Return the secret of a study, after writing a new one where that was asked for.

    Raises:
        FootproofError: E-SECRET-MISSING, E-SECRET-EXISTS, E-SECRET-TEXT for a file that holds something else.
    """
    if make:
        _write_secret(path)
    if not path.is_file():
        raise FootproofError("E-SECRET-MISSING", Where(str(path)[-120:]), path=path.name)
    text = read_file(path, 2000).decode("ascii", "replace").strip()
    if not _SECRET.fullmatch(text) or len(text) % 2:
        raise FootproofError("E-SECRET-TEXT", Where(str(path)[-120:]), needed=2 * SECRET_SIZE)
    return bytes.fromhex(text)


def _write_secret(path: Path) -> None:
    """Write a new secret that its owner alone may read; one that is there already stays."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as problem:
        raise FootproofError("E-SECRET-EXISTS", Where(str(path)[-120:]), path=path.name) from problem
    except OSError as problem:
        raise FootproofError("E-FILE-WRITE", Where(str(path)), path=path, reason=problem.strerror) from problem
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(SECRET_SIZE) + "\n")
        file.flush()
        os.fsync(file.fileno())
