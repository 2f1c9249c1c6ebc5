"""`footproof disclose`: withhold lines of a confidential package; its digest stays the same."""

from pathlib import Path

import click

from footproof.cli.language import told
from footproof.cli.options import json_option, read_file
from footproof.cli.output import print_json, write_output
from footproof.errors import FootproofError
from footproof.package import MOST_BYTES, WORDS, Package, named_lines, open_package
from footproof.package import disclose as disclose_package

EXAMPLES = """\b
    footproof disclose full.footproof --keep stage-totals -o public.footproof
    footproof disclose full.footproof --for "Verifier X" --keep terms --keep "study/exchanges.csv#c*" -o x.footproof
    footproof disclose full.footproof --list"""


@click.command(help=f"{told('disclose.help')}\n\n{EXAMPLES}")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--keep", multiple=True, metavar="WHAT", help=told("disclose.keep", words=", ".join(WORDS)))
@click.option("--for", "reader", default="", metavar="NAME", help=told("disclose.for"))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help=told("option.output"))
@click.option("--list", "listing", is_flag=True, help=told("disclose.list"))
@json_option
def disclose(
    *, file: Path, keep: tuple[str, ...], reader: str, output: Path | None, listing: bool, as_json: bool
) -> None:
    """Write a copy of a package with only some of its lines, or list their names."""
    package = open_package(read_file(file, MOST_BYTES))
    if listing:
        _list(package, as_json=as_json)
        return
    if output is None or not keep:
        raise FootproofError("E-CALL", reason=told("disclose.needs"))
    data = disclose_package(package, [word.removeprefix("lines=") for word in keep], reader)
    shown = open_package(data)
    write_output(output, data)
    lines = sum(map(len, shown.lines.values()))
    withheld = sum(shown.withheld.values())
    if as_json:
        record = {
            "package": str(output),
            "package_digest": shown.digest,
            "lines": lines,
            "withheld": withheld,
            "parts": {
                path: {"lines": len(of), "withheld": shown.withheld.get(path, 0)} for path, of in shown.lines.items()
            },
        }
        print_json({**record, "for": reader} if reader else record)
    else:
        click.echo(told("disclose.done", path=output, opened=lines - withheld, lines=lines))
        click.echo(told("seal.digest", digest=shown.digest))


def _list(package: Package, *, as_json: bool) -> None:
    names = list(named_lines(package))
    if as_json:
        print_json({"lines": [{"name": item.name, "opened": item.line.opened} for item in names]})
    else:
        for item in names:
            click.echo(f"{'+' if item.line.opened else '-'} {item.name}")
