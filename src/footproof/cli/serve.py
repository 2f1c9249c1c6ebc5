"""`footproof serve`: the public pages of a workspace on this machine."""

import os
import socket
from pathlib import Path

import click
from granian.constants import Interfaces
from granian.server import Server

from footproof.cli.language import told
from footproof.cli.options import dir_option, home
from footproof.errors import FootproofError
from footproof.server.workspace import open_workspace

HOST = "127.0.0.1"
PORT = 8642


@click.command(help=told("serve.help") + "\n\n\b\n    footproof serve --dir my-workspace")
@dir_option
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help=told("option.port"))
def serve(folder: Path | None, port: int) -> None:
    """Serve a workspace until it is stopped."""
    workspace = open_workspace(home(folder))
    click.echo(told("serve.address", address=f"http://{HOST}:{port}/"))
    run_server(workspace.folder, port)


def run_server(folder: Path, port: int) -> None:
    """Serve the static tree of a workspace; returns when the process is told to stop.

    Raises:
        FootproofError: E-PORT where the address cannot be had.
    """
    refuse_taken_port(port)
    os.environ["FOOTPROOF_HOME"] = str(folder.resolve())
    Server(
        "footproof.server.static:app_from_environment",
        address=HOST,
        port=port,
        interface=Interfaces.ASGI,
        factory=True,
        log_enabled=False,
    ).serve()


def refuse_taken_port(port: int) -> None:
    """Say at once that a port is taken, before work is done in vain.

    Raises:
        FootproofError: E-PORT.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as problem:
            raise FootproofError("E-PORT", address=f"{HOST}:{port}", reason=problem.strerror) from problem
