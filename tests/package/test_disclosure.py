"""Lines are withheld and the digest stays. What is withheld can be neither changed, moved, guessed nor denied."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.running import GENERIC, KETTLE
from footproof.canonical import canonical_bytes
from footproof.cli.chain import assess_folder, contents_of
from footproof.errors import FootproofError, ProofRejected
from footproof.expressions import exact
from footproof.package import (
    Contents,
    Extent,
    Package,
    disclose,
    named_lines,
    open_package,
    pack,
    public_copy,
    recompute,
    seal,
)
from footproof.package.lines import Line, divide, hidden_lines, labels
from footproof.package.merkle import line_commitment
from footproof.package.totals import totals_differ, totals_record

SECRET = bytes(range(32))
OTHER = bytes(range(1, 33))


@cache
def contents() -> Contents:
    assessment, files = assess_folder(KETTLE, GENERIC, None, dated=True)
    return contents_of(assessment, files, GENERIC)


@cache
def confidential() -> bytes:
    return seal(contents(), SECRET)


@cache
def whole() -> Package:
    return open_package(confidential())


def code_of(data: bytes) -> str:
    try:
        open_package(data)
    except FootproofError as problem:
        return problem.code
    return "same" if open_package(data).digest == whole().digest else "another"


# ---------------------------------------------------------------- the digest


def test_sealing_twice_with_one_secret_gives_the_same_bytes_and_another_secret_another_digest() -> None:
    assert seal(contents(), SECRET) == confidential()
    assert open_package(seal(contents(), OTHER)).digest != whole().digest


def test_a_public_package_stays_what_it_was() -> None:
    public = open_package(seal(contents()))
    assert public.manifest["package"] == "footproof-package/1"
    assert not public.lines
    assert "totals.json" not in public.parts


def test_a_full_copy_reads_as_the_public_package_does() -> None:
    public = open_package(seal(contents()))
    for path, content in public.parts.items():
        if path != "about.json":
            assert whole().parts[path] == content
    assert recompute(whole()).ok
    assert recompute(whole()).value == recompute(public).value


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_selection_keeps_the_digest(data: st.DataObject) -> None:
    names = [item.name for item in named_lines(whole())]
    keep = data.draw(st.lists(st.sampled_from(names), max_size=20))
    shown = open_package(disclose(whole(), [name.replace("[", "[[]") for name in keep]))
    assert shown.digest == whole().digest
    opened = {item.name for item, line in zip(named_lines(whole()), _lines(shown), strict=True) if line.opened}
    assert opened >= set(keep)
    for item, line in zip(named_lines(whole()), _lines(shown), strict=True):
        assert line.commitment == item.line.commitment
        assert line.content in (None, item.line.content)


def test_what_is_published_of_a_confidential_package_is_chosen_and_nothing_else() -> None:
    public = seal(contents())
    assert public_copy(public) == public
    assert public_copy(confidential()) == disclose(whole(), ["nothing"])
    assert public_copy(confidential(), ["stage-totals"]) == disclose(whole(), ["stage-totals"])


def test_withholding_in_two_steps_is_withholding_at_once() -> None:
    first = open_package(disclose(whole(), ["stage-totals", "study/exchanges.csv"]))
    assert disclose(first, ["stage-totals"]) == disclose(whole(), ["stage-totals"])
    with pytest.raises(FootproofError) as refused:
        disclose(first, ["sheet.json"])  # what is withheld cannot be opened again
    assert refused.value.code == "E-DISCLOSE-NOTHING"


def test_another_study_with_the_same_secret_has_other_salts_throughout() -> None:
    """Else a salt that this year's package shows would open a line that next year's withholds."""
    changed = replace(contents(), about={**contents().about, "known_on": "2026-07-01"})
    other = open_package(seal(changed, SECRET))
    mine = {line.salt for line in _lines(whole())}
    assert len(mine) == len(_lines(whole()))
    assert not mine & {line.salt for line in _lines(other)}


def _lines(package: Package) -> list[Line]:
    return [line for lines in package.lines.values() for line in lines]


# ---------------------------------------------------------------- what breaks it


def repacked(data: bytes, change: Mapping[str, bytes | None]) -> bytes:
    """Return a package file with some entries replaced or taken out, as a forger would write it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries: dict[str, bytes | None] = {name: archive.read(name) for name in archive.namelist()}
    entries.update(change)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(entries.items()):
            if content is not None:
                entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                entry.create_system, entry.external_attr = 3, 0o100644 << 16
                archive.writestr(entry, content)
    return target.getvalue()


