"""Words for everything that pages name: no role, scope or event stands there as its key."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from api.worlds import Site, sign_in
from footproof.certify.people import ROLES
from footproof.server.accounts import charge, wording
from footproof.server.api.tokens import SCOPES
from footproof.texts import LANGUAGES, Lang, catalogue

SOURCE = Path(wording.__file__).parent


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_role_scope_and_event_has_words(lang: Lang) -> None:
    words = catalogue("accounts")
    assert not set(ROLES) & set(wording.roles_said(ROLES, "zh"))
    assert len(set(wording.roles_said(ROLES, lang))) == len(ROLES)
    assert len(set(wording.scopes_said(SCOPES, lang))) == len(SCOPES)
    files = [*SOURCE.glob("*.py"), *(SOURCE.parent / "api").glob("*.py"), SOURCE.parents[1] / "cli" / "account.py"]
    text = "".join(path.read_text("utf-8") for path in files)
    noted = set(re.findall(r'note\((?:request|None), "([a-z.-]+)"', text)) | {"password.wrong", "password.shut"}
    noted |= {event for _, event in charge.CHANGES.values()}
    noted |= {f"{kind}.{end}" for kind in ("code", "recovery-code") for end in ("right", "wrong")}
    assert {f"door.{event}" for event in noted} == {key for key in words if key.startswith("door.")}


def test_the_account_names_organisation_role_and_events(site: Site) -> None:
    for asked, words in (
        ("zh", ("示例电器有限公司（DEMO）", "客户代表", "以“客户代表”身份操作", "密码或外部身份正确")),
        (
            "en",
            (
                "Example Appliances Co., Ltd. (DEMO)",
                "client's representative",
                "act as client's representative",
                "signed in",
            ),
        ),
    ):
        client = Client()
        sign_in(client, "p-client", 0 if asked == "zh" else 30)
        client.post("/accounts/language", {"language": asked})
        page = unescape(client.get("/accounts/").content.decode())
        assert not [word for word in words if word not in page]
        assert "first-factor.right" not in page
