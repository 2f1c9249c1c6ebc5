"""`footproof jose`: sign and verify any credential or presentation as a JOSE token.

The options and the output file are those that the VC-JOSE-COSE test suite of W3C gives an implementation on its command
line: `issue|verify --input --key --feature --output`, and {"result": …, "data": …} in the output file.
"""

import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from footproof.cli.key_files import private_key, public_key
from footproof.cli.language import language, told
from footproof.cli.options import json_option, read_file
from footproof.cli.output import print_json, write_output
from footproof.credential import jose, presentation, sd_jwt
from footproof.credential.contexts import shipped
from footproof.credential.did_key import PublicKey
from footproof.credential.moment import read_moment
from footproof.credential.vcdm import validate_credential
from footproof.errors import FootproofError, ProofRejected
from footproof.texts import describe

F = TypeVar("F", bound=Callable[..., Any])

MOST_INPUT = 4 * 1024 * 1024
FEATURES = tuple(f"{kind}_{form}" for kind in ("credential", "presentation") for form in ("jose", "sdjwt", "cose"))
# Members of VCDM 2.0 §4. Whoever signs another says something whose meaning stands elsewhere, if anywhere.
UNDERSTOOD = frozenset(
    {"@context", "id", "type", "name", "description", "issuer", "validFrom", "validUntil", "credentialSubject"}
    | {"credentialStatus", "credentialSchema", "refreshService", "relatedResource", "termsOfUse", "evidence"}
    | {"confidenceMethod", "renderMethod", "proof", "holder", "verifiableCredential"}
)
_PROFILES = {
    "credential_jose": jose.CREDENTIAL,
    "credential_sdjwt": jose.SD_CREDENTIAL,
    "presentation_jose": jose.PRESENTATION,
    "presentation_sdjwt": jose.SD_PRESENTATION,
}
_EXAMPLE = "\b\n    footproof jose {name} --input {file} --key key.json --feature credential_jose --output out.json"


@click.group(name="jose", help=told("jose.help"))
def jose_commands() -> None:
    """Hold the two directions together."""


def _common(function: F) -> F:
    path = click.Path(path_type=Path)
    for option in (
        json_option,
        click.option("--output", "-o", type=path, help=told("jose.option.output")),
        click.option(
            "--feature",
            type=click.Choice(FEATURES),
            default=FEATURES[0],
            show_default=True,
            help=told("jose.option.feature"),
        ),
        click.option("--key", "keys", type=path, required=True, multiple=True, help=told("jose.option.key")),
        click.option("--input", "-i", "source", type=path, required=True, help=told("jose.option.input")),
    ):
        function = option(function)
    return function


@jose_commands.command(help=told("jose.issue.help") + "\n\n" + _EXAMPLE.format(name="issue", file="credential.json"))
@_common
@click.option("--kid", metavar="URL", help=told("jose.option.kid"))
@click.option("--hide", "hide", multiple=True, metavar="PATH", help=told("jose.option.hide"))
@click.option("--disclosures", metavar="JSON", help=told("jose.option.disclosures"))
@click.option("--extensions", is_flag=True, help=told("jose.option.extensions"))
@click.option("--nonce", metavar="TEXT", help=told("jose.option.nonce"))
@click.option("--audience", metavar="TEXT", help=told("jose.option.audience"))
def issue(
    *,
    source: Path,
    keys: tuple[Path, ...],
    feature: str,
    output: Path | None,
    as_json: bool,
    kid: str | None,
    hide: tuple[str, ...],
    disclosures: str | None,
    extensions: bool,
    nonce: str | None,
    audience: str | None,
) -> int:
    """Sign a document and print its token, or write the answer to a file."""

    def run() -> dict[str, Any]:
        document = jose.read_object(read_file(source, MOST_INPUT))
        if not extensions:
            _need_understood(document)
        key, name = private_key(keys[-1])
        hidden = [sd_jwt.read_path(text) for text in (*hide, *_listed(disclosures))]
        answer = {"nonce": nonce, "aud": audience}
        claims = {**document, **{name: value for name, value in answer.items() if value is not None}}
        return {"data": _signed(feature, claims, key, kid or name, hidden).decode("ascii")}

    return _answer(run, feature, output, as_json=as_json)


jose_commands.add_command(issue, "sign")  # what people look for; "issue" is the suite's word


@jose_commands.command(help=told("jose.verify.help") + "\n\n" + _EXAMPLE.format(name="verify", file="token.txt"))
@_common
@click.option("--at", "at", metavar="TIME", help=told("jose.option.at"))
@click.option("--nonce", metavar="TEXT", help=told("jose.option.nonce"))
@click.option("--audience", metavar="TEXT", help=told("jose.option.audience"))
def verify(
    *,
    source: Path,
    keys: tuple[Path, ...],
    feature: str,
    output: Path | None,
    as_json: bool,
    at: str | None,
    nonce: str | None,
    audience: str | None,
) -> int:
    """Verify a token and print what it says."""

    def run() -> dict[str, Any]:
        token = read_file(source, MOST_INPUT).strip()  # a file usually ends with a line end; a token does not
        moment = None if at is None else _moment(at)
        asked = {"nonce": nonce, "audience": audience}
        found = _verified(feature, token, _public_keys(keys), moment, asked)
        return {"data": "", **found}

    return _answer(run, feature, output, as_json=as_json)


