"""`footproof workbook`: collect the data of a plant in a spreadsheet, and bring it back as a study."""

import os
import shutil
from pathlib import Path
from typing import Any

import click

from footproof.cli.language import language, told
from footproof.cli.options import json_option, read_file
from footproof.cli.output import print_json, write_output
from footproof.errors import FootproofError, Where
from footproof.formats.folder import read_documents, read_folder
from footproof.formats.study import read_study
from footproof.formats.workbook import (
    CellFinding,
    Imported,
    Level,
    Offer,
    export_workbook,
    import_workbook,
    new_workbook,
    summary,
)
from footproof.formats.workbook_cells import LARGEST_WORKBOOK
from footproof.model.bilingual import Bilingual
from footproof.model.parameter import Parameter, ParameterKind
from footproof.rules.parameters import shipped
from footproof.rules.rulebook import load_rulebook
from footproof.texts import catalogue, describe

PATH = click.Path(path_type=Path)
EXAMPLES = {
    "new": "footproof workbook new --product 电池 --product-en battery --rulebook cn.gbt.24067 -o collect.xlsx",
    "import": "footproof workbook import collect.xlsx -o my-study",
    "export": "footproof workbook export examples/portland-cement -o cement.xlsx",
}
_ENERGY = ("cn.electricity.", "cn.heat.", "cn.fuel.")


@click.group(help=told("workbook.help"))
def workbook() -> None:
    """Hold the commands of workbooks together."""


def _help(name: str) -> str:
    return f"{told(f'workbook.{name}.help')}\n\n\b\n    {EXAMPLES[name]}"


_output = click.option("-o", "--output", required=True, type=PATH, help=told("option.output"))


@workbook.command(help=_help("new"))
@click.argument("study", required=False, type=PATH)
@click.option("--product", metavar="NAME", help=told("workbook.option.product"))
@click.option("--product-en", metavar="NAME", help=told("workbook.option.product-en"))
@click.option("--rulebook", required=True, metavar="ID[@EDITION]", help=told("option.rulebook"))
@_output
@json_option
def new(
    study: Path | None, *, product: str | None, product_en: str | None, rulebook: str, output: Path, as_json: bool
) -> None:
    """Write a workbook to be filled in, for a product or from a study."""
    if (study is None) == (product is None):
        raise click.UsageError(told("workbook.new.which"))
    rule = load_rulebook(rulebook)
    if study is not None:
        data = _exported(study, rulebook)
    else:
        name = product or ""
        data = new_workbook(Bilingual(name, product_en or name), rule, offers())
    _wrote(output, data, as_json=as_json)


@workbook.command(help=_help("export"))
@click.argument("study", type=PATH)
@_output
@json_option
def export(study: Path, output: Path, *, as_json: bool) -> None:
    """Write the workbook of a study."""
    _wrote(output, _exported(study, None), as_json=as_json)


@workbook.command(name="import", help=_help("import"))
@click.argument("file", type=PATH)
@click.option("-o", "--output", required=True, type=PATH, metavar="DIR", help=told("workbook.option.output"))
@click.option("--evidence", type=PATH, metavar="DIR", help=told("workbook.option.evidence"))
@json_option
def import_(file: Path, *, output: Path, evidence: Path | None, as_json: bool) -> int:
    """Read a filled-in workbook and write the study; nothing where something in it is wrong."""
    _refuse_full(output)
    documents = evidence if evidence is not None else file.parent / "evidence"
    found = import_workbook(read_file(file, LARGEST_WORKBOOK), file.name, read_documents(documents))
    if found.tables is not None:
        write_study(found, documents, output)
    if as_json:
        print_json(_record(found, output))
        return 0 if found.tables is not None else 1
    for finding in found.findings:
        click.echo(_told(finding))
    counts = summary(found.findings)
    if found.tables is None:
        raise FootproofError("E-WORKBOOK-REFUSED", errors=counts[Level.ERROR.value])
    click.echo(told("workbook.import.done", path=output, open=counts[Level.OPEN.value]))
    return 0


