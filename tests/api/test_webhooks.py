"""Webhooks: what is told, to whom, signed how, tried how often; and where messages never go."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from api.stores import on_both_stores
from api.worlds import Site
from footproof.certify.register import EndEngagement, EndRole
from footproof.errors import FootproofError
from footproof.server.accounts import clock
from footproof.server.accounts.charge import lock, unlock
from footproof.server.accounts.models import Account
from footproof.server.api import webhooks
from footproof.server.api.errands import factors
from footproof.server.api.models import Delivery, Webhook
from footproof.server.fetch import post
from store.worlds import CLIENT, REGISTRAR

URL = "https://hooks.footproof.example/in"
Sent = list[tuple[str, bytes, Mapping[str, str]]]


class Receiver:
    """Stands in for the network."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.got: Sent = []

    def __call__(self, url: str, data: bytes, headers: Mapping[str, str], *, seconds: float) -> int:
        self.got.append((url, data, headers))
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:
            raise FootproofError("E-FETCH-CONNECT", url=url, reason="x")
        return status


def subscribed(site: Site, *kinds: str) -> tuple[str, bytes]:
    made = site.post("/webhooks", {"url": URL, "kinds": list(kinds)}, "p-client").json()
    return made["id"], base64.b64decode(made["secret"].removeprefix("whsec_"))


