"""`footproof account`: the invitation of the first registrar of a workspace, and access taken away or given back."""

from pathlib import Path

import click

from footproof.cli.language import language, told
from footproof.cli.options import dir_option, home, json_option, now
from footproof.cli.output import print_json
from footproof.model.bilingual import Bilingual
from footproof.server.workspace import Workspace, open_workspace

TITLE = Bilingual("运营方（示例）", "Operator (DEMO)")


@click.group(help=told("account.help"))
def account() -> None:
    """Invite the first registrar, take access away, give it back, and read what happened at the door."""


@account.command(
    name="invite",
    help=told("account.invite.help") + "\n\n\b\n    footproof account invite --email ann@example.org --person p-ann",
)
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
def invite_first(*, folder: Path | None, email: str, person: str, organisation: str) -> None:
    """Invite the first registrar."""
    workspace = _opened(folder)
    from footproof.server.accounts.bootstrap import first_invitation  # tables can be asked for now
    from footproof.server.accounts.here import note

    secret = first_invitation(organisation, TITLE, person, email, now())
    note(None, "invitation.made", person)
    click.echo(told("accounts.first.link", link=_link(workspace, secret)))


def _changing(name: str) -> click.Command:
    """Return the command that changes access as `charge.CHANGES` has it."""

    @click.command(name=name, help=told(f"account.{name}.help"))
    @click.argument("person")
    @dir_option
    def change(*, person: str, folder: Path | None) -> None:
        _opened(folder)
        from footproof.server.accounts.charge import CHANGES, account_named  # tables can be asked for now
        from footproof.server.accounts.here import note
        from footproof.server.accounts.wording import event_said

        work, event = CHANGES[name]
        work(account_named(person))
        note(None, event, person)
        click.echo(f"{person}: {event_said(event, language())}")

    return change


for _name in ("lock", "unlock", "end-access"):
    account.add_command(_changing(_name))


@account.command(name="reset", help=told("account.reset.help"))
@click.argument("person")
@dir_option
def reset_account(*, person: str, folder: Path | None) -> None:
    """Take from an account all that opened it, and print the link by which its owner starts anew."""
    workspace = _opened(folder)
    from footproof.server.accounts.charge import account_named, renew  # tables can be asked for now
    from footproof.server.accounts.here import note

    secret = renew(account_named(person), now())
    note(None, "account.reset", person)
    click.echo(told("account.reset.link", link=_link(workspace, secret)))


@account.command(name="record", help=told("account.record.help"))
@click.argument("person", default="")
@click.option("--last", default=100, show_default=True, type=click.IntRange(1, 100_000), help=told("account.last"))
@dir_option
@json_option
def record(*, person: str, last: int, folder: Path | None, as_json: bool) -> None:
    """Print what happened at the door."""
    _opened(folder)
    from footproof.server.accounts.models import SignIn  # tables can be asked for now
    from footproof.server.accounts.wording import event_said

    rows = SignIn.objects.filter(account=person) if person else SignIn.objects.all()
    found = list(rows.order_by("-pk")[:last])
    if as_json:
        events = [
            {"at": one.at.isoformat(), "event": one.event, "account": one.account, "by": one.by, "from": one.address}
            for one in found
        ]
        print_json({"events": events})
        return
    for one in found:
        by = f" ({one.by})" if one.by else ""
        place = one.address[:12] or told("account.here")
        click.echo(
            f"{one.at:%Y-%m-%d %H:%M:%S} UTC  {place}  {one.account or '-'}  {event_said(one.event, language())}{by}"
        )


def _opened(folder: Path | None) -> Workspace:
    """Return the workspace, its tables ready."""
    from footproof.server.platform import prepare

    workspace = open_workspace(home(folder))
    prepare(workspace.folder)
    return workspace


def _link(workspace: Workspace, secret: str) -> str:
    return f"{workspace.base}/accounts/invitation/{secret}"
