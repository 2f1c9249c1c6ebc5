"""`footproof witness`: a program that cosigns the checkpoints of logs it watches."""

import os
from pathlib import Path

import click
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

from footproof.cli.language import told
from footproof.cli.options import json_option
from footproof.cli.output import print_json
from footproof.cli.serve import refuse_taken_port
from footproof.server.witness import HOME, MAX_READING, init_witness, read_witness
from footproof.tlog.witness_state import WitnessState

PORT = 8643
SECONDS_FOR_HEADERS = 10

dir_option = click.option(
    "--dir", "folder", type=click.Path(path_type=Path), required=True, metavar="DIR", help=told("witness.option.dir")
)


@click.group(help=told("witness.help"))
def witness() -> None:
    """Hold the commands of the witness together."""


@witness.command(
    help=told("witness.init.help") + "\n\n\b\n    footproof witness init --dir my-witness --name witness.example/w1"
)
@dir_option
@click.option("--name", required=True, metavar="NAME", help=told("witness.option.name"))
@json_option
def init(folder: Path, name: str, as_json: bool) -> None:
    """Make a witness."""
    vkey = init_witness(folder, name).verifier.vkey
    if as_json:
        print_json({"name": name, "vkey": vkey})
    else:
        click.echo(f"{told('witness.made')}\n{vkey}")


@witness.command(help=told("witness.watch.help"))
@click.argument("vkey")
@dir_option
def watch(vkey: str, folder: Path) -> None:
    """Watch one more log; a running witness has to be started anew."""
    with WitnessState(folder, read_witness(folder)) as state:
        click.echo(told("witness.watching", origin=state.watch(vkey).name))


@witness.command(help=told("witness.show.help"))
@dir_option
def show(folder: Path) -> None:
    """Print the verifier key."""
    click.echo(read_witness(folder).verifier.vkey)


@witness.command(help=told("witness.serve.help") + "\n\n\b\n    footproof witness serve --dir my-witness")
@dir_option
@click.option("--host", default="127.0.0.1", show_default=True, help=told("witness.option.host"))
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help=told("option.port"))
def serve(folder: Path, host: str, port: int) -> None:
    """Serve a witness until it is stopped."""
    with WitnessState(folder, read_witness(folder)) as state:  # Whatever is wrong is said here, not by a worker.
        origins = list(state.logs)
    refuse_taken_port(port)
    for origin in origins:
        click.echo(told("witness.watching", origin=origin))
    click.echo(told("serve.address", address=f"http://{host}:{port}/"))
    os.environ[HOME] = str(folder.resolve())
    Server(
        "footproof.server.witness:app_from_environment",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        factory=True,
        log_enabled=False,
        websockets=False,
        backpressure=4 * MAX_READING,
        http1_settings=HTTP1Settings(header_read_timeout=1000 * SECONDS_FOR_HEADERS),
    ).serve()
