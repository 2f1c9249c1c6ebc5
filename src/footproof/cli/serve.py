"""`footproof serve`: the public pages of a workspace on this machine, and the VC API where asked for."""

import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread

import click
from granian.constants import Interfaces
from granian.server import Server

from footproof.cli.language import told
from footproof.cli.options import dir_option, home, now
from footproof.errors import FootproofError
from footproof.server.app import API_VARIABLE, PLATFORM_VARIABLE
from footproof.server.editions import editions
from footproof.server.publish import publish_status
from footproof.server.status import TTL
from footproof.server.vc_api import Settings, VcApi
from footproof.server.vc_api.settings import read_base, settings_text
from footproof.server.workspace import open_workspace

HOST = "127.0.0.1"
PORT = 8642


@click.command(help=told("serve.help") + "\n\n\b\n    footproof serve --dir my-workspace")
@dir_option
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help=told("option.port"))
@click.option("--platform", is_flag=True, help=told("accounts.option.platform"))
@click.option("--vc-api", "api", is_flag=True, help=told("vcapi.option.on"))
@click.option("--vc-api-open", "unlocked", is_flag=True, help=told("vcapi.option.open"))
@click.option("--vc-api-network", "network", is_flag=True, help=told("vcapi.option.network"))
@click.option("--vc-api-dids", "dids", type=click.Path(path_type=Path), metavar="DIR", help=told("vcapi.option.dids"))
@click.option("--vc-api-base", "base", metavar="URL", help=told("vcapi.option.base"))
def serve(
    *,
    folder: Path | None,
    port: int,
    platform: bool,
    api: bool,
    unlocked: bool,
    network: bool,
    dids: Path | None,
    base: str | None,
) -> None:
    """Serve a workspace until it is stopped."""
    workspace = open_workspace(home(folder))
    address = f"http://{HOST}:{port}"
    settings = None
    if api:
        settings = Settings(workspace.folder, read_base(base or address), unlocked, network, dids)
        show_api(settings)
    elif unlocked or network or dids is not None or base is not None:
        raise FootproofError("E-CALL", reason="--vc-api-…, --vc-api")
    click.echo(told("serve.address", address=f"{address}/"))
    if platform:
        click.echo(told("accounts.address", address=f"{workspace.base}/accounts/"))
    run_server(workspace.folder, port, settings, platform=platform)


def show_api(settings: Settings) -> None:
    """Say in whose name the interface signs, and what to send with a request.

    Raises:
        FootproofError: As `VcApi`, before the server starts.
    """
    interface = VcApi(settings)
    for securing, instance in interface.issuers().items():
        click.echo(told("vcapi.issuer", securing=securing, id=instance["id"]))
    if not settings.open:
        click.echo(told("vcapi.token", token=interface.token))


def run_server(folder: Path, port: int, api: Settings | None = None, *, platform: bool = False) -> None:
    """Serve a workspace; returns when the process is told to stop.

    Args:
        folder: The workspace.
        port: On this machine.
        api: How the VC API runs; it is off where left out.
        platform: Whether accounts and interface are served.

    Raises:
        FootproofError: E-PORT where the address cannot be had.
    """
    refuse_taken_port(port)
    os.environ["FOOTPROOF_HOME"] = str(folder.resolve())
    os.environ.pop(API_VARIABLE, None)
    os.environ.pop(PLATFORM_VARIABLE, None)
    if platform:
        os.environ[PLATFORM_VARIABLE] = "1"
        publish_what_is_left(folder)
    if api is not None:
        os.environ[API_VARIABLE] = settings_text(api)
    keep_fresh(folder)
    Server(
        "footproof.server.app:app_from_environment",
        address=HOST,
        port=port,
        interface=Interfaces.ASGI,
        factory=True,
        log_enabled=False,
    ).serve()


def publish_what_is_left(folder: Path) -> None:
    """Publish what the store decided and a crash kept from the public tree; where that fails, say so and go on.

    Raises:
        FootproofError: As `editions` and `publish_left`; a register whose log and store differ is not served.
    """
    from footproof.server.platform import prepare

    workspace = open_workspace(folder)
    editions(workspace.folder)  # a scheme of its own that makes no sense is told now, not to whoever asks first
    prepare(workspace.folder)
    from django.db import connections

    from footproof.server.accounts.here import find_scheme  # tables can be asked for now
    from footproof.server.store.journal import Journal
    from footproof.server.store.publication import left_since, publish_left

    publish_left(Journal(workspace, find_scheme), now())
    if left_since(workspace) is not None:
        click.echo(told("serve.unpublished"), err=True)
    connections.close_all()  # the server forks


def keep_fresh(folder: Path) -> None:
    """Publish the status lists now, and again while the process runs, before a reader would call them stale.

    A workspace that is busy or damaged does not stop the server: its lists grow old, and say so.
    """

    def once() -> None:
        with suppress(FootproofError, OSError):
            publish_status(open_workspace(folder), now())

    def work() -> None:
        while True:
            time.sleep(TTL.total_seconds() * 0.8)
            once()

    once()  # before the server forks: a child would keep the lock that is held meanwhile
    Thread(target=work, daemon=True, name="status").start()


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
