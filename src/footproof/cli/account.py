"""`footproof account`: the invitation of the first registrar of a workspace."""

from pathlib import Path

import click

from footproof.cli.language import told
from footproof.cli.options import dir_option, home, now
from footproof.model.bilingual import Bilingual
from footproof.server.workspace import open_workspace

TITLE = Bilingual("运营方（示例）", "Operator (DEMO)")


@click.command(help=told("account.help") + "\n\n\b\n    footproof account --email ann@example.org --person p-ann")
@dir_option
@click.option("--email", required=True, metavar="EMAIL", help=told("accounts.first.email"))
@click.option("--person", required=True, metavar="NAME", help=told("accounts.first.person"))
@click.option(
    "--organisation",
    default="urn:footproof:operator",
    show_default=True,
    metavar="URI",
    help=told("accounts.first.organisation"),
)
def account(*, folder: Path | None, email: str, person: str, organisation: str) -> None:
    """Invite the first registrar."""
    from footproof.server.platform import prepare

    workspace = open_workspace(home(folder))
    prepare(workspace.folder)
    from footproof.server.accounts.bootstrap import first_invitation  # tables can be asked for now

    secret = first_invitation(organisation, TITLE, person, email, now())
    click.echo(told("accounts.first.link", link=f"{workspace.base}/accounts/invitation/{secret}"))