def manifest_of(data: bytes) -> Any:  # JSON
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return json.loads(archive.read("manifest.json"))


def forged(data: bytes, manifest: Any, **entries: bytes | None) -> bytes:
    return repacked(data, {"manifest.json": canonical_bytes(manifest), **entries})


@cache
def partly() -> bytes:
    return disclose(whole(), ["stage-totals", "study/exchanges.csv#steel"])


def test_the_forger_of_this_test_writes_what_we_write() -> None:
    assert forged(partly(), manifest_of(partly())) == partly()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_changed_hash_of_a_withheld_line_is_noticed(data: st.DataObject) -> None:
    manifest = manifest_of(partly())
    part = data.draw(st.sampled_from([part for part in manifest["parts"] if "lines" in part]))
    places = [at for at, line in enumerate(part["lines"]) if isinstance(line, str)]
    if not places:
        return
    at, bit = data.draw(st.sampled_from(places)), data.draw(st.integers(0, 255))
    part["lines"][at] = (int(part["lines"][at], 16) ^ 1 << bit).to_bytes(32, "big").hex()
    assert code_of(forged(partly(), manifest)) == "E-PACKAGE-DIGEST"


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_swapping_two_lines_is_noticed(data: st.DataObject) -> None:
    manifest = manifest_of(partly())
    part = data.draw(
        st.sampled_from([part for part in manifest["parts"] if len(set(map(str, part.get("lines", "")))) > 1])
    )
    one, other = data.draw(
        st.tuples(*[st.integers(0, len(part["lines"]) - 1)] * 2).filter(
            lambda two: part["lines"][two[0]] != part["lines"][two[1]]
        )
    )
    part["lines"][one], part["lines"][other] = part["lines"][other], part["lines"][one]
    assert code_of(forged(partly(), manifest)) in {"E-PACKAGE-DIGEST", "E-PACKAGE-FORM"}


def test_swapping_two_opened_lines_of_one_size_with_their_salts_is_noticed() -> None:
    full = confidential()
    with zipfile.ZipFile(io.BytesIO(full)) as archive:
        content = archive.read("result.json")
    manifest = manifest_of(full)
    lines = next(part for part in manifest["parts"] if part["path"] == "result.json")["lines"]
    lines[1], lines[2] = lines[2], lines[1]
    start = lines[0][0]
    first, second = (
        content[start : start + lines[2][0]],
        content[start + lines[2][0] : start + lines[2][0] + lines[1][0]],
    )
    swapped = content[:start] + second + first + content[start + len(first) + len(second) :]
    assert code_of(forged(full, manifest, **{"result.json": swapped})) == "E-PACKAGE-DIGEST"


def test_an_opened_line_with_another_amount_is_noticed() -> None:
    with zipfile.ZipFile(io.BytesIO(partly())) as archive:
        row = archive.read("study/exchanges.csv")
    place = next(at for at in range(len(row)) if row[at : at + 1].isdigit())
    changed = row[:place] + bytes([row[place] ^ 1]) + row[place + 1 :]
    assert code_of(repacked(partly(), {"study/exchanges.csv": changed})) == "E-PACKAGE-DIGEST"


@pytest.mark.parametrize("path", sorted(open_package(confidential()).lines))
def test_a_withheld_part_cannot_be_passed_off_as_absent(path: str) -> None:
    manifest = manifest_of(disclose(whole(), ["nothing"]))
    manifest["parts"] = [part for part in manifest["parts"] if part["path"] != path]
    assert code_of(forged(disclose(whole(), ["nothing"]), manifest)) == "E-PACKAGE-DIGEST"


def test_two_withheld_lines_cannot_be_passed_off_as_one_by_the_node_above_them() -> None:
    sealed = disclose(whole(), ["nothing"])
    manifest = manifest_of(sealed)
    part = next(part for part in manifest["parts"] if len(part.get("lines", ())) >= 2)
    leaves = [
        hashlib.sha256(b"\0" + at.to_bytes(4, "big") + bytes.fromhex(line)).digest()
        for at, line in enumerate(part["lines"][:2])
    ]
    node = hashlib.sha256(b"\1" + leaves[0] + leaves[1]).hexdigest()
    part["lines"][:2] = [node]
    assert code_of(forged(sealed, manifest)) == "E-PACKAGE-DIGEST"


