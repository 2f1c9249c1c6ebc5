"""Render the public pages: static HTML that any file server can serve, in one language each.

The page states nothing by itself. Its script (`page/check.js`) compares what it shows with the signed certificate
beside it, so every fact that matters is marked with its name.
"""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from footproof.credential.conformity import exact_text
from footproof.label.mark import shown_value
from footproof.label.rounding import plain_text
from footproof.label.rule import LabelRule, demo_rule
from footproof.model.certificate import Certificate
from footproof.model.reduction import percent_text
from footproof.registry.chart import stage_chart
from footproof.texts import Lang, catalogue

CHECKS = (
    "signature",
    "page",
    "validity",
    "recognition",
    "lists",
    "log",
    "witness",
    "status",
    "package",
    "recompute",
)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'"
)
_TAGS: Mapping[Lang, str] = {"zh": "zh-Hans", "en": "en"}
_SCRIPT = "js."
_WORD = re.compile(r"\{\{ ui\.(\w+) \}\}")
# What starts by itself; all other scripts are fetched at once, not one after the other as they name each other.
_STARTED = frozenset({"assets/page.js", "assets/worker.js"})
# What broken edges of the recognition chain are told in; other codes of recognition are told as their check failed.
_CHAIN_CODE = "E-RECOG-"
_NOT_OF_A_CHAIN = frozenset({"FIELD", "FORM", "SIZE", "CONFLICT", "EVENT", "BACKDATED", "ACTOR", "CREDENTIAL"})


def render_certificate_page(
    certificate: Certificate,
    result: Mapping[str, Any],
    about: Mapping[str, Any],
    lang: Lang,
    label: LabelRule | None = None,
    *,
    beside: Sequence[str] = (),
) -> bytes:
    """Return the page of a certificate.

    Args:
        certificate: What the page shows; its script compares it with the signed token.
        result: Result of the sheet (`docs/reference/sheet.md`, section 6); only the number of its terms is used.
        about: The package's about.json; product description and `known_on` are used where they are there.
        lang: "zh" for `c/<number>/index.html`, "en" for `c/<number>/en/index.html`.
        label: Rule of the mark, for its rounding; the demonstration label if left out.
        beside: Records of the maker that lie beside the certificate: "passport.jwt", "facility.jwt".
    """
    here = "" if lang == "zh" else "../"
    root = f"{here}../../"
    terms = len(result.get("terms", ())) or int(about.get("term_count", 0))
    title = _ui(lang, "title").format(product=certificate.product_name.say(lang), number=certificate.number)
    status = catalogue("page")[f"rule_status.{certificate.rule_status}"][lang]
    return _render(
        "certificate.html",
        lang,
        root=root,
        here=here,
        other="en/" if lang == "zh" else "../",
        index=root if lang == "zh" else f"{root}en/",
        kind="certificate",
        title=title,
        found=certificate,
        mark_value=shown_value(certificate, label or demo_rule()),
        short_status=catalogue("page")[f"rule_status_short.{certificate.rule_status}"][lang],
        status=status,
        stages=certificate.stages,
        maker_files=[(name, _ui(lang, f"file_{name.removesuffix('.jwt')}")) for name in beside],
        chart=stage_chart(certificate.stages, _ui(lang, "stage_chart")),
        share=lambda value: _share(value, certificate.value),
        checks=CHECKS,
        texts=_script_texts(lang),
        gap="" if lang == "zh" else " ",
        copy=_script_texts(lang)["ui.copy"],
        icons=_icons(),
        description=_description(about, lang),
        known_on=about.get("known_on", ""),
        recompute_lead=_ui(lang, "recompute_lead").format(count=terms) if terms else _ui(lang, "recompute_plain"),
        preloads=_preloads(root),
        page_data=_page_data(certificate, lang, here, root, title),
    )


def render_index(certificates: Sequence[Certificate], lang: Lang, label: LabelRule | None = None) -> bytes:
    """Return the list of certificates, in the order given.

    Args:
        certificates: What is public.
        lang: "zh" for `index.html`, "en" for `en/index.html`.
        label: Rule of the mark, for its rounding; the demonstration label if left out.
    """
    root = "" if lang == "zh" else "../"
    end = "" if lang == "zh" else "en/"
    rows = [
        {
            "found": found,
            "link": f"{root}c/{quote(found.number, safe='')}/{end}",
            "shown": shown_value(found, label or demo_rule()),
            "status": catalogue("page")[f"rule_status_short.{found.rule_status}"][lang],
        }
        for found in certificates
    ]
    return _render(
        "index.html",
        lang,
        root=root or "./",
        other="en/" if lang == "zh" else "../",
        index="./",
        kind="index",
        rows=rows,
        demonstration=any(found.demonstration for found in certificates),
        count=_ui(lang, "index_count").format(count=len(rows)),
    )


