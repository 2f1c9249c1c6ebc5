"""Whose address is counted: behind proxies of one's own the one they saw, never one that somebody wrote himself."""

from ipaddress import IPv6Address, ip_network

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from api.worlds import PASSWORD, Site
from footproof.errors import FootproofError
from footproof.server.accounts.models import SignIn
from footproof.server.accounts.origin import FORWARDED, PLAIN, origin_of, proxies_of
from footproof.server.platform import configure
from footproof.server.workspace import CONFIGURATION

OURS = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
PROXY, VISITOR, FORGED = "10.0.0.1", "203.0.113.9", "198.51.100.7"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", PROXY),
        (VISITOR, VISITOR),
        (f"{FORGED}, {VISITOR}", VISITOR),
        (f"{FORGED}, {VISITOR}, 10.0.0.2", VISITOR),
        (f"{FORGED},{VISITOR}:4711 , 10.0.0.2", VISITOR),
        ("2001:db8::1", "2001:db8::/64"),
        (f"::ffff:{VISITOR}", VISITOR),
        ("::ffff:cb00:7109", VISITOR),
        ("fe80::1%eth0", "fe80::/64"),
        ("[2001:db8::1]:4711, fd00::7", "2001:db8::/64"),
        (f"{FORGED}, unknown", PROXY),
        (f"{FORGED}, , ", PROXY),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
    ],
)
def test_the_nearest_hop_that_is_not_ours_counts(line: str, found: str) -> None:
    assert origin_of(PROXY, line, PLAIN, OURS) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f"for={VISITOR};proto=https;by=10.0.0.1", VISITOR),
        (f'for={FORGED}, For="{VISITOR}:4711"', VISITOR),
        ('for="[2001:db8::1]:4711";proto=https, for=10.0.0.2', "2001:db8::/64"),
        (f'for="{FORGED}, for={VISITOR}', VISITOR),
        (f"for={FORGED};for={VISITOR}", PROXY),
        ("for=_hidden", PROXY),
        ("proto=https", PROXY),
    ],
)
def test_the_header_of_rfc_7239_says_the_same(line: str, found: str) -> None:
    assert origin_of(PROXY, line, FORWARDED, OURS) == found


@given(st.text(max_size=80), st.sampled_from([PLAIN, FORWARDED]))
def test_who_is_not_behind_a_proxy_says_nothing_of_himself(line: str, header: str) -> None:
    assert origin_of(VISITOR, line, header, OURS) == VISITOR
    assert origin_of(PROXY, line, header, ()) == PROXY


@given(st.integers(0, 2**64 - 1))
def test_all_addresses_of_one_ipv6_subscriber_count_as_one(host: int) -> None:
    """RFC 6177: whoever has a /64 writes from 2^64 addresses; the next subscriber has another one."""
    mine, other = (str(IPv6Address((prefix << 64) + host)) for prefix in (0x20010DB800000001, 0x20010DB800000002))
    assert origin_of(mine, "", PLAIN, OURS) == origin_of(PROXY, mine, PLAIN, OURS) == "2001:db8:0:1::/64"
    assert origin_of(other, "", PLAIN, OURS) == "2001:db8:0:2::/64"


def test_a_proxy_is_known_by_its_whole_address() -> None:
    proxies, line = (ip_network("2001:db8::1/128"),), VISITOR
    assert origin_of("2001:db8::1", line, PLAIN, proxies) == VISITOR
    assert origin_of("2001:db8::2", line, PLAIN, proxies) == "2001:db8::/64"


@given(st.text(max_size=80))
def test_what_is_written_further_left_changes_nothing(line: str) -> None:
    assert origin_of(PROXY, f"{line},{VISITOR}", PLAIN, OURS) == VISITOR
    assert origin_of(PROXY, f"{line},for={VISITOR}", FORWARDED, OURS) == VISITOR


@pytest.mark.parametrize(
    "part", [{"trusted_proxies": ["10.0.0.1/8"]}, {"trusted_proxies": "10.0.0.1"}, {"proxy_header": "x-real-ip"}, 7]
)
def test_a_setting_that_cannot_be_read_is_refused(part: object) -> None:
    with pytest.raises(FootproofError, match="E-ACCOUNT-PROXY"):
        proxies_of({"platform": part})


def fails(client: Client, seen: str) -> str:
    """Fail to sign in and return whose failure was noted."""
    form = {"email": "p-client@demo.example", "password": "wrong wrong wrong"}
    client.post("/accounts/sign-in", form, headers={"X-Forwarded-For": seen, "Forwarded": f"for={seen}"})
    return SignIn.objects.order_by("-pk")[0].address


def test_guessing_is_counted_by_the_address_behind_the_proxy(fresh_site: Site) -> None:
    """Spoofing: to guess on under ever new addresses, or to shut out somebody else's."""
    near, proxy = Client(REMOTE_ADDR=VISITOR), Client(REMOTE_ADDR=PROXY)
    assert fails(near, FORGED) == fails(near, "192.0.2.1"), "without the setting no header counts"
    assert fails(proxy, VISITOR) == fails(proxy, FORGED)
    path = fresh_site.shop.workspace.folder / CONFIGURATION
    path.write_text(path.read_text("utf-8") + '\n[platform]\ntrusted_proxies = ["10.0.0.0/8"]\n', "utf-8")
    configure(fresh_site.shop.workspace.folder)
    assert fails(proxy, VISITOR) != fails(proxy, FORGED)
    assert fails(proxy, f"{FORGED}, {VISITOR}") == fails(near, FORGED) == fails(proxy, VISITOR)


def test_a_subscriber_of_ipv6_does_not_guess_on_under_ever_new_addresses(fresh_site: Site) -> None:
    form = {"email": "p-client@demo.example", "password": "wrong wrong wrong"}
    for number in range(6):
        Client(REMOTE_ADDR=f"2001:db8:0:1::{number:x}").post("/accounts/sign-in", form)
    events = list(SignIn.objects.order_by("pk").values_list("event", flat=True))
    assert events == ["password.wrong"] * 5 + ["password.shut"]
    right = form | {"password": PASSWORD}
    assert Client(REMOTE_ADDR="2001:db8:0:1::ffff").post("/accounts/sign-in", right).status_code == 403
    assert Client(REMOTE_ADDR="2001:db8:0:2::1").post("/accounts/sign-in", right).status_code == 302
