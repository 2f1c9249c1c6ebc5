"""A certificate states a reduction that follows from its figures, in every form; any other share is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from credential.sample import CERTIFICATE, KEY, KID, REDUCTION
from footproof.credential import jose
from footproof.credential.conformity import certificate_of, certificate_written, credential_bytes, credential_of
from footproof.errors import FootproofError, ProofRejected
from footproof.label.mark import render_mark
from footproof.label.rule import demo_rule
from footproof.registry.render import render_certificate_page
from footproof.texts import Lang
from page.node import NODE, ask, encoded, modules

STATED = replace(CERTIFICATE, reduction=REDUCTION)
LINES = "specifiedCondition"


def _lines(credential: Any) -> list[str]:
    found: list[str] = credential["credentialSubject"]["conformityAssessment"][0][LINES]
    return found


def _changed(old: str, new: str | None) -> Callable[[Any], None]:
    def change(credential: Any) -> None:
        lines = _lines(credential)
        place = lines.index(old)
        lines[place : place + 1] = [] if new is None else [new]

    return change


FORGED = {
    "a larger share": _changed("reduction=0.0837", "reduction=0.0838"),
    "a smaller share": _changed("reduction=0.0837", "reduction=0.0836"),
    "ten times the share": _changed("reduction=0.0837", "reduction=0.837"),
    "a higher base": _changed("reduction.base.value=66.83", "reduction.base.value=76.83"),
    "no base": _changed("reduction.base.package=" + REDUCTION.base, None),
    "a base that is no digest": _changed("reduction.base.package=" + REDUCTION.base, "reduction.base.package=x"),
    "a base of the same year": _changed("reduction.base.end=2024-12-31", "reduction.base.end=2025-12-31"),
}


def test_both_ways_read_what_is_written() -> None:
    payload = credential_bytes(STATED)
    assert certificate_written(payload) == STATED == certificate_of(credential_of(STATED))
    assert "减排 8.37 %" in credential_of(STATED)["credentialSubject"]["description"]


@pytest.mark.parametrize("name", sorted(FORGED))
def test_a_reduction_follows_from_its_figures(name: str) -> None:
    credential = credential_of(STATED)
    FORGED[name](credential)
    with pytest.raises(ProofRejected) as refused:
        certificate_of(credential)
    assert refused.value.code == "E-CRED-CONTENT"


@pytest.mark.parametrize(
    "change",
    [
        {"share": Decimal("0.0838")},
        {"share": Decimal(0), "value": CERTIFICATE.value},
        {"share": Decimal("-0.2247"), "value": Decimal(50)},
        {"last": date(2025, 1, 1)},
        {"first": date(2025, 1, 1)},
        {"base": "sha256:0"},
    ],
)
def test_no_certificate_states_another(change: dict[str, Any]) -> None:
    with pytest.raises(FootproofError) as refused:
        replace(CERTIFICATE, reduction=replace(REDUCTION, **change))
    assert refused.value.code == "E-CERT-FIELD"


def test_the_mark_shows_the_reduction() -> None:
    mark = render_mark(STATED, demo_rule(), STATED.id).decode("utf-8")
    for said in ("8.37 %", "较基准减排", "below the base", "产品降碳", "2024-01-01 – 2024-12-31", "61.2 kg"):
        assert said in mark
    assert "8.37 %" not in render_mark(CERTIFICATE, demo_rule(), STATED.id).decode("utf-8")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_shows_it(lang: Lang) -> None:
    page = render_certificate_page(STATED, {}, {}, lang).decode("utf-8")
    assert 'data-fact="reduction">8.37 %' in page
    assert 'data-fact="base-value">66.83<' in page
    assert 'data-fact="reduction"' not in render_certificate_page(CERTIFICATE, {}, {}, lang).decode("utf-8")


@pytest.mark.node
@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_the_script_of_the_page_reads_and_refuses_alike(tmp_path: Path) -> None:
    script = modules(tmp_path)
    token = jose.sign(credential_of(STATED), KEY, KID, jose.CERTIFICATE)
    [sound] = ask(script, [{"facts_of": encoded(token)}])
    assert (sound["reduction"], sound["base-value"]) == ("8.37 %", "66.83")
    assert (sound["base"], sound["base-start"], sound["base-end"]) == (REDUCTION.base, "2024-01-01", "2024-12-31")
    for forge in FORGED.values():
        credential = credential_of(STATED)
        forge(credential)
        token = jose.sign(credential, KEY, KID, jose.CERTIFICATE)
        with pytest.raises(AssertionError, match="E-CRED-CONTENT"):
            ask(script, [{"facts_of": encoded(token)}])
