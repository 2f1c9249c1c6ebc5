"""`footproof store`: make the tables, compare the store with its events, and make again what follows from them."""

from pathlib import Path

import click

from footproof.cli.language import language, told
from footproof.cli.options import dir_option, home, json_option, read_day
from footproof.cli.output import print_json
from footproof.model.days import legal_day
from footproof.server.workspace import Workspace, open_workspace
from footproof.texts import describe


@click.group(help=told("store.help"))
def store() -> None:
    """Hold the commands of the store together."""


@store.command(name="migrate", help=told("store.migrate.help"))
@dir_option
def migrate_tables(*, folder: Path | None) -> None:
    """Make the tables, or bring them to what this version needs."""
    _opened(folder)
    click.echo(told("store.migrated"))


@store.command(name="verify", help=told("store.verify.help"))
@dir_option
@json_option
def verify(*, folder: Path | None, as_json: bool) -> int:
    """Print what is stored otherwise than the events say."""
    workspace = _opened(folder)
    from footproof.server.store.rebuild import verify_store  # tables can be asked for now

    problems = verify_store(workspace)
    if as_json:
        found = [{"code": one.code, "message": describe(one, language())[0]} for one in problems]
        print_json({"ok": not problems, "problems": found})
    else:
        click.echo(told("store.differs", count=len(problems)) if problems else told("store.good"))
        for one in problems:
            click.echo(f"  {describe(one, language())[0]} ({one.code})")
    return 1 if problems else 0


@store.command(name="rebuild", help=told("store.rebuild.help"))
@dir_option
@json_option
def rebuild_records(*, folder: Path | None, as_json: bool) -> None:
    """Make records and lists again from the events."""
    workspace = _opened(folder)
    from footproof.server.store.log import recover  # tables can be asked for now
    from footproof.server.store.rebuild import rebuild

    size = recover(workspace)
    count = rebuild(workspace)
    if as_json:
        print_json({"records": count, "log": size})
    else:
        click.echo(told("store.rebuilt", count=count, size=size))


@store.command(name="retention", help=told("store.retention.help"))
@dir_option
@json_option
def retention(*, folder: Path | None, as_json: bool) -> None:
    """Print the certificates whose records need not be kept any more."""
    _opened(folder)
    from footproof.server.accounts import clock, here
    from footproof.server.store.keeping import past_retention  # tables can be asked for now

    found = past_retention(here.find_scheme, legal_day(clock.now()))
    if as_json:
        print_json({"past": [{"certificate": number, "kept_until": until.isoformat()} for number, until in found]})
        return
    click.echo(told("store.retention.count", count=len(found)))
    for number, until in found:
        click.echo(f"  {number}  {until.isoformat()}")


@store.command(name="purge", help=told("store.purge.help"))
@click.option("--on", "day", required=True, metavar="DATE", help=told("store.purge.on"))
@click.option("--dry-run", is_flag=True, help=told("store.purge.dry-run"))
@dir_option
@json_option
def purge(*, day: str, dry_run: bool, folder: Path | None, as_json: bool) -> None:
    """Give up the documents and names whose time of keeping has ended."""
    on = read_day(day)
    _opened(folder)
    from footproof.server.accounts import clock, here  # tables can be asked for now
    from footproof.server.api import purging

    past = purging.past_on(here.world(), on) if dry_run else purging.purge(here.journal(), on, clock.now())
    if as_json:
        print_json({"on": on.isoformat(), "dry_run": dry_run, "documents": past.documents, "people": past.people})
        return
    said = told(
        "store.purge.would" if dry_run else "store.purge.done", count=len(past.documents), people=len(past.people)
    )
    click.echo(said)
    for name in (*past.documents, *past.people):
        click.echo(f"  {name}")


@store.command(name="forget", help=told("store.forget.help"))
@click.argument("person")
@dir_option
def forget_person(*, person: str, folder: Path | None) -> None:
    """Erase who a pseudonym is."""
    _opened(folder)
    from footproof.server.accounts import clock, here
    from footproof.server.accounts.erasure import forget  # tables can be asked for now

    known = forget(here.world(), person, legal_day(clock.now()))
    click.echo(told("store.forgotten" if known else "store.unknown", person=person))


def _opened(folder: Path | None) -> Workspace:
    """Return the workspace with its tables, which are made where they are not there."""
    from footproof.server.platform import prepare

    workspace = open_workspace(home(folder))
    prepare(workspace.folder)
    return workspace