def offers() -> tuple[Offer, ...]:
    """Return the published factors and fuels that a cell may point to, with their names."""
    name = catalogue("workbook")["offer.electricity"]
    found = [Offer("electricity", Bilingual(name["zh"], name["en"]), "energy")]
    for item in shipped().values():
        if item.kind is ParameterKind.FUEL:
            found.append(Offer(f"fuel:{item.id}", _plain(item), "energy"))
        elif item.kind is ParameterKind.FACTOR and not item.id.startswith("cn.grid_co2"):
            found.append(Offer(f"param:{item.id}", _plain(item), _group(item.id)))
    return tuple(found)


def _group(name: str) -> str:
    if name.startswith("cn.transport."):
        return "transport"
    return "energy" if name.startswith(_ENERGY) else "supplier"


def _plain(item: Parameter) -> Bilingual:
    """A bar divides names from code in a drop-down, so none may stand in the names."""
    return Bilingual(item.name.zh.replace("|", "/"), item.name.en.replace("|", "/"))


def write_study(found: Imported, documents: Path, folder: Path) -> None:
    """Write a study and copy the documents it lists; the folder appears whole or not at all.

    Args:
        found: An import without errors.
        documents: Where the documents lie.
        folder: Does not exist yet, or is empty.

    Raises:
        FootproofError: E-FILE-WRITE where the disk refuses.
    """
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    try:
        draft.mkdir(parents=True)
        for name, data in (found.tables or {}).items():
            (draft / name).write_bytes(data)
        names = {item.file for item in found.study.evidence.values()} if found.study else set()
        present = [
            documents / name for name in sorted(names) if Path(name).name == name and (documents / name).is_file()
        ]
        if names:
            (draft / "evidence").mkdir()
        for path in present:
            shutil.copyfile(path, draft / "evidence" / path.name)
        if folder.is_dir():
            folder.rmdir()
        draft.rename(folder)
    except OSError as problem:
        shutil.rmtree(draft, ignore_errors=True)
        raise FootproofError("E-FILE-WRITE", Where(str(folder)), path=folder, reason=problem.strerror) from problem


def _refuse_full(folder: Path) -> None:
    shown = str(folder)[-120:]
    try:
        full = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except (OSError, ValueError) as problem:
        raise FootproofError("E-FILE-WRITE", Where(shown), path=shown, reason=str(problem)[:80]) from problem
    if full:
        raise FootproofError("E-WORKBOOK-TARGET-FOLDER", Where(shown), path=shown)


def _exported(study: Path, rulebook: str | None) -> bytes:
    files = read_folder(study)
    read_study(files)  # What its own reader refuses is not carried into a spreadsheet.
    return export_workbook(files, load_rulebook(rulebook) if rulebook else None, offers())


def _wrote(output: Path, data: bytes, *, as_json: bool) -> None:
    write_output(output, data)
    if as_json:
        print_json({"workbook": str(output)})
    else:
        click.echo(told("workbook.done", path=output))


def _told(finding: CellFinding) -> str:
    message, advice = describe(finding.error, language())
    place = "!".join(part for part in (finding.sheet, finding.cell) if part)
    return told(
        f"workbook.finding.{finding.level.value}", place=place, message=message, advice=advice, code=finding.error.code
    )


def _record(found: Imported, output: Path) -> dict[str, Any]:
    findings = []
    for finding in found.findings:
        message, advice = describe(finding.error, language())
        place = {"level": finding.level.value, "sheet": finding.sheet, "cell": finding.cell}
        findings.append({**place, "code": finding.error.code, "message": message, "try": advice})
    return {
        "ok": found.tables is not None,
        "study": str(output) if found.tables is not None else None,
        "rulebook": found.rulebook,
        "rulebook_digest": found.rulebook_digest,
        "counts": dict(summary(found.findings)),
        "findings": findings,
    }
