"""`footproof untp`: a certificate as UNTP's credentials, and the reading of those somebody else made."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from footproof.canonical import digest
from footproof.check import Anchors, key_finder, read_anchors, read_signed
from footproof.check.untp import check_untp
from footproof.cli.key_files import private_key
from footproof.cli.language import told
from footproof.cli.options import at_moment, dir_option, home, json_option, read_file
from footproof.cli.output import print_json, write_output
from footproof.cli.untp_print import print_read, read_record
from footproof.credential import jose
from footproof.credential.did_key import key_name
from footproof.credential.documents import OfflineDocuments
from footproof.credential.untp import Evidence
from footproof.credential.untp_facts import MOST_BYTES, NONE, MakerFacts, read_facts
from footproof.credential.untp_signed import Form, MakerKind, Signer, body_token, maker_token
from footproof.errors import FootproofError
from footproof.model.certificate import Certificate
from footproof.server.certify import issued
from footproof.server.untp import demo_maker, evidence_of, facts_of
from footproof.server.workspace import Workspace, open_workspace

F = TypeVar("F", bound=Callable[..., Any])

LARGEST_ANCHORS = 64_000_000
MOST_CREDENTIAL = 4_000_000
FORMS = ("0.7.0", "0.6.1")
EXAMPLES = {
    "passport": "footproof untp passport DEMO-2026-000001 --facts untp.toml -o passport.jwt",
    "facility": "footproof untp facility certificate.jwt --facts untp.toml --key maker.pem -o facility.jwt",
    "conformity": "footproof untp conformity DEMO-2026-000001 --form 0.6.1 -o conformity.jwt",
    "read": "footproof untp read passport.jwt --certificate certificate.jwt --trust my-trust.json",
}


@click.group(help=told("untp.help"))
def untp() -> None:
    """Hold the commands together."""


def _help(name: str) -> str:
    return f"{told(f'untp.{name}.help')}\n\n\b\n    {EXAMPLES[name]}"


def _common(function: F) -> F:
    for option in (
        json_option,
        dir_option,
        click.option(
            "-o",
            "--output",
            type=click.Path(dir_okay=False, path_type=Path),
            required=True,
            help=told("option.output"),
        ),
        click.option(
            "--form", type=click.Choice(FORMS), default=FORMS[0], show_default=True, help=told("untp.option.form")
        ),
    ):
        function = option(function)
    return function


def _of_the_maker(function: F) -> F:
    file = click.Path(path_type=Path)
    for option in (
        click.option("--kid", metavar="URL", help=told("untp.option.kid")),
        click.option("--key", type=file, metavar="FILE", help=told("untp.option.key")),
        click.option("--evidence", type=(file, str), metavar="FILE URL", help=told("untp.option.evidence")),
        click.option("--facts", type=file, metavar="FILE", help=told("untp.option.facts")),
    ):
        function = option(function)
    return _common(function)


@untp.command(help=_help("passport"))
@click.argument("certificate")
@_of_the_maker
def passport(**given: Any) -> None:
    """Write the product passport that the maker signs."""
    _maker_record("passport", **given)


@untp.command(help=_help("facility"))
@click.argument("certificate")
@_of_the_maker
def facility(**given: Any) -> None:
    """Write the record of the site that the maker signs."""
    _maker_record("facility", **given)


@untp.command(help=_help("conformity"))
@click.argument("certificate")
@_common
def conformity(*, certificate: str, form: Form, output: Path, folder: Path | None, as_json: bool) -> None:
    """Write the certificate as a conformity credential."""
    found, jwt, workspace = _certificate(certificate, folder)
    if form == "0.6.1":
        workspace = workspace or open_workspace(home(folder))
        key = workspace.body_key()
        jwt = body_token(found, (key, key_name(key.public_key())))
    _write(output, jwt, "conformity", form, found, as_json=as_json)


@untp.command(name="read", help=_help("read"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--certificate", type=click.Path(path_type=Path), metavar="FILE", help=told("untp.option.certificate"))
@click.option("--trust", type=click.Path(path_type=Path), metavar="FILE", help=told("untp.option.trust"))
@click.option("--dids", type=click.Path(path_type=Path), metavar="DIR", help=told("option.dids"))
@click.option("--at", "at", metavar="DATE", help=told("option.at"))
@json_option
def read_one(
    *, file: Path, certificate: Path | None, trust: Path | None, dids: Path | None, at: str | None, as_json: bool
) -> int:
    """Print what a credential says and what of it is proven; exit 1 where something is not."""
    moment = at_moment(at)
    anchors = Anchors({}, {}) if trust is None else read_anchors(read_file(trust, LARGEST_ANCHORS))
    documents = OfflineDocuments({}) if dids is None else OfflineDocuments(dids, now=moment)
    found = check_untp(
        read_file(file, MOST_CREDENTIAL),
        key_finder(anchors, documents),
        moment,
        known=None if trust is None else frozenset(anchors.keys),
        certificate=None if certificate is None else read_file(certificate, MOST_CREDENTIAL),
    )
    if as_json:
        print_json(read_record(found))
    else:
        print_read(found)
    return 0 if found.ok else 1


def _maker_record(
    kind: MakerKind,
    *,
    certificate: str,
    form: Form,
    output: Path,
    folder: Path | None,
    facts: Path | None,
    evidence: tuple[Path, str] | None,
    key: Path | None,
    kid: str | None,
    as_json: bool,
) -> None:
    found, jwt, workspace = _certificate(certificate, folder)
    known = _facts(facts, workspace, found)
    signer = _signer(key, kid, workspace, found)
    token = maker_token(kind, found, known, _evidence(evidence, form, found, jwt), signer, form=form)
    _write(output, token, kind, form, found, as_json=as_json)


def _certificate(given: str, folder: Path | None) -> tuple[Certificate, bytes, Workspace | None]:
    """Return a certificate by its file, or by its number in a workspace.

    Raises:
        FootproofError: E-STATUS-NUMBER where the workspace has issued no such certificate; what `read_signed` raises.
    """
    path = Path(given)
    if path.is_file():
        jwt = read_file(path, MOST_CREDENTIAL).strip()
        return read_signed(jwt, key_finder(Anchors({}, {}), OfflineDocuments({}))).certificate, jwt, None
    workspace = open_workspace(home(folder))
    for one in issued(workspace):
        if one.certificate.number == given:
            return one.certificate, one.jwt, workspace
    raise FootproofError("E-STATUS-NUMBER", number=given[:100])


def _facts(path: Path | None, workspace: Workspace | None, found: Certificate) -> MakerFacts:
    if path is not None:
        return read_facts(read_file(path, MOST_BYTES))
    return NONE if workspace is None else facts_of(workspace, found.number)


def _evidence(given: tuple[Path, str] | None, form: Form, found: Certificate, jwt: bytes) -> Evidence | None:
    """Return the published certificate in the form of the record; of the older form only the caller knows where."""
    if given is not None:
        return Evidence(given[1], digest(read_file(given[0], MOST_CREDENTIAL)))
    return evidence_of(found, jwt) if form == "0.7.0" else None


def _signer(path: Path | None, kid: str | None, workspace: Workspace | None, found: Certificate) -> Signer:
    """Return the maker's key and its name.

    Raises:
        FootproofError: E-UNTP-NO-KEY.
    """
    if path is not None:
        key, name = private_key(path)
        return key, kid or name
    if workspace is None or not found.demonstration:
        raise FootproofError("E-UNTP-NO-KEY")
    return demo_maker(workspace)


def _write(output: Path, token: bytes, kind: str, form: Form, found: Certificate, *, as_json: bool) -> None:
    write_output(output, token)
    if as_json:
        issuer = jose.party_of(jose.payload_of(token), jose.CREDENTIAL)
        record = {"written": str(output), "kind": kind, "form": form, "certificate": found.number, "issuer": issuer}
        print_json(record | {"digest": digest(token)})
    else:
        click.echo(told("untp.written", path=output, kind=told(f"untp.kind.{kind}"), form=form))
