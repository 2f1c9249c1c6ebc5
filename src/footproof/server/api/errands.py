"""What the server does between requests: tells webhooks, looks for new values of factors, forgets what is over.

What could not be published is tried again as well.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from threading import Thread
from typing import Any

from django.db import close_old_connections

from footproof.canonical import record_digest
from footproof.rules.parameters import shipped
from footproof.server.accounts import clock, sessions, throttle
from footproof.server.accounts.here import journal
from footproof.server.api import answers, keeping, webhooks
from footproof.server.store.publication import RETRY, left_since, publish_left

PAUSE = 5.0
"""Between two rounds. [s]"""

_log = logging.getLogger("footproof.api")


def factors() -> Mapping[str, tuple[str, Any]]:
    """Return digest and facts of every published edition of a parameter, by parameter, data year and publication."""
    book = shipped()
    found = {}
    for parameter in (book[key] for key in book):
        for one in parameter.editions:
            facts = {"parameter": parameter.id, "unit": parameter.unit, **_plain(one)}
            name = f"{parameter.id} {one.data_year or ''} {one.published.isoformat()}"
            found[name] = record_digest(facts), facts
    return found


def _plain(value: Any) -> Any:
    """Return an edition as JSON has it; figures and days as texts."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return value if value is None or isinstance(value, int) else str(value)


def run_once() -> None:
    """Do a round of everything."""
    while webhooks.enqueue_events() == webhooks.BATCH:
        pass
    webhooks.deliver()
    at = clock.now()
    throttle.sweep(at)
    sessions.sweep()
    answers.sweep()
    webhooks.sweep(at)
    keeping.note_named()
    store = journal()
    since = left_since(store.workspace)
    if since is not None and since + RETRY <= at:
        publish_left(store, at)


def keep_running() -> Thread:
    """Do rounds as long as the process runs; one that fails is told in the log and tried again."""

    def work() -> None:
        _round(lambda: webhooks.enqueue_factors(factors()))
        while True:
            _round(run_once)
            time.sleep(PAUSE)

    thread = Thread(target=work, daemon=True, name="errands")
    thread.start()
    return thread


def _round(errand: Callable[[], object]) -> None:
    try:
        errand()
    except Exception:  # whatever it is, the next round may go better
        _log.exception("errands")
    finally:
        close_old_connections()
