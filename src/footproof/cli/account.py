"""`footproof account`: the invitation of the first registrar of a workspace, and access taken away or given back."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from footproof.cli.language import language, told
from footproof.cli.options import dir_option, home, json_option, now
from footproof.cli.output import print_json
from footproof.model.bilingual import Bilingual
from footproof.server.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from footproof.server.accounts.models import Account

TITLE = Bilingual("运营方（示例）", "Operator (DEMO)")


@click.group(
    help=told("account.help") + "\n\n\b\n    footproof account --email ann@example.org --person p-ann",
    invoke_without_command=True,
)
@dir_option
@click.option("--email", metavar="EMAIL", help=told("accounts.first.email"))
@click.option("--person", metavar="NAME", help=told("accounts.first.person"))
@click.option(
    "--organisation",
    default="urn:footproof:operator",
    show_default=True,
    metavar="URI",
    help=told("accounts.first.organisation"),
)
@click.pass_context
def account(
    context: click.Context, *, folder: Path | None, email: str | None, person: str | None, organisation: str
) -> None:
    """Invite the first registrar, unless a command says otherwise."""
    if context.invoked_subcommand is not None:
        return
    if not email or not person:
        raise click.MissingParameter(ctx=context, param_hint="--email, --person", param_type="option")
    workspace = _opened(folder)
    from footproof.server.accounts.bootstrap import first_invitation  # tables can be asked for now
    from footproof.server.accounts.here import note

    secret = first_invitation(organisation, TITLE, person, email, now())
    note(None, "invitation.made", person)
    click.echo(told("accounts.first.link", link=_link(workspace, secret)))


@account.command(name="lock", help=told("account.lock.help"))
@click.argument("person")
@dir_option
@click.pass_context
def lock_account(context: click.Context, *, person: str, folder: Path | None) -> None:
    """Let nobody sign in to an account."""
    _opened(folder, context)
    from footproof.server.accounts.charge import lock  # tables can be asked for now

    _do(person, lock, "account.locked")


@account.command(name="unlock", help=told("account.unlock.help"))
@click.argument("person")
@dir_option
@click.pass_context
def unlock_account(context: click.Context, *, person: str, folder: Path | None) -> None:
    """Let the owner of an account sign in again."""
    _opened(folder, context)
    from footproof.server.accounts.charge import unlock  # tables can be asked for now

    _do(person, unlock, "account.unlocked")


@account.command(name="end-access", help=told("account.end-access.help"))
@click.argument("person")
@dir_option
@click.pass_context
def end_access_of(context: click.Context, *, person: str, folder: Path | None) -> None:
    """End all sessions and tokens of an account."""
    _opened(folder, context)
    from footproof.server.accounts.charge import end_access  # tables can be asked for now

    _do(person, end_access, "access.ended")


@account.command(name="reset", help=told("account.reset.help"))
@click.argument("person")
@dir_option
@click.pass_context
def reset_account(context: click.Context, *, person: str, folder: Path | None) -> None:
    """Take from an account all that opened it, and print the link by which its owner starts anew."""
    workspace = _opened(folder, context)
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
@click.pass_context
def record(context: click.Context, *, person: str, last: int, folder: Path | None, as_json: bool) -> None:
    """Print what happened at the door."""
    _opened(folder, context)
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


def _do(person: str, work: "Callable[[Account], None]", event: str) -> None:
    from footproof.server.accounts.charge import account_named
    from footproof.server.accounts.here import note
    from footproof.server.accounts.wording import event_said

    work(account_named(person))
    note(None, event, person)
    click.echo(f"{person}: {event_said(event, language())}")


def _opened(folder: Path | None, context: click.Context | None = None) -> Workspace:
    """Return the workspace, its tables ready; --dir may stand before or after the name of a command."""
    from footproof.server.platform import prepare

    before = context.parent.params["folder"] if context is not None and context.parent is not None else None
    workspace = open_workspace(home(folder or before))
    prepare(workspace.folder)
    return workspace


def _link(workspace: Workspace, secret: str) -> str:
    return f"{workspace.base}/accounts/invitation/{secret}"
