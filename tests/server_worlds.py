"""Workspaces for the tests of status, batches and publication."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from footproof.model.bilingual import Bilingual
from footproof.model.certificate import Certificate
from footproof.server.certify import Issued, issue
from footproof.server.workspace import Workspace
from tamper.world import sealed, seeded_workspace

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
REASON = Bilingual("示例：数据待核实", "demonstration: data under review")
NUMBER = "DEMO-2026-000001"


def workspace_with_one(folder: Path, base: str = "https://w.footproof.example") -> tuple[Workspace, Issued]:
    """Return a workspace with keys from a fixed seed and one certificate, not yet published."""
    workspace = seeded_workspace(folder, base, "w.footproof.example/log", "w")
    return workspace, issue(workspace, sealed(), AT)


def more_like(workspace: Workspace, one: Certificate, count: int, first: int = 1) -> list[Certificate]:
    """Return certificates that differ in their number only, not yet issued."""
    names = [f"DEMO-2027-{first + number:06d}" for number in range(count)]
    return [replace(one, number=name, id=f"{workspace.base}/c/{name}/", status=None) for name in names]
