"""How long `footproof demo --world` takes on both stores; its size is that of FOOTPROOF_WORLD, or 2,000."""

import json
import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest

from store.postgresql import WITHOUT, ask, programs, running

UNTIL = "2026-11-22"
LIMIT = 300  # [s] for 100,000 certificates


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_the_whole_command(store: str, tmp_path: Path) -> None:
    """Print the seconds of the command from its start to its end, and of its parts; 100,000 take 300 s at most."""
    count = int(os.environ.get("FOOTPROOF_WORLD", "2000"))
    if store == "sqlite":
        _measure(count, tmp_path, {})
        return
    if programs() is None:
        pytest.skip(WITHOUT)
    with running(durable=True) as address:
        ask(address, "CREATE DATABASE world")
        _measure(count, tmp_path, {"FOOTPROOF_DATABASE": address.format(name="world")})


def _measure(count: int, folder: Path, settings: dict[str, str]) -> None:
    words = [
        "demo",
        "--dir",
        str(folder / "world"),
        "--world",
        "--certificates",
        str(count),
        "--until",
        UNTIL,
        "--json",
    ]
    others = {name: value for name, value in os.environ.items() if name != "FOOTPROOF_DATABASE"}
    start = perf_counter()
    ran = subprocess.run(
        [sys.executable, "-m", "footproof", *words],
        env=others | settings,
        stdout=subprocess.PIPE,
        check=True,
    )
    whole = perf_counter() - start
    made = json.loads(ran.stdout)
    parts = ", ".join(f"{name} {spent} s" for name, spent in made["seconds"].items())
    print(f"\n{made['certificates']} certificates, {made['events']} events, {made['leaves']} leaves in {whole:.1f} s")
    print(f"{parts}; {made['packages']} packages sealed and recomputed meanwhile")
    assert (made["certificates"], made["packages_wrong"]) == (count, 0)
    if count >= 100_000:
        assert whole < LIMIT
