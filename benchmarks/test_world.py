"""How long a demonstration world takes to load, by part; its size is that of FOOTPROOF_WORLD, or 2,000."""

import os
from datetime import date
from pathlib import Path
from time import perf_counter

import pytest

from footproof.server.platform import configure, migrate
from footproof.server.workspace import create_workspace

UNTIL = date(2026, 11, 22)


@pytest.mark.slow
def test_load(tmp_path: Path) -> None:
    """Print seconds and certificates a second; 100,000 have to be there in five minutes."""
    count = int(os.environ.get("FOOTPROOF_WORLD", "2000"))
    workspace = create_workspace(tmp_path / "workspace", "https://w.footproof.example", "w.footproof.example/log")
    configure(workspace.folder)
    migrate()
    from footproof.server.world.load import load
    from footproof.server.world.plan import make_plan

    start = perf_counter()
    plan = make_plan(count, 1, UNTIL)
    planned = perf_counter() - start
    loaded = load(workspace, plan, lambda *_: None)
    whole = perf_counter() - start
    parts = ", ".join(f"{name} {spent:.1f} s" for name, spent in loaded.seconds.items())
    print(f"\n{count} certificates, {loaded.events} events, {loaded.leaves} leaves in {whole:.1f} s")
    print(f"plan {planned:.1f} s, {parts}")
    assert loaded.certificates == count
    if count >= 100_000:
        assert whole < 300
