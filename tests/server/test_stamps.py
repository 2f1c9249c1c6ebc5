"""Where a time stamp authority is configured, published PDF certificates carry its stamp, and a check says so."""

from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from credential.sealing import AT
from credential.test_timestamp import AUTHORITY, served
from footproof.check import read_anchors
from footproof.check.sealed_pdf import check_pdf
from footproof.cli.chain import assess_folder, seal_assessment
from footproof.server.certify import issue
from footproof.server.publish import publish
from footproof.server.workspace import CONFIGURATION, create_workspace, open_workspace

STUDY = Path(__file__).parents[2] / "examples" / "portland-cement"


def test_a_configured_authority_stamps_what_is_published(tmp_path: Path) -> None:
    folder = create_workspace(tmp_path / "ws", "http://127.0.0.1:8642/", "footproof.test/log").folder
    (folder / "tsa.pem").write_bytes(AUTHORITY.root.public_bytes(Encoding.PEM))
    assessment, files = assess_folder(STUDY, "cn.gbt.24067", None, dated=True)
    sealed = seal_assessment(assessment, files, "cn.gbt.24067")
    with served(b"", live=True) as url:
        with (folder / CONFIGURATION).open("a") as settings:
            settings.write(f'\n[timestamps]\naddress = "{url}"\nroots = "tsa.pem"\n')
        workspace = open_workspace(folder)
        one = issue(workspace, sealed, AT)
        publish(workspace, AT)
    anchors = read_anchors((workspace.public / "trust.json").read_bytes())
    place = workspace.public / "c" / one.certificate.number
    for lang in ("zh", "en"):
        facts = check_pdf((place / f"certificate.{lang}.pdf").read_bytes(), one.jwt, anchors, datetime.now(UTC))
        assert facts["stamped"] == "yes"