def certified(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.shop.ready("case-1")
    site.shop.grant("case-1", "DEMO-2026-000001", clock.now())


@on_both_stores
def test_a_new_certificate_is_told_and_the_message_is_signed(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    _, key = subscribed(fresh_site, "certificate.issued")
    certified(fresh_site, monkeypatch)
    webhooks.enqueue_events()
    receiver = Receiver()
    assert webhooks.deliver(receiver) == 1
    ((url, body, headers),) = receiver.got
    message = json.loads(body)
    assert (url, message["type"], message["data"]["record"]) == (URL, "certificate.issued", "DEMO-2026-000001")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert webhooks.enqueue_events() == 0
    assert webhooks.deliver(receiver) == 0, "each is told once"


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """Vector of the reference implementation (standard-webhooks, tests of its libraries)."""
    from datetime import UTC, datetime

    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    found = webhooks.sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_not_taken_is_tried_again_with_growing_pauses(
    fresh_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, _ = subscribed(fresh_site, "certificate.issued")
    fresh_site.post(f"/webhooks/{name}/trial", {}, "p-client")
    receiver = Receiver(500, 0, 302, *([500] * 20))
    at = clock.now()
    tries = []
    for minute in range(0, 60 * 48, 7):
        monkeypatch.setattr(clock, "now", lambda minute=minute: at + timedelta(minutes=minute))
        webhooks.deliver(receiver)
        tries.append(len(receiver.got))
    assert tries[-1] == len(webhooks.PAUSES)
    row = Delivery.objects.get()
    assert (row.due, row.delivered, row.problem) == (None, None, "status 500")
    assert Webhook.objects.get().failures == len(webhooks.PAUSES)
    listed = fresh_site.get(f"/webhooks/{name}/deliveries", "p-client").json()["items"]
    assert listed[0]["tries"] == len(webhooks.PAUSES)


@on_both_stores
def test_a_receiver_that_fails_is_switched_off_and_never_on_again(
    fresh_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failures of many messages count one by one, however many rows a round has read before."""
    monkeypatch.setattr(webhooks, "GIVE_UP_AFTER", 5)
    name, _ = subscribed(fresh_site, "certificate.issued")
    hook = Webhook.objects.get()
    for _ in range(10):
        webhooks.enqueue_trial(hook)
    receiver, at = Receiver(*([500] * 50)), clock.now()
    for minute in range(3):
        monkeypatch.setattr(clock, "now", lambda minute=minute: at + timedelta(minutes=minute))
        webhooks.deliver(receiver)
        assert len(receiver.got) == minute + 1, "one that fails is left alone for the round"
    stale = Webhook.objects.get()
    Webhook.objects.update(failures=4)
    first = Delivery.objects.filter(due__lte=clock.now()).first()
    assert first is not None
    webhooks._deliver(stale, first, clock.now(), receiver)
    found = Webhook.objects.get()
    assert (found.failures, found.active) == (5, False)
    webhooks._settle(stale, first, clock.now(), "status 500")
    assert not Webhook.objects.get().active, "what was read before switches nothing on"
    sent = len(receiver.got)
    assert not webhooks._deliver(stale, first, clock.now(), receiver)
    assert webhooks.deliver(receiver) == 0
    assert len(receiver.got) == sent
    assert fresh_site.get("/webhooks", "p-client").json()["items"][0]["id"] == name


def test_everybody_has_a_turn(fresh_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MOST_A_ROUND", 2)
    names = [subscribed(fresh_site, "certificate.issued")[0] for _ in range(2)]
    busy, quiet = (Webhook.objects.get(pk=name) for name in names)
    for hook in [busy] * 5 + [quiet]:
        webhooks.enqueue_trial(hook)
    assert [webhooks.deliver(Receiver()) for _ in range(4)] == [3, 2, 1, 0]
    monkeypatch.setattr(webhooks, "ROUND", -1.0)
    webhooks.enqueue_trial(quiet)
    assert webhooks.deliver(Receiver()) == 0, "a round that takes too long ends"


@on_both_stores
def test_messages_are_listed_as_they_were_made_and_forgotten_in_time(
    fresh_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, _ = subscribed(fresh_site, "certificate.issued")
    made = [fresh_site.post(f"/webhooks/{name}/trial", {}, "p-client").json()["id"] for _ in range(5)]
    listed = [one["id"] for one in fresh_site.get(f"/webhooks/{name}/deliveries", "p-client").json()["items"]]
    assert listed == made[::-1]
    webhooks.deliver(Receiver(200, 200, 500))
    at = clock.now()
    webhooks.sweep(at)
    assert Delivery.objects.count() == 5
    webhooks.sweep(at + webhooks.KEPT + timedelta(minutes=1))
    assert sorted(Delivery.objects.values_list("pk", flat=True)) == made[2:], "what still waits is kept"


@on_both_stores
def test_new_values_of_factors_are_told(fresh_site: Site) -> None:
    subscribed(fresh_site, "factor.published")
    known = dict(factors())
    assert len(known) > 50
    name, (_, facts) = known.popitem()
    assert webhooks.enqueue_factors(known) == 0, "the first time nothing is new"
    known[name] = ("sha256:new", facts)
    assert webhooks.enqueue_factors(known) == 1
    assert webhooks.enqueue_factors(known) == 0
    receiver = Receiver()
    webhooks.deliver(receiver)
    assert json.loads(receiver.got[0][1])["data"]["parameter"] == facts["parameter"]


@pytest.mark.parametrize(
    "url",
    ["http://hooks.footproof.example/", "https://127.0.0.1/", "https://[::1]/", "https://localhost/", "file:///etc/passwd",
     "https://a:b@hooks.footproof.example/", "https://hooks.footproof.example:22/", "https://HOOKS.footproof.example/",
     "https://2130706433/", "gopher://x.example/", "https://x.example/\r\nX: y"],
)  # fmt: skip
def test_messages_never_go_to_addresses_of_the_inside(site: Site, url: str) -> None:
    """SSRF, by the form of the address; names that lead inside are refused when they are resolved (below)."""
    answer = site.post("/webhooks", {"url": url, "kinds": ["certificate.issued"]}, "p-client")
    assert (answer.status_code, answer.json()["code"]) == (422, "E-FETCH-URL")


def test_a_name_that_leads_inside_is_refused_when_it_is_sent_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.0.0.1", 443))])
    with pytest.raises(FootproofError, match="E-FETCH-ADDRESS"):
        post(URL, b"{}", {}, seconds=2)


def test_a_kind_that_does_not_exist_is_refused(site: Site) -> None:
    for kind in ("review.completed", "person.registered", "*", "x"):
        answer = site.post("/webhooks", {"url": URL, "kinds": [kind]}, "p-client")
        assert answer.json()["code"] == "E-API-KINDS", "what is not public is told to nobody"


def test_the_receivers_of_others_are_not_to_be_seen(fresh_site: Site) -> None:
    name, _ = subscribed(fresh_site, "certificate.issued")
    assert fresh_site.get("/webhooks", "p-rival-client").json()["items"] == []
    assert fresh_site.get(f"/webhooks/{name}/deliveries", "p-rival-client").status_code == 404
    assert fresh_site.call("DELETE", f"/webhooks/{name}", "p-rival-client").status_code == 404
    assert fresh_site.call("DELETE", f"/webhooks/{name}", "p-client").status_code == 204


def test_a_message_arrives_at_a_receiver_on_this_machine(fresh_site: Site) -> None:
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    name, _ = subscribed(fresh_site, "certificate.issued")
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_port
        Webhook.objects.filter(pk=name).update(url=f"http://127.0.0.1:{port}/in?x=1")
        webhooks.enqueue_trial(Webhook.objects.get(pk=name))
        assert webhooks.deliver(partial(post, allow_private=True, ports=(port,))) == 1
        server.shutdown()
    ((headers, body),) = got
    assert json.loads(body)["type"] == "webhook.trial"
    assert headers["Content-Type"] == "application/json"


@on_both_stores
@pytest.mark.parametrize("way", ["locked", "left", "role ended"])
def test_who_may_not_subscribe_any_more_is_told_nothing_more(fresh_site: Site, way: str) -> None:
    site = fresh_site
    site.shop.ready("case-1")
    name, _ = subscribed(site, "certificate.issued")
    site.post(f"/webhooks/{name}/trial", {}, "p-client")
    other = site.post("/webhooks", {"url": URL, "kinds": ["certificate.issued"]}, "p-manager").json()["id"]
    if way == "locked":
        lock(Account.objects.get(pk="p-client"))
    else:
        end = EndEngagement("p-client", CLIENT) if way == "left" else EndRole("p-client", CLIENT, "representative")
        site.shop.journal.carry_out(end, REGISTRAR, clock.now())
    site.shop.grant("case-1", "DEMO-2026-000001", clock.now())
    receiver = Receiver()
    webhooks.enqueue_events()
    webhooks.enqueue_factors({})
    assert webhooks.deliver(receiver) == 1
    assert Webhook.objects.get(pk=other).active
    assert [one.webhook.pk for one in Delivery.objects.exclude(delivered=None)] == [other]
    row = Delivery.objects.get(webhook=name)
    assert (row.due, row.problem) == (None, "E-API-ROLE")
    unlock(Account.objects.get(pk="p-client"))
    assert not Webhook.objects.get(pk=name).active, "as tokens, receivers are made anew"
    webhooks.enqueue_trial(Webhook.objects.get(pk=name))
    assert webhooks.deliver(receiver) == 0


def test_a_lock_holds_between_two_rounds(fresh_site: Site) -> None:
    name, _ = subscribed(fresh_site, "certificate.issued")
    hook = Webhook.objects.get(pk=name)
    message, receiver = webhooks.enqueue_trial(hook), Receiver()
    lock(Account.objects.get(pk="p-client"))
    assert not webhooks._deliver(hook, message, clock.now(), receiver)
    assert receiver.got == []
