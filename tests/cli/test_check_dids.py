"""A body named by did:web is checked with DID documents from a folder; without them nobody knows its key."""

import json
from pathlib import Path

from cli.running import run
from credential.sample import BODY, CERTIFICATE, KEY, KID
from footproof.canonical import canonical_bytes
from footproof.credential.documents import document_of_keys
from footproof.credential.securing import sign_certificate


def test_documents_from_a_folder_give_the_key(tmp_path: Path) -> None:
    (tmp_path / "certificate.jwt").write_bytes(sign_certificate(CERTIFICATE, KEY, KID))
    (tmp_path / "trust.json").write_bytes(canonical_bytes({"bodies": [], "logs": []}))
    folder = tmp_path / "dids"
    folder.mkdir()
    document = document_of_keys(BODY, {"key-1": KEY.public_key()}, ["assertionMethod"])
    (folder / "body.json").write_text(json.dumps(document))
    (folder / "documents.toml").write_text(f'[[document]]\ndid = "{BODY}"\nfile = "body.json"\n')
    for options, code in (((), "E-CRED-UNKNOWN-KEY"), (("--dids", folder), None)):
        ran = run("check", tmp_path / "certificate.jwt", "--json", "--offline", *options)
        assert ran.record["checks"][0]["name"] == "signature"
        assert ran.record["checks"][0]["code"] == code, ran.out
