"""`footproof suppliers`: certificates of suppliers, and whose results rest on one."""

from collections.abc import Iterator
from pathlib import Path

import click

from footproof.canonical import digest
from footproof.cli.chain import checked_supplier
from footproof.cli.language import told
from footproof.cli.options import dir_option, home, json_option, read_day, today
from footproof.cli.output import exactly, percent, print_json
from footproof.package import Affected, Downstream, Held, downstream, open_package
from footproof.server.certify import issued
from footproof.server.workspace import open_workspace


@click.group(help=told("suppliers.help"))
def suppliers() -> None:
    """Hold the commands together; the help comes from the texts."""


@suppliers.command(
    help=told("suppliers.affected.help") + "\n\n\b\n    footproof suppliers affected CFP-2026-000123 --dir my-workspace"
)
@click.argument("certificate")
@dir_option
@json_option
def affected(certificate: str, folder: Path | None, as_json: bool) -> int:
    """List every study and certificate of a workspace that rests on a certificate; exit 1 where there is one."""
    found = downstream(_held(home(folder)), certificate)
    if as_json:
        print_json(
            {
                "certificate": certificate,
                "affected": [_record(item) for item in found.affected],
                "unread": list(found.unread),
            }
        )
    else:
        _print(found, certificate)
    return 1 if found.affected or found.unread else 0


@suppliers.command(
    help=told("suppliers.row.help") + "\n\n\b\n    footproof suppliers row my-study/suppliers/cathode --id cathode"
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--id", "name", default="", metavar="ID", help=told("suppliers.row.id"))
@click.option("--at", "at", metavar="DATE", help=told("option.at"))
@json_option
def row(folder: Path, name: str, at: str | None, as_json: bool) -> None:
    """Check a supplier's certificate and print the row of suppliers.csv that cites it."""
    found = checked_supplier(folder, read_day(at) if at else today())
    record = found.record()
    if as_json:
        print_json(record)
        return
    use = "demonstration" if found.demonstration else ""
    names = found.product_name
    click.echo("id,name_zh,name_en,folder,certificate,digest,product,unit,use")
    cells = (
        name or folder.name.lower(),
        names.zh,
        names.en,
        folder.name,
        found.certificate,
        found.digest,
        found.product,
    )
    click.echo(",".join(_cell(text) for text in (*cells, found.unit, use)))


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\n') else text


def _held(folder: Path) -> Iterator[Held]:
    """Yield the packages of a workspace with what was certified on them, and packages that lie in its folder."""
    workspace = open_workspace(folder)
    certificates: dict[bytes, list[tuple[str, str]]] = {}
    for one in issued(workspace):
        certificates.setdefault(one.package, []).append((one.certificate.number, digest(one.jwt)))
    seen: set[str] = set()
    for data, numbers in certificates.items():
        package = open_package(data)
        seen.add(package.digest)
        yield Held(package, tuple(numbers))
    for path in sorted(folder.glob("*.footproof")):
        package = open_package(path.read_bytes())
        if package.digest not in seen:
            seen.add(package.digest)
            yield Held(package)


def _record(item: Affected) -> dict[str, object]:
    return {
        "study": item.study,
        "package": item.package,
        "certificates": list(item.certificates),
        "share": None if item.share is None else exactly(item.share),
        "through": list(item.through),
    }


def _print(found: Downstream, certificate: str) -> None:
    if not found.affected:
        click.echo(told("suppliers.none", certificate=certificate))
    for item in found.affected:
        share = told("suppliers.share-unknown") if item.share is None else percent(exactly(item.share))
        names = ", ".join(item.certificates) or item.package
        click.echo(told("suppliers.line", study=item.study, names=names, share=share, through=", ".join(item.through)))
    for package in found.unread:
        click.echo(told("suppliers.unread", package=package))
