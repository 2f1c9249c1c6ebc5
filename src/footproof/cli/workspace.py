"""`footproof workspace`: make the folder in which a register lives, and the keys of the bodies that issue in it."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import click

from footproof.cli.language import told
from footproof.cli.options import dir_option, home, json_option
from footproof.cli.output import print_json
from footproof.errors import FootproofError
from footproof.server.bodies import add_body, body_keys
from footproof.server.workspace import Workspace, create_workspace, open_workspace
from footproof.tlog import Ed25519Signer

_ORIGIN = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9._-]+)*")
_PLAIN = re.compile(r"[A-Za-z0-9.:\[\]/_~-]+")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
EXAMPLE = "\b\n    footproof workspace new --dir register --base https://register.example --origin register.example/log"


def _base(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return an address under which a tree can be served: no query, no user, nothing that TOML would read otherwise."""
    del context, parameter
    parts = urlsplit(value)
    plain = _PLAIN.fullmatch(parts.netloc + parts.path) and not (parts.query or parts.fragment)
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise click.BadParameter(told("workspace.bad.base", found=value[:80]))
    return value


def _origin(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return the name of a log (C2SP tlog-checkpoint: like an address without a scheme)."""
    del context, parameter
    if not _ORIGIN.fullmatch(value):
        raise click.BadParameter(told("workspace.bad.origin", found=value[:80]))
    return value


@click.group(help=told("workspace.help"))
def workspace() -> None:
    """Hold the commands of the workspace together."""


@workspace.command(name="new", help=told("workspace.new.help") + f"\n\n{EXAMPLE}")
@dir_option
@click.option("--base", required=True, metavar="URL", callback=_base, help=told("workspace.option.base"))
@click.option("--origin", required=True, metavar="NAME", callback=_origin, help=told("workspace.option.origin"))
@json_option
def new(*, folder: Path | None, base: str, origin: str, as_json: bool) -> None:
    """Make a workspace with keys of its own."""
    _show(create_workspace(home(folder), base, origin), as_json=as_json)


@workspace.command(name="show", help=told("workspace.show.help"))
@dir_option
@json_option
def show(*, folder: Path | None, as_json: bool) -> None:
    """Print what others need to know of a workspace; no secret is among it."""
    _show(open_workspace(home(folder)), as_json=as_json)


@workspace.command(name="body", help=told("workspace.body.help"))
@click.argument("name")
@dir_option
@json_option
def body(*, name: str, folder: Path | None, as_json: bool) -> None:
    """Make the signing key of a further body."""
    if not _NAME.fullmatch(name):
        raise click.BadParameter(told("workspace.bad.body", found=name[:80]))
    try:
        identity = add_body(open_workspace(home(folder)), name)
    except FileExistsError as problem:
        raise FootproofError("E-BODY-NAME", name=name) from problem
    if as_json:
        print_json({"body": identity})
    else:
        click.echo(identity)


def _show(found: Workspace, *, as_json: bool) -> None:
    bodies = list(body_keys(found))
    key = Ed25519Signer(found.origin, found.log_key()).verifier.vkey
    if as_json:
        print_json(
            {"folder": str(found.folder), "base": found.base, "origin": found.origin, "log": key, "bodies": bodies}
        )
        return
    click.echo(told("workspace.shown.place", folder=found.folder, base=found.base, key=key))
    for each in bodies:
        click.echo(told("workspace.shown.body", body=each))
