"""The certificate as one A4 page, in Chinese or in English, from the same record as the web page.

Set by Typst as PDF/A-3a and PDF/UA-1 with its Chinese font inside: part 3, because `credential.pades` attaches the
token and its JSON to it and seals the whole. The page alone is unsigned. Every word and figure reaches Typst as data,
so that no name on a certificate is read as markup; the time of creation is that of the decision.
"""

import io
import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

import segno
import typst

from footproof.credential import jose
from footproof.credential.conformity import certificate_of, exact_text
from footproof.credential.pades import Stamper, seal_pdf
from footproof.credential.seal import Seal
from footproof.errors import FootproofError
from footproof.label.rounding import plain_text
from footproof.model.certificate import Certificate, Stage
from footproof.model.reduction import percent_text
from footproof.registry.chart import COLOURS, stage_chart
from footproof.report.fonts import FAMILY, check_glyphs, font_file
from footproof.texts import Lang, catalogue, say

_WORDS = "certificate_pdf"
_PALETTE = ("#0b6e45", "#2f8fbd", "#e0a100", "#7a5aa6", "#c1592f", "#5a7d2a", "#b0427a", "#5b6b73")
_CHART_WIDTH = 620
_CHART_HEIGHT = 78
_MOST_ROWS = 12
_MOST_LINK = 300
# Room between the parts: airy first, tighter where the certificate is long.
_GAPS = ("1", "0.6", "0.25", "0")
_COUNT = re.compile(rb"/Count (\d+)")


def render_certificate_pdf(certificate: Certificate, lang: Lang, link: str | None = None) -> bytes:
    """Return the certificate as a page, not sealed yet.

    Args:
        certificate: What the page shows.
        lang: "zh" or "en".
        link: Web address that the code leads to; the certificate's own if left out.

    Raises:
        FootproofError: E-PDF-PAGE where the type setter refuses, or the certificate does not fit one page;
            E-REPORT-FONT where the font lacks a character.
    """
    data = _data(certificate, lang, link or certificate.id)
    check_glyphs("".join(_texts(data)))
    moment = datetime.combine(certificate.decided_on, time(), UTC)
    for gap in _GAPS:
        page = _compiled(data | {"gap": gap}, moment)
        if _pages(page) == 1:
            return page
    raise FootproofError("E-PDF-PAGE", reason="> 1")


def sealed_certificate(
    jwt: bytes, lang: Lang, seal: Seal, at: datetime, *, stamper: Stamper | None = None, link: str | None = None
) -> bytes:
    """Return the PDF certificate of a token: the page follows from the token, so the two cannot say different things.

    Args:
        jwt: The certificate as `vc+jwt`.
        lang: "zh" or "en".
        seal: Of the body that issued it.
        at: What the seal says about its time, with a time zone.
        stamper: As `pades.seal_pdf`.
        link: Web address that the code leads to.

    Raises:
        FootproofError: As `render_certificate_pdf` and `pades.seal_pdf`; E-CRED-CONTENT where the token states no
            certificate of ours.
    """
    return seal_pdf(render_certificate_pdf(certificate_of(jose.payload_of(jwt)), lang, link), jwt, seal, at, stamper)


def _compiled(data: dict[str, Any], moment: datetime) -> bytes:
    try:
        found: object = typst.compile(
            _template(),
            font_paths=_fonts(),
            format="pdf",
            timestamp=moment,
            pdf_standards=["a-3a", "ua-1"],
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        )
    except RuntimeError as problem:
        raise FootproofError("E-PDF-PAGE", reason=str(problem)[:300]) from problem
    if not isinstance(found, bytes):
        raise FootproofError("E-PDF-PAGE", reason=type(found).__name__)
    return found


def _pages(page: bytes) -> int:
    """Return the number of pages, as Typst writes it in the root of the page tree."""
    return max((int(number) for number in _COUNT.findall(page)), default=0)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_file().parent)])


@cache
def _template() -> bytes:
    return (resources.files("footproof.registry") / "templates" / "certificate.typ").read_bytes()


def _data(found: Certificate, lang: Lang, link: str) -> dict[str, Any]:
    def word(key: str, **values: object) -> str:
        return say(_WORDS, key, lang, **values)

    other: Lang = "en" if lang == "zh" else "zh"
    if len(link) > _MOST_LINK or len(found.stages) > _MOST_ROWS:
        raise FootproofError("E-PDF-PAGE", reason=f"{len(link)} / {_MOST_LINK}, {len(found.stages)} / {_MOST_ROWS}")
    statement = "statement_demo" if found.demonstration else "statement"
    return {
        "lang": lang,
        "family": FAMILY,
        "words": {key: record[lang] for key, record in catalogue(_WORDS).items()}
        | {"value": word("value", unit=found.unit)},
        "title": word("title"),
        "subtitle": say(_WORDS, "title", other),
        "demo": word("demo") if found.demonstration else "",
        "number": found.number,
        "decided": {"year": found.decided_on.year, "month": found.decided_on.month, "day": found.decided_on.day},
        "body": {
            "name": found.body.name.say(lang),
            "other": f"{found.body.name.say(other)} · {found.body.id}",
            "address": found.body.address.say(lang) if found.body.address else "",
        },
        "statement": word(statement, client=found.client.name.say(lang)),
        "subject": _subject(found, lang),
        "value": plain_text(Decimal(exact_text(found.value))),
        "unit": found.unit,
        "unit_name": found.unit_name.say(lang),
        "boundary": found.boundary.say(lang),
        "interval": _interval(found, lang),
        "reduction": _reduction(found, lang),
        "base": _base(found, lang),
        "chart": _chart(found.stages, word("stages_alt")),
        "colours": _PALETTE,
        "stages": [_stage(found, index, stage, lang) for index, stage in enumerate(found.stages)],
        "rule": _rule(found, lang),
        "link": link,
        "qr": _qr(link),
        "qr_alt": word("qr_alt", link=link),
        "steps": [word("check_1"), word("check_2"), word("check_3")],
    }