def test_a_part_cannot_change_between_public_and_confidential() -> None:
    """A public part whose content is what a leaf is made of must not pass for a part of lines, nor the reverse."""
    line = Line(line_commitment(SECRET, b"x"), SECRET, b"x")
    hidden = open_package(pack({}, {"a.csv": (line,)}))
    inner = b"\0" + (0).to_bytes(4, "big") + line.commitment
    assert hashlib.sha256(inner).hexdigest() == hidden.part_digest("a.csv").removeprefix("sha256:")
    assert open_package(pack({"a.csv": inner})).digest != hidden.digest


MANIFESTS: dict[str, Any] = {
    "no lines": lambda part: part.update(lines=[]),
    "a line of another kind": lambda part: part["lines"].__setitem__(0, 5),
    "a short hash": lambda part: part["lines"].__setitem__(0, "00"),
    "a hash in capitals": lambda part: part["lines"].__setitem__(0, part["lines"][0].upper()),
    "a size below zero": lambda part: part["lines"].__setitem__(0, [-1, "0" * 64]),
    "a size that is true": lambda part: part["lines"].__setitem__(0, [True, "0" * 64]),
    "a size beyond the file": lambda part: part["lines"].__setitem__(0, [10**9, "0" * 64]),
    "a salt besides lines": lambda part: part.update(salt=""),
    "lines that are a text": lambda part: part.update(lines="x"),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_of_another_form_is_refused(name: str) -> None:
    sealed = disclose(whole(), ["nothing"])
    manifest = manifest_of(sealed)
    MANIFESTS[name](next(part for part in manifest["parts"] if "lines" in part))
    assert code_of(forged(sealed, manifest)) in {"E-PACKAGE-FORM", "E-PACKAGE-DIGEST"}


@pytest.mark.parametrize(
    "change",
    [
        {"package": "footproof-package/1"},
        {"for": ""},
        {"for": "x" * 201},
        {"for": "e\u0301"},
        {"for": 4},
        {"more": "x"},
    ],
    ids=str,
)
def test_a_manifest_with_another_head_is_refused(change: dict[str, Any]) -> None:
    sealed = disclose(whole(), ["nothing"])
    text = json.dumps({**manifest_of(sealed), **change}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert code_of(repacked(sealed, {"manifest.json": text.encode("utf-8")})) == "E-PACKAGE-FORM"


def test_every_fifth_byte_of_a_sealed_package_counts() -> None:
    sealed = disclose(whole(), ["stage-totals"], "DEMO")
    for at in range(0, len(sealed), max(1, len(sealed) // 700)):
        broken = bytearray(sealed)
        broken[at] ^= 1 << at % 8
        assert code_of(bytes(broken)) not in {"same", "another"} or _only_reader(bytes(broken)), at


def _only_reader(data: bytes) -> bool:
    """For whom a copy is, the digest does not bind; it says so."""
    return open_package(data).reader != "DEMO" and open_package(data).digest == whole().digest


# ---------------------------------------------------------------- guessing


def test_a_hidden_amount_is_found_by_trying_without_salts_and_not_with_them() -> None:
    """The steel of the kettle: a row whose form is known, with an amount of three digits."""
    path = "study/exchanges.csv"
    table = whole().parts[path]
    labelled = dict(zip(labels(path, table), divide(path, table), strict=True))
    row = labelled["steel"]
    amount = row.split(b",")[table.split(b"\n")[0].split(b",").index(b"amount")]
    guesses = [row.replace(b"," + amount + b",", f",{n / 1000:g},".encode("ascii"), 1) for n in range(1, 3000)]
    assert row in guesses
    bare = hashlib.sha256(row).hexdigest()
    assert [guess for guess in guesses if hashlib.sha256(guess).hexdigest() == bare] == [row]
    at = list(labelled).index("steel")
    shown = open_package(disclose(whole(), ["terms", "study/processes.csv"]))
    hidden = shown.lines[path][at]
    known_salts = [line.salt for line in _lines(shown) if line.salt is not None]
    assert known_salts
    for salt in (b"", bytes(32), *known_salts):
        assert not any(line_commitment(salt, guess) == hidden.commitment for guess in guesses)
    mine = hidden_lines(path, table, SECRET)
    assert mine[at].commitment != hidden.commitment  # the secret alone is not the key: it is mixed with the content


def test_no_unsalted_digest_of_a_hidden_part_stands_anywhere_in_a_sealed_package() -> None:
    sealed = disclose(whole(), ["nothing"])
    for path in whole().lines:
        content = whole().parts[path]
        assert hashlib.sha256(content).hexdigest().encode("ascii") not in sealed, path
        for piece in divide(path, content):
            assert hashlib.sha256(piece).hexdigest().encode("ascii") not in sealed, path
    assert SECRET.hex().encode("ascii") not in confidential()


def test_the_exact_value_is_withheld_with_the_terms() -> None:
    """An exact value of many digits would be an equation against which guesses are tested."""
    sealed = disclose(whole(), ["stage-totals"])
    assert recompute(whole()).value is not None
    assert str(recompute(whole()).value).encode("ascii") not in sealed


# ---------------------------------------------------------------- recomputing


def test_what_was_recomputed_is_said() -> None:
    for keep, extent, ok in (
        (["everything"], Extent.ALL_TERMS, True),
        (["terms"], Extent.ALL_TERMS, True),
        (["stage-totals"], Extent.SUBTOTALS, False),
        (["stage-totals", "sheet.json"], Extent.SUBTOTALS, False),
        (["nothing"], Extent.SEALED, False),
        (["sheet.json"], Extent.SEALED, False),
    ):
        outcome = recompute(open_package(disclose(whole(), keep)))
        assert (outcome.extent, outcome.ok, outcome.agrees) == (extent, ok, True), keep
        assert outcome.declared == recompute(whole()).declared
        assert (outcome.value is None) == (not ok)
        assert (outcome.withheld > 0) == (keep != ["everything"])


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_never_all_terms_while_a_term_is_hidden(data: st.DataObject) -> None:
    names = [item.name for item in named_lines(whole())]
    hidden = data.draw(st.sampled_from([name for name in names if name.startswith(("sheet.json", "result.json"))]))
    shown = open_package(disclose(whole(), [name for name in names if name != hidden]))
    outcome = recompute(shown)
    assert not outcome.ok
    assert outcome.extent is Extent.SUBTOTALS


def relined(package: Package, path: str, content: bytes) -> bytes:
    """Return the package a lying maker would seal: one part says something else, all digests are right."""
    lines = {**package.lines, path: hidden_lines(path, content, SECRET)}
    public = {name: data for name, data in package.parts.items() if name not in package.lines}
    return pack(public, lines)


def test_subtotals_that_do_not_make_the_value_are_named() -> None:
    totals = json.loads(whole().parts["totals.json"])
    stage = next(name for name, value in totals["stages"].items() if value != "0")
    totals["stages"][stage] += "1"
    lied = open_package(relined(whole(), "totals.json", canonical_bytes(totals)))
    assert recompute(lied).differs == (f"totals/stages/{stage}",)
    outcome = recompute(open_package(disclose(lied, ["stage-totals"])))
    assert not outcome.agrees
    assert "totals" in outcome.differs[0]


@settings(max_examples=200, deadline=None)
@given(
    parts=st.lists(st.fractions(min_value=-1000, max_value=1000, max_denominator=10**6), min_size=1, max_size=6),
    digits=st.integers(1, 15),
)
def test_true_subtotals_always_make_the_declared_value(parts: list[Any], digits: int) -> None:
    value = sum(parts)
    result = {
        "declared": exact.round_significant((value.numerator, value.denominator), digits),
        "stages": {
            f"s{at}": {"total": exact.write((part.numerator, part.denominator))} for at, part in enumerate(parts)
        },
    }
    totals = totals_record(result, digits)
    assert totals_differ(totals, str(result["declared"])) is None


@pytest.mark.parametrize(
    "totals",
    [
        {},
        [],
        {"digits": "6", "stages": {}},
        {"digits": 6, "stages": {"a": "1"}},
        {"digits": "0", "stages": {"a": "1"}},
        {"digits": "16", "stages": {"a": "1"}},
        {"digits": "6", "stages": {"a": "1/3"}},
        {"digits": "6", "stages": {"a": 1}},
        {"digits": "6", "stages": {"a": "1.0"}},
        {"digits": "6", "stages": {"a": "9" * 61}},
        {"digits": "6", "stages": {"a": "x"}},
    ],
    ids=str,
)
def test_totals_of_another_form_are_refused(totals: object) -> None:
    with pytest.raises(FootproofError) as refused:
        totals_differ(totals, "1")
    assert refused.value.code == "E-PACKAGE-FORM"


def test_a_coarse_rounding_cannot_be_claimed_to_hide_a_difference() -> None:
    assert totals_differ({"digits": "1", "stages": {"a": "60", "b": "10"}}, "68.1") is not None
    assert totals_differ({"digits": "3", "stages": {"a": "58.1", "b": "9.9"}}, "68.1") is None  # half a place each
    assert totals_differ({"digits": "3", "stages": {"a": "58.1", "b": "9.8"}}, "68.1") is not None
    assert totals_differ({"digits": "3", "stages": {"a": "58.15", "b": "9.95"}}, "68.1") is not None


def test_a_withheld_part_is_not_a_missing_part() -> None:
    shown = open_package(disclose(whole(), ["nothing"]))
    with pytest.raises(FootproofError) as refused:
        shown.record("sheet.json")
    assert refused.value.code == "E-PACKAGE-WITHHELD"
    with pytest.raises(FootproofError) as refused:
        shown.record("other.json")
    assert refused.value.code == "E-PACKAGE-FORM"


@pytest.mark.parametrize("about", [b"[]", b"{}", b'"x"', b'{"declared":1,"unit":"kg"}'])
def test_a_sealed_package_that_does_not_say_its_value_is_refused(about: bytes) -> None:
    public = {path: data for path, data in whole().parts.items() if path not in whole().lines} | {"about.json": about}
    with pytest.raises(FootproofError) as refused:
        recompute(open_package(disclose(open_package(pack(public, whole().lines)), ["nothing"])))
    assert refused.value.code == "E-PACKAGE-FORM"


def test_a_short_secret_and_a_public_package_are_refused() -> None:
    with pytest.raises(FootproofError) as refused:
        seal(contents(), b"short")
    assert refused.value.code == "E-SECRET-FORM"
    with pytest.raises(FootproofError) as refused:
        disclose(open_package(seal(contents())), ["nothing"])
    assert refused.value.code == "E-DISCLOSE-PUBLIC"


# ---------------------------------------------------------------- lines


@settings(max_examples=100, deadline=None)
@given(
    record=st.dictionaries(
        st.text(max_size=5).filter(lambda t: t.isascii()),
        st.recursive(
            st.text(max_size=5).filter(str.isascii) | st.booleans(),
            lambda inner: st.lists(inner, max_size=3),
            max_leaves=5,
        ),
        max_size=5,
    )
)
def test_the_lines_of_a_record_are_the_record(record: dict[str, Any]) -> None:
    data = canonical_bytes(record)
    assert b"".join(divide("a.json", data)) == data
    assert len(labels("a.json", data)) == len(divide("a.json", data))


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.sampled_from('ab,"\n[]='), max_size=60), name=st.sampled_from(["a.csv", "a.toml"]))
def test_the_lines_of_a_text_are_the_text(text: str, name: str) -> None:
    data = text.encode("utf-8")
    assert b"".join(divide(name, data)) == data
    assert divide(name, data)
    assert len(labels(name, data)) == len(divide(name, data))


def test_a_record_of_a_table_that_goes_over_two_lines_is_one_line() -> None:
    data = b'process,id,note\np,a,"one\ntwo"\np,b,\n'
    assert divide("t.csv", data) == [b"process,id,note\n", b'p,a,"one\ntwo"\n', b"p,b,\n"]
    assert labels("t.csv", data) == ["header", "a", "b"]


def test_an_opened_row_is_the_row_of_the_table() -> None:
    shown = open_package(disclose(whole(), ["study/exchanges.csv#steel", "study/exchanges.csv#header"]))
    opened = [line.content for line in shown.lines["study/exchanges.csv"] if line.content is not None]
    table = whole().parts["study/exchanges.csv"].splitlines(keepends=True)
    assert opened == [table[0], next(row for row in table if b",steel," in row)]


def test_a_forged_size_is_told_as_a_changed_part() -> None:
    manifest = manifest_of(partly())
    lines = next(part for part in manifest["parts"] if part["path"] == "study/exchanges.csv")["lines"]
    at = next(at for at, line in enumerate(lines) if not isinstance(line, str))
    lines[at][0] += 1
    with pytest.raises(ProofRejected):
        open_package(forged(partly(), manifest))
