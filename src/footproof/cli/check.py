"""`footproof check`: everything a stranger can verify about a certificate, from wherever its material lies."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import click

from footproof.check import Anchors, Outcome, attempt, check_certificate, key_finder, read_anchors, read_signed
from footproof.check.address import check_address
from footproof.check.embedded import check_embedded
from footproof.cli.language import language, told
from footproof.cli.options import dir_option, home, json_option, now, read_day, read_file
from footproof.cli.output import print_json
from footproof.credential.conformity import exact_text
from footproof.credential.documents import Documents, OfflineDocuments
from footproof.errors import FootproofError, ProofRejected
from footproof.model.certificate import Certificate
from footproof.package import open_package
from footproof.server.fetch import Resolver, fetch
from footproof.server.gather import gather
from footproof.server.sources import FirstOf, Source, TreeFolder
from footproof.server.target import Target, find_target
from footproof.texts import describe

LARGEST_ANCHORS = 64_000_000
ANCHORS = "trust.json"
EXAMPLES = """\b
    footproof check public/c/DEMO-2026-000001/certificate.jwt
    footproof check https://register.example/c/DEMO-2026-000001/ --trust my-trust.json
    footproof check photo-of-the-mark.jpg --dir public --offline"""


@click.command(help=f"{told('check.help')}\n\n{EXAMPLES}")
@click.argument("certificate")
@dir_option
@click.option("--trust", type=click.Path(path_type=Path), metavar="FILE", help=told("option.trust"))
@click.option("--offline", is_flag=True, help=told("option.offline"))
@click.option("--at", "at", metavar="DATE", help=told("option.at"))
@click.option("--dids", type=click.Path(path_type=Path), metavar="DIR", help=told("option.dids"))
@click.option("--study", type=click.Path(path_type=Path), metavar="DIR", help=told("option.study"))
@click.option("--rulebook", metavar="ID[@EDITION]", help=told("option.assessed-under"))
@json_option
def check(
    *,
    certificate: str,
    folder: Path | None,
    trust: Path | None,
    offline: bool,
    at: str | None,
    dids: Path | None,
    study: Path | None,
    rulebook: str | None,
    as_json: bool,
) -> int:
    """Print the outcome of every check."""
    moment = _moment(at)
    target = find_target(certificate, _places(folder), online=not offline)
    anchors, place = _anchors(trust, FirstOf((target.source, TreeFolder(home(None) / "public"))))
    documents = _documents(dids, moment, online=target.address is not None and not offline)
    material = replace(gather(target.jwt, target.source), documents=documents)
    found, outcomes = check_certificate(material, anchors, moment.date(), moment, present=now())
    if found is not None:
        if target.address is not None:
            address = target.address
            outcomes.append(attempt("address", lambda: check_address(address, found)))
        if target.document is not None:
            data, keys = target.document, key_finder(anchors, material.documents)
            signed = read_signed(target.jwt, keys)
            outcomes.append(attempt("embedded-proof", lambda: check_embedded(data, signed, keys, moment)))
        if target.pdf is not None:
            from footproof.check.sealed_pdf import check_pdf  # loads a PDF library, which no other check needs

            pdf = target.pdf
            outcomes.append(attempt("pdf-signature", lambda: check_pdf(pdf, target.jwt, anchors, moment)))
        if study is not None:
            outcomes.append(attempt("assessment", lambda: _assessed(found, study, rulebook, material.package)))
    if as_json:
        print_json(_record(found, outcomes, place, target))
    else:
        _print(found, outcomes, place, target, own=trust is not None)
    return 0 if outcomes and all(outcome.ok for outcome in outcomes) else 1


def _documents(folder: Path | None, moment: datetime, *, online: bool) -> Documents:
    """Return where DID documents are: in a folder, else on the network where an address is checked, else nowhere."""
    if folder is not None:
        return OfflineDocuments(folder, now=moment)
    return Resolver(fetch, moment) if online else OfflineDocuments({})


def _moment(at: str | None) -> datetime:
    """Return now, or the end of the day that was asked about."""
    present = now()
    day = read_day(at) if at else present.date()
    return present if day == present.date() else datetime.combine(day, time(23, 59, 59), UTC)


def _places(folder: Path | None) -> tuple[Source, ...]:
    """Return the trees that --dir may mean: a workspace, a static tree."""
    if folder is None:
        return ()
    return (TreeFolder(folder / "public"), TreeFolder(folder))


def _anchors(trust: Path | None, source: Source) -> tuple[Anchors, str]:
    """Return the trust anchors and where they were found: those of the caller before any that lie beside."""
    if trust is not None:
        return read_anchors(read_file(trust, LARGEST_ANCHORS)), str(trust)
    data = source.read(ANCHORS, LARGEST_ANCHORS)
    if data is None:
        raise FootproofError("E-CHECK-MISSING", what=ANCHORS)
    return read_anchors(data), f"{source.place}/{ANCHORS}"


def _assessed(found: Certificate, study: Path, rulebook: str | None, sealed: bytes | None) -> Mapping[str, str]:
    """Assess a study again and compare its sheet with the one the certificate names.

    Raises:
        ProofRejected: E-CHECK-SHEET.
    """
    from footproof.cli.chain import assess_folder  # loads the numerics, which no other check needs

    assessment, _ = assess_folder(study, rulebook or found.rule_id, None, dated=True)
    value, unit = assessment.result["declared"], assessment.result["unit"]
    # A confidential certificate names the root over salted lines, which only the holder of the secret can make again.
    salted = sealed is not None and bool(open_package(sealed).lines)
    same = (value, unit) == (exact_text(found.value), found.unit)
    if not same if salted else assessment.sheet_digest != found.sheet_digest:
        raise ProofRejected(
            "E-CHECK-SHEET", found=assessment.sheet_digest, needed=found.sheet_digest, value=value, unit=unit
        )
    return {"value": f"{value} {unit}"} | ({"salted": "yes"} if salted else {"sheet": assessment.sheet_digest})


def _record(found: Certificate | None, outcomes: list[Outcome], anchors: str, target: Target) -> dict[str, object]:
    return {
        "ok": bool(outcomes) and all(outcome.ok for outcome in outcomes),
        "certificate": found.number if found else None,
        "value": format(found.value, "f") if found else None,
        "unit": found.unit if found else None,
        "source": target.source.place,
        "anchors": anchors,
        "checks": [
            {
                "name": outcome.name,
                "ok": outcome.ok,
                "code": outcome.problem.code if outcome.problem else None,
                "reason": describe(outcome.problem, language())[0] if outcome.problem else None,
                "facts": dict(outcome.facts),
                "notes": [note.say(language()) for note in outcome.notes],
            }
            for outcome in outcomes
        ],
    }


def _print(found: Certificate | None, outcomes: list[Outcome], anchors: str, target: Target, *, own: bool) -> None:
    lang = language()
    if found:
        click.echo(f"{found.number}  {found.product_name.say(lang)}  {found.value} {found.unit}")
    for outcome in outcomes:
        # A full-width space makes both Chinese words equally wide.
        passed = click.style(f"{told('check.passed')}{'　' if lang == 'zh' else ''}", fg="green")
        mark = passed if outcome.ok else click.style(told("check.failed"), fg="red")
        colon = "：" if lang == "zh" else ": "
        click.echo(f"  {mark}  {told(f'check.{outcome.name}.name')}{colon}{_said(outcome)}")
        for note in outcome.notes if outcome.ok else outcome.notes[1:]:
            click.echo(f"          {note.say(lang)}")
    failed = sum(not outcome.ok for outcome in outcomes)
    verdict = "check.verdict.bad" if failed else "check.verdict.good"
    click.echo(told(verdict, count=failed or len(outcomes)))
    click.echo(told("check.source", place=target.source.place))
    click.echo(told("check.anchors.own" if own else "check.anchors.beside", path=anchors))


def _said(outcome: Outcome) -> str:
    """Return the reason of a failure, or a sentence with the figures of a success."""
    if outcome.problem is not None:
        return f"{describe(outcome.problem, language())[0]} ({outcome.problem.code})"
    facts = {key.replace("-", "_"): value for key, value in outcome.facts.items()}
    number, blank, unit = facts.get("age", "").partition(" ")
    if blank:
        facts["age"] = told(f"check.age.{unit}", number=number)
    sentence = next((name for name in _VARIANTS if name in facts), "good")
    return told(f"check.{outcome.name}.{sentence}", **facts)


# Facts whose presence asks for another sentence, under the same name.
_VARIANTS = ("witnesses", "withheld", "salted")