def _subject(found: Certificate, lang: Lang) -> list[tuple[str, str, str]]:
    rows = [
        ("client", _party(found.client.name.say(lang), found.client.address, lang), ""),
        ("product", found.product_name.say(lang), "strong"),
        ("model", found.product_model, "strong"),
        ("product_id", found.product_id, ""),
        ("site", _party(found.site.name.say(lang), found.site.address, lang), ""),
    ]
    return [(say(_WORDS, key, lang), text, kind) for key, text, kind in rows]


def _rule(found: Certificate, lang: Lang) -> list[tuple[str, str, str]]:
    standing = catalogue("page")[f"rule_status.{found.rule_status}"][lang]
    rows = [
        ("rule", f"{found.rule_title.say(lang)} ({found.rule_id})", ""),
        ("standing", standing, "" if found.rule_status == "in-force" else "strong"),
        ("edition", found.rule_edition, "digest"),
        ("scheme", found.scheme_name.say(lang), ""),
    ]
    if found.grade is not None:
        rows.append(("grade", found.grade.name.say(lang), "strong"))
    if found.scope is not None:
        rows.append(("category", found.scope.category, ""))
        if found.scope.accreditation is not None:
            rows.append(("accreditation", found.scope.accreditation, ""))
    rows += [
        ("period", _span(found.period_start, found.period_end, lang), ""),
        ("decided", found.decided_on.isoformat(), ""),
        ("validity", _span(found.valid_from, found.valid_until, lang), "strong"),
        ("package", found.package_digest, "digest"),
        ("sheet", found.sheet_digest, "digest"),
        *([] if found.reduction is None else [("base", found.reduction.base, "digest")]),
        ("seal", say(_WORDS, "seal_text", lang), ""),
    ]
    return [(say(_WORDS, key, lang), text, kind) for key, text, kind in rows]


def _span(first: date, last: date, lang: Lang) -> str:
    return say(_WORDS, "span", lang, first=first.isoformat(), last=last.isoformat())


def _party(name: str, address: Any, lang: Lang) -> str:
    return name if address is None else f"{name} · {address.say(lang)}"


def _interval(found: Certificate, lang: Lang) -> str:
    if found.interval is None:
        return ""
    lower, upper = (plain_text(Decimal(exact_text(bound))) for bound in found.interval)
    return say(_WORDS, "interval", lang, lower=lower, upper=upper, unit=found.unit)


def _reduction(found: Certificate, lang: Lang) -> str:
    stated = found.reduction
    if stated is None:
        return ""
    return say(_WORDS, "reduction", lang, share=percent_text(stated.share))


def _base(found: Certificate, lang: Lang) -> str:
    stated = found.reduction
    if stated is None:
        return ""
    base = f"{plain_text(Decimal(exact_text(stated.value)))} {found.unit}"
    return say(_WORDS, "base_of", lang, base=base, period=_span(stated.first, stated.last, lang))


def _stage(found: Certificate, index: int, stage: Stage, lang: Lang) -> dict[str, Any]:
    share = "—"
    if found.value:
        share = f"{plain_text((100 * stage.value / found.value).quantize(Decimal('0.1')))} %"
    return {
        "colour": index % COLOURS,
        "name": stage.name.say(lang),
        "value": plain_text(Decimal(exact_text(stage.value))),
        "share": share,
    }


def _chart(stages: Sequence[Stage], label: str) -> str:
    """Return the bar of the web page as a picture by itself: with its own size and colours."""
    if not stages:
        return ""
    colours = "".join(f".stage-{index}{{fill:{colour}}}" for index, colour in enumerate(_PALETTE))
    style = f".tick{{stroke:#c3ccc7}}.zero{{stroke:#14211b}}text{{font:11px '{FAMILY}';fill:#4b5751}}{colours}"
    size = f'width="{_CHART_WIDTH}" height="{_CHART_HEIGHT}"'
    inner = str(stage_chart(stages, label)).replace('width="100%"', f'width="{_CHART_WIDTH}"', 1)
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {_CHART_WIDTH} {_CHART_HEIGHT}">'
    return f"{opening}<style>{style}</style>{inner}</svg>"


def _qr(link: str) -> str:
    out = io.BytesIO()
    segno.make_qr(link, error="m", boost_error=True).save(out, kind="svg", border=4, xmldecl=False, svgns=True)
    return out.getvalue().decode("utf-8")


def _texts(value: object) -> list[str]:
    """Return every text that may be set, for the check of glyphs; pictures hold none but figures."""
    if isinstance(value, str):
        return [] if value.startswith("<svg") else [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    return [text for each in value for text in _texts(each)] if isinstance(value, list | tuple) else []