@cache
def assets() -> Mapping[str, bytes]:
    """Return the files of `assets/`, by their path in the static tree."""
    folder = resources.files("footproof") / "page"
    files = sorted(item.name for item in folder.iterdir() if item.name.endswith((".js", ".css")))
    return {f"assets/{name}": (folder / name).read_bytes() for name in files}


def _render(template: str, lang: Lang, **values: object) -> bytes:
    text = _environment(lang).get_template(template).render(**values)
    return (text.rstrip("\n") + "\n").encode("utf-8")


@cache
def _environment(lang: Lang) -> Environment:
    """Return the templates in a language: its words are put into them before they are compiled, not page by page."""
    other: Lang = "en" if lang == "zh" else "zh"
    words = {key.removeprefix("ui."): one[lang] for key, one in catalogue("page").items() if key.startswith("ui.")}
    folder = resources.files("footproof.registry") / "templates"

    def worded(name: str) -> str:
        return _WORD.sub(lambda found: str(escape(words[found[1]])), (folder / name).read_text("utf-8"))

    environment = Environment(
        loader=FunctionLoader(worded),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["unit"] = _unit
    environment.globals.update(
        exact=exact_text, percent=percent_text, plain=lambda figure: plain_text(Decimal(exact_text(figure)))
    )
    environment.globals.update(lang=lang, tag=_TAGS[lang], other_tag=_TAGS[other], ui=words, csp=POLICY)
    return environment


@cache
def _icons() -> Markup:
    source = resources.files("footproof.registry") / "templates" / "icons.svg"
    return Markup(source.read_text("utf-8"))  # noqa: S704  # our own file


def _ui(lang: Lang, key: str) -> str:
    return catalogue("page")[f"ui.{key}"][lang]


@cache
def _script_texts(lang: Lang) -> Mapping[str, str]:
    """Return what the script says, in one language: its own words, and those of the recognition chain."""
    own = {key.removeprefix(_SCRIPT): record for key, record in catalogue("page").items() if key.startswith(_SCRIPT)}
    chain = {f"recognise.{key}": record for key, record in catalogue("recognise").items()}
    broken = {f"error.{key}": record for key, record in catalogue("errors").items() if _is_of_a_chain(key)}
    return {key: record[lang] for key, record in (own | chain | broken).items()}


def _is_of_a_chain(key: str) -> bool:
    code = key.rpartition(".")[0]
    return code.startswith(_CHAIN_CODE) and code.removeprefix(_CHAIN_CODE) not in _NOT_OF_A_CHAIN


def _page_data(found: Certificate, lang: Lang, here: str, root: str, title: str) -> Markup:
    """Return the data block of the script: JSON that no text in it can end early."""
    data = {"lang": lang, "number": found.number, "here": here, "root": root, "title": title}
    return Markup(f'{{"texts":{_script_json(lang)},{_json(data)[1:]}')  # noqa: S704


@cache
def _script_json(lang: Lang) -> str:
    return _json(_script_texts(lang))


def _json(data: Mapping[str, Any]) -> str:
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@cache
def _preloads(root: str) -> Markup:
    """Return the links by which the scripts are fetched at once."""
    names = (name for name in assets() if name.endswith(".js") and name not in _STARTED)
    return Markup("").join(Markup('<link rel="modulepreload" href="{}{}">\n').format(root, name) for name in names)


def _description(about: Mapping[str, Any], lang: Lang) -> str:
    description = about.get("product", {}).get("description", "")
    return str(description.get(lang, "") if isinstance(description, Mapping) else description)


def _share(part: Decimal, whole: Decimal) -> str:
    """Return a part in percent of the certified value, to one decimal. [%]"""
    return "—" if whole == 0 else f"{plain_text((100 * part / whole).quantize(Decimal('0.1')))} %"


def _unit(text: str) -> Markup:
    """Return a unit with the 2 of CO2e lowered."""
    return Markup(str(escape(text)).replace("CO2", "CO<sub>2</sub>"))  # noqa: S704  # escaped before