def _signed(
    feature: str, document: Mapping[str, Any], key: jose.PrivateKey, kid: str, hidden: list[sd_jwt.Path]
) -> bytes:
    """Return the token of a document, once we would accept it ourselves."""
    profile = _PROFILES[feature]
    public = {kid: key.public_key()}
    if feature.startswith("credential"):
        validate_credential(document, shipped())
    else:
        presentation.need_secured(document)
    if hidden and not feature.endswith("sdjwt"):
        raise FootproofError("E-CALL", reason=f"--hide, --feature {feature}")
    if feature.endswith("sdjwt"):
        token = sd_jwt.issue(document, hidden, key, kid, salt=lambda: os.urandom(16), profile=profile)
        sd_jwt.verify(token, public, profile=profile)
        return token
    if feature == "presentation_jose":
        token = presentation.sign_presentation(document, key, kid)
    else:
        token = jose.sign(document, key, kid, profile)
    jose.verify(token, public, profile)
    return token


def _verified(
    feature: str, token: bytes, keys: jose.FindKey, at: datetime | None, asked: Mapping[str, str | None]
) -> dict[str, Any]:
    if feature.startswith("presentation"):
        check = presentation.verify_presentation if feature.endswith("jose") else presentation.verify_sd_presentation
        shown = check(token, keys, nonce=asked["nonce"], audience=asked["audience"], at=at, partial=True)
        return {
            "kid": shown.kid,
            "holder": shown.holder,
            "document": shown.presentation,
            "credentials": [_held(each) for each in shown.credentials],
        }
    if feature.endswith("sdjwt"):
        disclosed = sd_jwt.verify(token, keys, nonce=asked["nonce"], audience=asked["audience"], at=at)
        kid, claims = disclosed.kid, disclosed.claims
        beside: dict[str, Any] = {
            "hidden": [sd_jwt.write_path(path) for path in disclosed.hidden],
            "bound": disclosed.bound,
        }
    else:
        signed = jose.verify(token, keys, jose.CREDENTIAL)
        kid, claims, beside = signed.kid, signed.credential, {}
    if at is not None:
        jose.need_time(claims, at)
    return {"kid": kid, "document": claims, **beside}


def _held(one: presentation.Held) -> dict[str, Any]:
    return {
        "form": one.form,
        "kid": one.kid,
        "verified": one.problem is None,
        "code": one.problem.code if one.problem else None,
        "binding": one.binding,
        "hidden": [sd_jwt.write_path(path) for path in one.hidden],
    }


def _answer(run: Callable[[], dict[str, Any]], feature: str, output: Path | None, *, as_json: bool) -> int:
    """Run, write the answer of the suite to its file, and print ours; return the exit code."""
    problem: FootproofError | None = None
    record: dict[str, Any] = {}
    if feature.endswith("cose"):
        result, problem = "indeterminate", FootproofError("E-JOSE-COSE", feature=feature)
    else:
        try:
            result, record = "success", run()
        except FootproofError as found:
            result, problem = "failure", found
    said = "" if problem is None else f"{problem.code}: {describe(problem, language())[0]}"
    if output is not None:
        file = {"result": result, "data": said or record["data"]}
        write_output(output, json.dumps(file, ensure_ascii=False).encode("utf-8") + b"\n")
    if problem is not None:
        raise problem
    if as_json:
        print_json(_plain({"result": result, "feature": feature, **record}))
    elif record["data"]:
        click.echo(record["data"])
    else:
        click.echo(told("jose.verified", kid=record["kid"]))
        for number, one in enumerate(record.get("credentials", []), 1):
            word = told("jose.state.verified" if one["verified"] else "jose.state.unverified", code=one["code"])
            click.echo("  " + told("jose.one", number=number, form=one["form"], word=word))
        for path in record.get("hidden", []):
            click.echo("  " + told("jose.hidden", path=path or "$"))
    return 0


def _need_understood(document: Mapping[str, Any]) -> None:
    for name in document:
        if name not in UNDERSTOOD:
            raise FootproofError("E-JOSE-EXTENSION", name=name)


def _listed(text: str | None) -> list[str]:
    """Return the paths in a JSON list of texts, as the suite writes them."""
    if text is None:
        return []
    found = jose.read_json(text.encode("utf-8"))
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise FootproofError("E-SD-PATH", path=text[:120])
    return found


def _moment(text: str) -> datetime:
    found = read_moment(text)
    if found is None:
        raise FootproofError("E-DATE", found=text[:40])
    return found.astimezone(UTC)


def _public_keys(paths: tuple[Path, ...]) -> jose.FindKey:
    """Return how to find the keys of some files by name; a single key without a name stands for every name."""
    named: dict[str, PublicKey] = {}
    nameless: list[PublicKey] = []
    for path in paths:
        key, names = public_key(path)
        named |= dict.fromkeys(names, key)
        nameless += [] if names else [key]

    def find(kid: str, _: str) -> PublicKey:
        if kid in named:
            return named[kid]
        if len(paths) == 1 and nameless:
            return nameless[0]
        raise ProofRejected("E-CRED-UNKNOWN-KEY", kid=kid)

    return find


def _plain(value: Any) -> Any:
    """Return a value with exact figures as text, as all our JSON has them."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | None) else str(value)
