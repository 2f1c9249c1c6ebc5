"""`footproof demo`: the whole chain on the shipped battery study, in an embedded workspace."""

from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from footproof.check import check_certificate, read_anchors
from footproof.cli.chain import assess_folder, seal_assessment
from footproof.cli.demo_world import World, run_world
from footproof.cli.language import language, told
from footproof.cli.options import dir_option, home, json_option, now
from footproof.cli.output import print_json
from footproof.cli.serve import HOST, PORT, refuse_taken_port, run_server
from footproof.errors import FootproofError
from footproof.package import open_package, recompute
from footproof.server.certify import Issued, issue
from footproof.server.gather import gather
from footproof.server.publish import publish
from footproof.server.sources import TreeFolder
from footproof.server.untp import facts_file, keep_facts
from footproof.server.workspace import CONFIGURATION, Workspace, create_workspace, open_workspace, write_durably
from footproof.tlog import parse_checkpoint

STUDY = "nmc811-pack"
GENERIC, SECTOR = "cn.gbt.24067", "cn.pcf.traction-battery"
ORIGIN = "footproof.demo/log"

Say = Callable[[str], None]


@click.command(help=told("demo.help") + "\n\n\b\n    footproof demo --dir my-workspace --no-serve --json")
@dir_option
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help=told("option.port"))
@click.option("--no-serve", is_flag=True, help=told("option.no-serve"))
@click.option("--world", is_flag=True, help=told("world.option"))
@click.option("--certificates", type=click.IntRange(100, 200_000), default=100_000, help=told("world.certificates"))
@click.option("--seed", type=click.IntRange(0, 2**31 - 2), default=1, help=told("world.seed"))
@click.option("--until", metavar="DATE", help=told("world.until"))
@json_option
def demo(  # noqa: PLR0917
    folder: Path | None,
    port: int,
    no_serve: bool,
    world: bool,
    certificates: int,
    seed: int,
    until: str | None,
    as_json: bool,
) -> None:
    """Quantify, seal, recompute, certify, log, publish, check; then serve the page. Or load a whole world."""
    if world:
        run_world(home(folder), f"http://{HOST}:{port}", World(certificates, seed, until), as_json=as_json)
        return
    if not no_serve:
        refuse_taken_port(port)
    console = Console(stderr=as_json, highlight=False, soft_wrap=True)
    workspace = _workspace(home(folder), f"http://{HOST}:{port}")
    with console.status(told("demo.progress")):
        record = run_chain(workspace, lambda line: console.print(f"[green]✓[/green] {line}"))
    if as_json:
        print_json(record)
    if not no_serve:
        address = f"http://{HOST}:{port}/c/{record['number']}/" + ("en/" if language() == "en" else "")
        console.print(told("demo.address", address=address))
        run_server(workspace.folder, port)


def run_chain(workspace: Workspace, say: Say) -> dict[str, Any]:
    """Run every step in a workspace and return what it made: figures as exact text, files as paths."""
    study = example(STUDY)
    generic, _ = assess_folder(study, GENERIC, None, dated=True)
    say(told("demo.read", title=generic.study.title.say(language())))
    say(_quantified(generic.rule.name, generic.result))
    sector, files = assess_folder(study, SECTOR, None, dated=True)
    say(_quantified(sector.rule.name, sector.result))
    sealed = seal_assessment(sector, files, SECTOR)
    package = open_package(sealed)
    say(told("demo.seal", size=len(sealed) // 1024, digest=package.digest))
    outcome = recompute(package)
    say(told("demo.recompute", terms=outcome.terms))
    moment = now()
    one = issue(workspace, sealed, moment)
    say(told("demo.certify", number=one.certificate.number))
    write_durably(workspace.folder / f"{STUDY}.footproof", sealed)
    if not facts_file(workspace, one.certificate.number).is_file():
        keep_facts(workspace, one.certificate.number, (study / "untp.toml").read_bytes())
    publish(workspace, moment)
    place = workspace.public / "c" / one.certificate.number
    checkpoint = parse_checkpoint((workspace.public / "log" / "checkpoint").read_text("utf-8").split("\n\n")[0] + "\n")
    say(told("demo.log", index=one.index, size=checkpoint.size))
    say(told("demo.check", passed=_checked(workspace, place, one)))
    say(told("demo.mark", path=place / "mark.svg"))
    page = place / ("en/index.html" if language() == "en" else "index.html")
    say(told("demo.page", path=page))
    return {
        "value": sector.result["value"],
        "declared": sector.result["declared"],
        "unit": sector.result["unit"],
        "interval": sector.result["interval"],
        "rulebook": sector.rule.name,
        "status": sector.rule.status.value,
        "package": str(workspace.folder / f"{STUDY}.footproof"),
        "package_digest": package.digest,
        "certificate": str(place / "certificate.jwt"),
        "number": one.certificate.number,
        "log": str(workspace.log_folder),
        "log_root": "sha256:" + checkpoint.root.hex(),
        "page": str(page),
    }


def example(name: str) -> Path:
    """Return the folder of a shipped example: beside the sources in a checkout, inside the package when installed."""
    beside = Path(__file__).resolve().parents[3] / "examples" / name
    if (beside / "study.toml").is_file():
        return beside
    return Path(str(resources.files("footproof"))) / "examples" / name


def _workspace(folder: Path, base: str) -> Workspace:
    if (folder / CONFIGURATION).is_file():
        return open_workspace(folder)
    return create_workspace(folder, base, ORIGIN)


def _quantified(rule: str, result: Mapping[str, Any]) -> str:
    return told("demo.quantify", rule=rule, value=result["declared"], unit=result["unit"])


def _checked(workspace: Workspace, place: Path, one: Issued) -> int:
    """Check the published files as a stranger would, and return how many checks passed.

    Raises:
        FootproofError: The first check that fails.
    """
    tree = TreeFolder(workspace.public)
    material = gather((place / "certificate.jwt").read_bytes(), tree)
    anchors = read_anchors((workspace.public / "trust.json").read_bytes())
    _, outcomes = check_certificate(material, anchors, one.certificate.decided_on)
    for outcome in outcomes:
        if outcome.problem is not None:
            raise FootproofError(outcome.problem.code, outcome.problem.where, **outcome.problem.values)
    return len(outcomes)
