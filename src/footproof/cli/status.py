"""`footproof status`: suspend, restore, withdraw or cancel a certificate, and publish what its status lists say now."""

from pathlib import Path

import click

from footproof.cli.language import told
from footproof.cli.options import dir_option, home, json_option, now
from footproof.cli.output import print_json
from footproof.model.bilingual import Bilingual
from footproof.server.publish import publish_status
from footproof.server.status import CHANGES, Change, change_status, state_of
from footproof.server.workspace import open_workspace

EXAMPLE = (
    "    footproof status change DEMO-2026-000001 suspended --reason-zh 数据待核实 --reason-en 'data under review'"
)


@click.group(help=told("status.help"))
def status() -> None:
    """Hold the commands of the status together."""


@status.command(name="change", help=told("status.change.help") + f"\n\n\b\n{EXAMPLE}")
@click.argument("number")
@click.argument("change", type=click.Choice(CHANGES))
@click.option("--reason-zh", required=True, metavar="TEXT", help=told("status.reason-zh"))
@click.option("--reason-en", required=True, metavar="TEXT", help=told("status.reason-en"))
@dir_option
@json_option
def change_one(
    *, number: str, change: Change, reason_zh: str, reason_en: str, folder: Path | None, as_json: bool
) -> None:
    """Decide, log, publish."""
    workspace = open_workspace(home(folder))
    moment = now()
    made = change_status(workspace, number, change, Bilingual(reason_zh, reason_en), moment)
    publish_status(workspace, moment)
    if as_json:
        print_json({"certificate": number, "state": made.state, "index": made.index})
    else:
        click.echo(told("status.changed", number=number, state=told(f"status.state.{made.state}"), index=made.index))


@status.command(name="show", help=told("status.show.help"))
@click.argument("number")
@dir_option
@json_option
def show(*, number: str, folder: Path | None, as_json: bool) -> int:
    """Print the state of a certificate as the log of this workspace has it."""
    state = state_of(open_workspace(home(folder)), number)
    if as_json:
        print_json({"certificate": number, "state": state})
    else:
        click.echo(f"{number}  {told('status.state.' + (state or 'unknown'))}")
    return 0 if state is not None else 1


@status.command(name="publish", help=told("status.publish.help"))
@dir_option
def publish_now(*, folder: Path | None) -> None:
    """Sign the lists again, so that what they know is of this moment."""
    publish_status(open_workspace(home(folder)), now())
    click.echo(told("status.published"))
