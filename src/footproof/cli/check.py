"""`footproof check`: everything a stranger can verify about a certificate, from wherever its material lies."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from footproof.check import Anchors, Outcome, attempt, check_certificate, key_finder, read_anchors, read_signed
from footproof.check.address import check_address
from footproof.check.embedded import check_embedded
from footproof.check.selective import check_same
from footproof.cli.language import language, told
from footproof.cli.options import at_moment, dir_option, home, json_option, now, read_file
from footproof.cli.outcomes import outcome_record, print_outcomes
from footproof.cli.output import print_json
from footproof.credential import jose
from footproof.credential.conformity import exact_text
from footproof.credential.documents import Documents, OfflineDocuments
from footproof.errors import FootproofError, ProofRejected
from footproof.model.certificate import Certificate, StatedGrade
from footproof.model.days import legal_day
from footproof.model.reduction import StatedReduction, percent_text
from footproof.package import open_package
from footproof.server.fetch import Resolver, fetch
from footproof.server.gather import gather
from footproof.server.sources import FirstOf, Source, TreeFolder
from footproof.server.target import Target, find_target

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
    moment = at_moment(at)
    target = find_target(certificate, places_of(folder), online=not offline)
    anchors, place = anchors_of(trust, FirstOf((target.source, TreeFolder(home(None) / "public"))))
    documents = _documents(dids, moment, online=target.address is not None and not offline)
    material = replace(gather(target.jwt, target.source), documents=documents)
    found, outcomes = check_certificate(material, anchors, legal_day(moment), moment, present=now())
    if found is not None:
        outcomes += _handed_over(target, found, key_finder(anchors, material.documents), anchors, moment)
        if study is not None:
            outcomes.append(attempt("assessment", lambda: _assessed(found, study, rulebook, material.package)))
    if as_json:
        print_json(_record(found, outcomes, place, target))
    else:
        _print(found, outcomes, place, target, own=trust is not None)
        if anchors.demonstration:
            click.echo(told("check.anchors.demonstration"))
    return 0 if outcomes and all(outcome.ok for outcome in outcomes) else 1


def _handed_over(
    target: Target, found: Certificate, keys: jose.FindKey, anchors: Anchors, moment: datetime
) -> Iterator[Outcome]:
    """Yield whether what was handed over beside the logged token agrees with it."""
    if target.address is not None:
        address = target.address
        yield attempt("address", lambda: check_address(address, found))
    if target.document is not None:
        data = target.document
        yield attempt("embedded-proof", lambda: check_embedded(data, read_signed(target.jwt, keys), keys, moment))
    if target.showing is not None:
        showing = target.showing
        yield attempt("selective", lambda: check_same(showing, read_signed(target.jwt, keys), keys, moment))
    if target.pdf is not None:
        from footproof.check.sealed_pdf import check_pdf  # loads a PDF library, which no other check needs

        pdf = target.pdf
        yield attempt("pdf-signature", lambda: check_pdf(pdf, target.jwt, anchors, moment))


def _documents(folder: Path | None, moment: datetime, *, online: bool) -> Documents:
    """Return where DID documents are: in a folder, else on the network where an address is checked, else nowhere."""
    if folder is not None:
        return OfflineDocuments(folder, now=moment)
    return Resolver(fetch, moment) if online else OfflineDocuments({})


def places_of(folder: Path | None) -> tuple[Source, ...]:
    """Return the trees that --dir may mean: a workspace, a static tree."""
    if folder is None:
        return ()
    return (TreeFolder(folder / "public"), TreeFolder(folder))


def anchors_of(trust: Path | None, source: Source) -> tuple[Anchors, str]:
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
        "grade": _graded(found.grade) if found and found.grade else None,
        "reduction": _reduced(found.reduction) if found and found.reduction else None,
        "source": target.source.place,
        "anchors": anchors,
        "checks": [outcome_record(outcome) for outcome in outcomes],
    }


def _graded(grade: StatedGrade) -> dict[str, object]:
    return {"level": str(grade.level), "name": {"zh": grade.name.zh, "en": grade.name.en}}


def _reduced(stated: StatedReduction) -> dict[str, str]:
    return {
        "share": exact_text(stated.share),
        "base": stated.base,
        "value": exact_text(stated.value),
        "first": stated.first.isoformat(),
        "last": stated.last.isoformat(),
    }


def _print(found: Certificate | None, outcomes: list[Outcome], anchors: str, target: Target, *, own: bool) -> None:
    lang = language()
    if found:
        grade = f"  {found.grade.name.say(lang)}" if found.grade else ""
        less = f"  −{percent_text(found.reduction.share)}" if found.reduction else ""
        click.echo(f"{found.number}  {found.product_name.say(lang)}  {found.value} {found.unit}{less}{grade}")
    print_outcomes(outcomes)
    failed = sum(not outcome.ok for outcome in outcomes)
    verdict = "check.verdict.bad" if failed else "check.verdict.good"
    click.echo(told(verdict, count=failed or len(outcomes)))
    click.echo(told("check.source", place=target.source.place))
    click.echo(told("check.anchors.own" if own else "check.anchors.beside", path=anchors))
