"""`footproof db`: a database comes in whole or not at all, is judged, solved again, and taken up into a study."""

import csv
import json
import re
import shutil
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from cli.running import GENERIC, KETTLE, Ran, copied, is_clean, run

PROCESSES = """id,name,location,reference
mill,steel production,CN,steel
power,electricity production,CN,kwh
plane,"transport, freight, aircraft",CN,tkm
"""
PRODUCTS = "id,name,unit\nsteel,steel,kg\nkwh,electricity,kWh\ntkm,air freight,tkm\nore,ore,kg\n"
FLOWS = 'id,name,unit,category\nco2,"Carbon dioxide, fossil",kg,air\nch4,"Methane, fossil",kg,air\n'
A = """product,process,amount
steel,mill,1
kwh,mill,-0.5
tkm,mill,-0.1
ore,mill,-1.5
kwh,power,1
steel,power,-0.01
tkm,plane,1
"""
B = "flow,process,amount\nco2,mill,1.5\nco2,power,0.8\nch4,power,0.002\nco2,plane,1.2\n"
REFUSED = [
    (("import", "nothing.zip"), "E-FILE-READ", 2),
    (("import", "{files}"), "E-DB-EXISTS", 2),
    (("import", "{files}", "--name", "../made"), "E-DB-NAME-FORM", 2),
    (("import", "{files}/B.csv", "--name", "half"), "E-DB-UNKNOWN", 1),
    (("health", "other"), "E-DB-NAME", 2),
    (("intensities", "../made"), "E-DB-NAME", 2),
    (("verify", "other"), "E-DB-NAME", 2),
    (("take", "made", "no such product", "--study", "{study}", "--id", "x"), "E-DB-PRODUCT", 1),
    (("take", "made", "mill", "--study", "{files}", "--id", "x"), "E-STUDY-FOLDER", 2),
    (("take", "made", "mill", "--study", "{study}", "--id", "a b"), "E-TABLE-ID", 1),
]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A small database as matrices."""
    folder = tmp_path / "made"
    folder.mkdir()
    for name, text in (("processes", PROCESSES), ("products", PRODUCTS), ("flows", FLOWS), ("A", A), ("B", B)):
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


@pytest.fixture
def home(tmp_path: Path, files: Path) -> Path:
    """A workspace with that database."""
    folder = tmp_path / "home"
    assert run("db", "import", files, "--dir", folder).code == 0
    return folder


def stored(home: Path) -> dict[str, bytes]:
    """Return every file of a workspace."""
    return {str(path.relative_to(home)): path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}


def value(home: Path, id_: str, *more: object) -> Decimal:
    """Return the intensity of a product."""
    record = run("db", "intensities", "made", "--dir", home, "--json", *more).record
    return next(Decimal(product["value"]) for product in record["products"] if product["id"] == id_)


def test_intensities_are_exact_text_with_their_unit(home: Path) -> None:
    ran = run("db", "intensities", "made", "--dir", home, "--json")
    record = ran.record
    assert record["unit"] == "kg CO2e"
    assert [product["id"] for product in record["products"]] == ["mill", "power", "plane"]
    for product in record["products"]:
        assert {"id", "name", "location", "unit", "value"} <= product.keys()
        assert isinstance(product["value"], str)
        assert sum(map(Decimal, product["origins"].values())) == Decimal(product["value"])
    # kwh = 0.8 + 0.002·29.8 + 0.01·steel; steel = 1.5 + 0.5·kwh + 0.1·1.2
    kwh = (Decimal("0.8596") + Decimal("0.01") * Decimal("1.62")) / Decimal("0.995")
    assert value(home, "power") == pytest.approx(kwh, rel=Decimal("1e-9"))
    assert value(home, "mill") == pytest.approx(Decimal("1.62") + kwh / 2, rel=Decimal("1e-9"))
    assert value(home, "plane", "--gwp", "ar4", "--biogenic", "ef") == Decimal("1.2")


def test_the_list_names_what_was_imported_and_the_digest_is_that_of_the_bytes(home: Path, files: Path) -> None:
    (about,) = run("db", "list", "--dir", home, "--json").record["databases"]
    assert (about["name"], about["datasets"], about["products"]) == ("made", 3, 3)
    again = run("db", "import", files, "--name", "twin", "--dir", home, "--json").record
    assert again["digest"] == about["digest"]
    assert again["intensities"] != about["intensities"]  # The set names its database.


def test_health_says_what_is_missing(home: Path) -> None:
    ran = run("db", "health", "made", "--dir", home, "--json")
    assert ran.code == 0, ran.out
    (missing,) = ran.record["unlinked"]
    assert (missing["flow"], missing["users"], missing["worst"]) == ("ore", 1, "mill")
    for lang in ("zh", "en"):
        shown = run("db", "health", "made", "--dir", home, lang=lang)
        assert shown.code == 0
        assert is_clean(shown.out)
        assert "ore" in shown.out


def test_verify_solves_again_and_finds_a_changed_figure(home: Path) -> None:
    good = run("db", "verify", "made", "--dir", home)
    assert good.code == 0
    assert "products solved again with the same result: 3;" in good.out
    folder = home / "databases" / "made"
    path = folder / "intensities.json"
    spoilt = path.read_bytes().replace(b'"1.2"', b'"1.3"')
    assert spoilt != path.read_bytes()
    path.write_bytes(spoilt)
    refused = run("db", "verify", "made", "--dir", home, "--json")
    assert (refused.code, refused.error["code"]) == (1, "E-OBJECT")
    # Somebody who changes the digest as well is found by solving again.
    from footproof.canonical import digest

    about = folder / "database.json"
    record = json.loads(about.read_bytes())
    about.write_bytes(about.read_bytes().replace(record["intensities"].encode(), digest(spoilt).encode()))
    ran = run("db", "verify", "made", "--dir", home, "--json")
    assert ran.code == 1
    assert "plane" in [each["id"] for each in ran.record["differs"]]
    assert is_clean(run("db", "verify", "made", "--dir", home, lang="zh").out)


def test_a_changed_source_is_found(home: Path) -> None:
    (source,) = (home / "databases" / "made" / "source").iterdir()
    source.write_bytes(source.read_bytes().replace(b"mill,1.5", b"mill,1.4"))
    assert run("db", "verify", "made", "--dir", home, "--json").error["code"] == "E-OBJECT"


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: " ".join(case[0][:2]) + " " + case[1])
def test_a_refused_call_changes_nothing(
    home: Path, files: Path, tmp_path: Path, case: tuple[tuple[str, ...], str, int]
) -> None:
    arguments, code, exit_code = case
    study = copied(KETTLE, tmp_path / "study")
    before = stored(home) | stored(study)
    filled = [each.format(files=files, study=study) for each in arguments]
    ran = run("db", *filled, "--dir", home, "--json")
    assert (ran.error["code"], ran.code) == (code, exit_code)
    assert is_clean(ran.err)
    assert stored(home) | stored(study) == before


def test_a_failed_replacement_leaves_the_old_database(home: Path, files: Path) -> None:
    before = stored(home)
    (files / "A.csv").write_text("product,process,amount\nsteel,mill,one\n", "utf-8")
    (files / "B.csv").unlink()
    ran = run("db", "import", files, "--replace", "--dir", home, "--json")
    assert ran.code == 1
    assert stored(home) == before
    assert [path.name for path in (home / "databases").iterdir()] == ["made"]


def test_choices_steer_the_system_and_the_old_set_differs(home: Path, tmp_path: Path) -> None:
    before = value(home, "mill")
    choices = tmp_path / "choices.toml"
    choices.write_text(
        'format = "footproof-linking/1"\n[[exclude]]\ndataset = "plane"\nreason = "by ship"\n'
        '[[supplier]]\nflow = "kwh"\nuser = "mill"\nshares = {}\n',
        "utf-8",
    )
    assert run("db", "link", "made", "--choices", choices, "--dir", home).code == 0
    assert value(home, "mill") == Decimal("1.5")
    assert before > Decimal(2)
    report = run("db", "health", "made", "--dir", home, "--json").record
    assert {item["flow"]: item["reasons"] for item in report["unlinked"]} == {
        "ore": ["no supplier"],
        "tkm": ["no supplier"],
        "kwh": ["left out"],
    }
    assert ("exclusion", "plane") in [(item["kind"], item["subject"]) for item in report["choices"]]
    assert run("db", "verify", "made", "--dir", home).code == 0
    out = tmp_path / "out.toml"
    assert run("db", "health", "made", "--choices-out", out, "--dir", home).code == 0
    assert out.read_text("utf-8").count("[[exclude]]") == 1
    choices.write_text('format = "footproof-linking/1"\n[[exclude]]\ndataset = "x"\n', "utf-8")
    refused = run("db", "link", "made", "--choices", choices, "--dir", home, "--json")
    assert (refused.code, refused.error["code"]) == (1, "E-LINK-DATASET")
    assert value(home, "mill") == Decimal("1.5")


def sick(home: Path, files: Path) -> Ran:
    """Import a database in which power plants eat more than they make."""
    (files / "A.csv").write_text(A.replace("steel,power,-0.01", "steel,power,-4"), "utf-8")
    return run("db", "import", files, "--name", "sick", "--dir", home, "--json")


def test_a_loop_that_eats_itself_is_named_and_its_products_are_not_taken(
    home: Path, files: Path, tmp_path: Path
) -> None:
    assert not sick(home, files).record["ok"]
    report = run("db", "health", "sick", "--dir", home, "--json")
    assert report.code == 1
    assert "F-HEALTH-LOOP" in [item["code"] for item in report.record["health"]]
    study = copied(KETTLE, tmp_path / "study")
    taken = run("db", "take", "sick", "mill", "--study", study, "--id", "steel", "--dir", home, "--json")
    assert taken.error["code"] == "E-DB-UNSOUND"
    assert run("db", "take", "sick", "plane", "--study", study, "--id", "air", "--dir", home).code == 0
    choices = tmp_path / "advised.toml"
    run("db", "health", "sick", "--choices-out", choices, "--dir", home)
    assert run("db", "link", "sick", "--choices", choices, "--dir", home, "--json").record["ok"]
    assert is_clean(run("db", "health", "sick", "--dir", home, lang="zh").out)


def use(study: Path, row: str, source: str, unit: str) -> None:
    """Let a row of a study cite an intensity."""
    path = study / "exchanges.csv"
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    for each in rows:
        if each["id"] == row:
            each.update({"from": source, "unit": unit})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_an_intensity_reaches_the_sheet_the_package_and_the_statement(home: Path, tmp_path: Path) -> None:
    study = copied(KETTLE, tmp_path / "study")
    taken = run("db", "take", "made", "mill", "--study", study, "--id", "steel-db", "--dir", home, "--json").record
    assert taken["id"] == "db:steel-db"
    use(study, "steel", "db:steel-db", "kg")
    sealed = tmp_path / "kettle.footproof"
    ran = run("seal", study, "--rulebook", GENERIC, "-o", sealed, "--known-on", "2026-06-30", "--json")
    assert ran.code == 0, ran.err
    again = run("recompute", sealed, "--json")
    assert again.code == 0
    assert 0 < Decimal(again.record["background_share"]) < 1
    for lang in ("zh", "en"):
        assert "%" in run("recompute", sealed, lang=lang).out
    before = run("quantify", KETTLE, "--rulebook", GENERIC, "--known-on", "2026-06-30", "--json").record
    after = run("quantify", study, "--rulebook", GENERIC, "--known-on", "2026-06-30", "--json").record
    assert Fraction(after["origins"]["fossil"]) > Fraction(before["origins"]["fossil"])
    assert Fraction(after["aircraft"]) > Fraction(before["aircraft"])
    assert run("db", "verify", "made", "--study", study, "--dir", home).code == 0
    table = study / "intensities.csv"
    changed = re.sub(r",0\.(\d)", lambda found: f",0.{(int(found[1]) + 1) % 10}", table.read_text("utf-8"), count=1)
    table.write_text(changed, "utf-8")
    assert run("db", "verify", "made", "--study", study, "--dir", home, "--json").record["study"] == ["steel-db"]


def test_an_unknown_intensity_is_named_where_it_is_cited(tmp_path: Path) -> None:
    study = copied(KETTLE, tmp_path / "study")
    use(study, "steel", "db:steel", "kg")
    ran = run("quantify", study, "--rulebook", GENERIC, "--known-on", "2026-06-30", "--json")
    assert ran.error["code"] == "E-FACTOR-UNKNOWN"
    assert ran.error["where"].startswith("exchanges.csv")


def test_taking_twice_replaces_and_keeps_the_others(home: Path, tmp_path: Path) -> None:
    study = copied(KETTLE, tmp_path / "study")
    for product, id_ in (("mill", "a"), ("power", "b"), ("plane", "a")):
        assert run("db", "take", "made", product, "--study", study, "--id", id_, "--dir", home).code == 0
    with (study / "intensities.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["id"], row["product"]) for row in rows} == {("a", "plane"), ("b", "power")}


def test_a_workspace_that_holds_databases_only_can_become_a_whole_one(home: Path) -> None:
    before = stored(home)
    assert run("demo", "--dir", home, "--no-serve").code == 0
    assert before.items() <= stored(home).items()


def test_a_file_is_read_wherever_it_was_and_its_name_is_kept(home: Path, files: Path, tmp_path: Path) -> None:
    packed = Path(shutil.make_archive(str(tmp_path / "my data (v1)"), "zip", files))
    record = run("db", "import", packed, "--dir", home, "--json").record
    assert record["name"] == "my-data-v1"
    assert record["file"] == "my data (v1).zip"


def test_contributions_tell_where_a_footprint_comes_from(home: Path) -> None:
    record = run("db", "contributions", "made", "steel", "--dir", home, "--json").record
    assert (record["id"], record["per"], record["unit"]) == ("mill", "kg", "kg CO2e")
    assert float(record["value"]) == pytest.approx(float(value(home, "mill")), rel=1e-5)
    parts = sum(float(part["value"]) for part in record["by_dataset"])
    assert parts == pytest.approx(float(record["value"]), rel=1e-4)
    assert record["path"][0]["id"] == "mill"
    for lang in ("zh", "en"):
        assert is_clean(run("db", "contributions", "made", "mill", "--dir", home, lang=lang).out)


def test_uncertainty_is_the_same_for_the_same_seed_and_kept_whole(home: Path, files: Path, tmp_path: Path) -> None:
    rows = A.replace("kwh,mill,-0.5", "kwh,mill,-0.5,lognormal,1.3").replace("amount\n", "amount,distribution,p1\n")
    lines = [line if line.count(",") == 4 else f"{line},," for line in rows.splitlines()]
    (files / "A.csv").write_text("\n".join(lines) + "\n", "utf-8")
    assert run("db", "import", files, "--name", "spread", "--dir", home).code == 0
    kept = tmp_path / "samples.npy"
    asked = ("db", "uncertainty", "spread", "--samples", 32, "--below", "mill", "plane", "--dir", home)
    first = run(*asked, "--keep", kept, "--json").record
    assert first == run(*asked, "--json").record
    assert (first["samples"], first["spread_inputs"], first["spread_emissions"]) == (32, 1, 0)
    mill = first["products"][0]
    low, middle, high = (float(mill["percentiles"][share]) for share in ("0.025", "0.5", "0.975"))
    assert low < middle < high
    assert float(first["below"][0]["share"]) == 0.0
    samples = np.load(kept)
    assert samples.shape == (32, 3)
    assert samples[:, 0].mean() == pytest.approx(float(mill["mean"]), rel=1e-4)
    for lang in ("zh", "en"):
        shown = run(*asked, lang=lang)
        assert shown.code == 0
        assert is_clean(shown.out)


def test_a_portfolio_is_a_table_in_and_a_table_out(home: Path, tmp_path: Path) -> None:
    table, out = tmp_path / "recipes.csv", tmp_path / "footprints.csv"
    table.write_text("recipe,product,amount,unit\ncar,steel,2,t\nhouse,mill,1,\ncar,power,3.6,MJ\n", "utf-8")
    record = run("db", "portfolio", "made", table, "-o", out, "--dir", home, "--json").record
    assert (record["recipes"], record["rows"], record["doubtful"]) == (2, 3, 0)
    with out.open(encoding="utf-8", newline="") as file:
        rows = {row["recipe"]: row for row in csv.DictReader(file)}
    mill, power = float(value(home, "mill")), float(value(home, "power"))
    assert float(rows["car"]["value"]) == pytest.approx(2000 * mill + power, rel=1e-9)
    assert rows["house"] == {"recipe": "house", "value": rows["house"]["value"], "unit": "kg CO2e", "sound": "yes"}
    assert is_clean(run("db", "portfolio", "made", table, "-o", out, "--dir", home, lang="zh").out)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("recipe,product\n", "E-TABLE-MISSING", 1),
        ("recipe,product,amount\na,steel\n", "E-TABLE-CELLS", 2),
        ("recipe,product,amount\na,steel,1\na,glass,1\n", "E-DB-PRODUCT", 3),
        ("recipe,product,amount\na,steel,inf\n", "E-NUMBER", 2),
        ("recipe,product,amount,unit\na,steel,1,kWh\n", "E-UNIT-MISMATCH", 2),
    ],
)
def test_a_bad_recipe_is_named_by_its_line(home: Path, tmp_path: Path, text: str, code: str, line: int) -> None:
    table, out = tmp_path / "recipes.csv", tmp_path / "footprints.csv"
    table.write_text(text, "utf-8")
    ran = run("db", "portfolio", "made", table, "-o", out, "--dir", home, "--json")
    assert (ran.error["code"], ran.code) == (code, 1)
    assert f"line {line}" in ran.error["where"]
    assert not out.exists()
