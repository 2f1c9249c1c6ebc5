"""`footproof selective`: a certificate some of whose members its holder may keep to himself (SD-JWT)."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from footproof.check import Outcome
from footproof.check.selective import check_selective
from footproof.cli.check import anchors_of, places_of
from footproof.cli.key_files import private_key, public_key
from footproof.cli.language import language, told
from footproof.cli.options import at_moment, dir_option, home, json_option, now, read_file
from footproof.cli.outcomes import outcome_record, print_outcomes
from footproof.cli.output import print_json, write_output
from footproof.credential import sd_jwt
from footproof.credential.conformity import exact_text
from footproof.credential.did_key import key_name
from footproof.credential.documents import OfflineDocuments
from footproof.credential.selective import GROUPS, Group, Selective, is_selective, issue_selective, show, stated
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.server.certify import Issued, issued
from footproof.server.gather import MOST_TOKEN, gather_around
from footproof.server.sources import FirstOf, TreeFolder
from footproof.server.target import around_file
from footproof.server.workspace import Workspace, open_workspace

MOST_SHOWING = 4 * MOST_TOKEN
SALT = 16
EXAMPLES = {
    "issue": "footproof selective issue DEMO-2026-000001 --hide client --hide stages -o held.sdjwt",
    "present": "footproof selective present held.sdjwt --show stages -o shown.sdjwt",
    "check": "footproof selective check shown.sdjwt --trust my-trust.json",
}


@click.group(help=told("selective.help"))
def selective() -> None:
    """Hold the commands together."""


def _help(name: str) -> str:
    return f"{told(f'selective.{name}.help')}\n\n\b\n    {EXAMPLES[name]}"


_OUTPUT = click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help=told("option.output")
)
_NONCE = click.option("--nonce", metavar="TEXT", help=told("selective.option.nonce"))
_AUDIENCE = click.option("--audience", metavar="TEXT", help=told("selective.option.audience"))


@selective.command(name="issue", help=_help("issue"))
@click.argument("number")
@click.option("--hide", "hide", multiple=True, type=click.Choice(GROUPS), help=told("selective.option.hide"))
@click.option("--holder", type=click.Path(path_type=Path), metavar="FILE", help=told("selective.option.holder"))
@_OUTPUT
@dir_option
@json_option
def issue_one(
    *, number: str, hide: tuple[Group, ...], holder: Path | None, output: Path, folder: Path | None, as_json: bool
) -> None:
    """Write the certificate with all that opens it, for its holder."""
    workspace = open_workspace(home(folder))
    found = _issued(workspace, number).certificate
    key = workspace.body_key()
    may_hide = tuple(group for group in GROUPS if group in (hide or GROUPS))
    token = issue_selective(
        found,
        may_hide,
        key,
        key_name(key.public_key()),
        salt=lambda: os.urandom(SALT),
        holder=None if holder is None else public_key(holder)[0],
    )
    write_output(output, token)
    record = {"written": str(output), "certificate": number, "may_hide": list(may_hide), "bound": holder is not None}
    _say(record, told("selective.issued", path=output, groups=", ".join(may_hide)), as_json=as_json)


@selective.command(name="present", help=_help("present"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--show", "groups", multiple=True, type=click.Choice(GROUPS), help=told("selective.option.show"))
@click.option("--key", type=click.Path(path_type=Path), metavar="FILE", help=told("selective.option.key"))
@_NONCE
@_AUDIENCE
@_OUTPUT
@json_option
def present(
    *,
    file: Path,
    groups: tuple[Group, ...],
    key: Path | None,
    nonce: str | None,
    audience: str | None,
    output: Path,
    as_json: bool,
) -> None:
    """Write what the holder shows, and answer a challenge where there is one."""
    given = (key, nonce, audience)
    if None in given and given != (None, None, None):
        raise FootproofError("E-CALL", reason="--key, --nonce, --audience")
    token = show(_token(file), dict.fromkeys(groups))
    if key is not None and nonce is not None and audience is not None:
        token = sd_jwt.bind(token, private_key(key)[0], nonce, audience, now())
    write_output(output, token)
    shown = [group for group in GROUPS if group in groups]
    record = {"written": str(output), "shown": shown, "bound": key is not None}
    _say(record, told("selective.shown", path=output, groups=", ".join(shown) or "—"), as_json=as_json)


@selective.command(name="check", help=_help("check"))
@click.argument("file", type=click.Path(path_type=Path))
@_NONCE
@_AUDIENCE
@dir_option
@click.option("--trust", type=click.Path(path_type=Path), metavar="FILE", help=told("option.trust"))
@click.option("--dids", type=click.Path(path_type=Path), metavar="DIR", help=told("option.dids"))
@click.option("--at", "at", metavar="DATE", help=told("option.at"))
@json_option
def check_one(
    *,
    file: Path,
    nonce: str | None,
    audience: str | None,
    folder: Path | None,
    trust: Path | None,
    dids: Path | None,
    at: str | None,
    as_json: bool,
) -> int:
    """Print what a showing says and what of it holds; exit 0 only where everything asked holds."""
    if (nonce is None) != (audience is None):
        raise FootproofError("E-CALL", reason="--nonce, --audience")
    token, moment = _token(file), at_moment(at)
    source = FirstOf((*places_of(folder), *around_file(file), TreeFolder(home(None) / "public")))
    anchors, place = anchors_of(trust, source)
    documents = OfflineDocuments({} if dids is None else dids, now=moment)
    material = replace(gather_around(stated(token), b"", source), documents=documents)
    shown, outcomes = check_selective(token, material, anchors, moment, nonce=nonce, audience=audience, present=now())
    ok = all(one.ok for one in outcomes)
    if as_json:
        print_json(_record(shown, outcomes, place))
    else:
        _print(shown, outcomes)
    return 0 if ok else 1


def _token(file: Path) -> bytes:
    token = read_file(file, MOST_SHOWING).strip()
    if not is_selective(token):
        raise ProofRejected("E-CRED-FORM", Where(file.name), reason="no SD-JWT (vc+sd-jwt)")
    return token


def _issued(workspace: Workspace, number: str) -> Issued:
    for one in issued(workspace):
        if one.certificate.number == number:
            return one
    raise FootproofError("E-STATUS-NUMBER", number=number[:100])


def _record(shown: Selective | None, outcomes: list[Outcome], place: str) -> dict[str, Any]:
    found = None if shown is None else shown.certificate
    return {
        "ok": all(one.ok for one in outcomes),
        "certificate": found.number if found else None,
        "value": exact_text(found.value) if found else None,
        "unit": found.unit if found else None,
        "hidden": list(shown.hidden) if shown else None,
        "may_hide": list(shown.may_hide) if shown else None,
        "bound": shown.bound if shown else None,
        "anchors": place,
        "checks": [outcome_record(one) for one in outcomes],
        "not_asked": ["log", "package", "recomputation"],
    }


def _print(shown: Selective | None, outcomes: list[Outcome]) -> None:
    if shown is not None:
        found = shown.certificate
        click.echo(f"{found.number}  {found.product_name.say(language())}  {exact_text(found.value)} {found.unit}")
        for group in shown.may_hide:
            click.echo("  " + told(f"selective.{'hidden' if group in shown.hidden else 'seen'}.{group}"))
        click.echo("  " + told("selective.bound" if shown.bound else "selective.unbound"))
    print_outcomes(outcomes)
    click.echo(told("selective.good" if all(one.ok for one in outcomes) else "selective.bad"))


def _say(record: dict[str, Any], line: str, *, as_json: bool) -> None:
    if as_json:
        print_json(record)
    else:
        click.echo(line)
