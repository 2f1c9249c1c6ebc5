"""`footproof batch`: issue the certificates of a list together, all or none."""

from pathlib import Path

import click

from footproof.cli.language import told
from footproof.cli.options import dir_option, home, json_option, now, read_file
from footproof.cli.output import print_json
from footproof.server.batch_list import MOST_LIST, issue_list, read_list
from footproof.server.publish import publish
from footproof.server.workspace import open_workspace

EXAMPLE = "\b\n    footproof batch products.csv --dir my-workspace"


@click.command(help=f"{told('batch.help')}\n\n{EXAMPLE}")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--no-publish", is_flag=True, help=told("batch.no-publish"))
@dir_option
@json_option
def batch(*, file: Path, no_publish: bool, folder: Path | None, as_json: bool) -> None:
    """Issue, then publish."""
    lines = read_list(file, read_file(file, MOST_LIST))
    workspace = open_workspace(home(folder))
    moment = now()
    done = issue_list(workspace, file.name, lines, moment)
    if not no_publish:
        publish(workspace, moment)
    with workspace.open_log() as log:
        size = log.size
    if as_json:
        record = {"issued": list(done.new), "known": list(done.known), "log_size": size, "published": not no_publish}
        print_json(record)
        return
    click.echo(told("batch.done", new=len(done.new), known=len(done.known), size=size))
    if not no_publish:
        click.echo(told("batch.published", path=workspace.public))
