"""`footproof demo --world`: a demonstration world of realistic size in a new workspace."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from footproof.cli.language import told
from footproof.cli.options import now, read_day
from footproof.cli.output import print_json
from footproof.server.workspace import create_workspace

ORIGIN = "footproof.demo/log"


@dataclass(frozen=True, slots=True)
class World:
    """What world is asked for.

    Args:
        certificates: How many.
        seed: From which all is drawn.
        until: Last day as text; None for today.
    """

    certificates: int
    seed: int
    until: str | None


def run_world(folder: Path, base: str, asked: World, *, as_json: bool) -> None:
    """Make a workspace, load the world and say what was made.

    Args:
        folder: Of the workspace; missing or empty.
        base: Address under which it will be served.
        asked: What world.
        as_json: Whether to print one JSON object.

    Raises:
        FootproofError: E-WORKSPACE-EXISTS; what database, log or signing refuse.
    """
    until = read_day(asked.until) if asked.until else now().date()  # a world's moments lie on days of UTC
    console = Console(stderr=as_json, highlight=False, soft_wrap=True)
    workspace = create_workspace(folder, base, ORIGIN)
    # Django takes its time to load, and most commands do without.
    from footproof.server.platform import prepare

    prepare(workspace.folder)
    from footproof.server.world.run import make_world

    def say(part: str, seconds: float) -> None:
        console.print(f"[green]✓[/green] {told(f'world.part.{part}', seconds=f'{seconds:.1f}')}")

    console.print(told("world.progress", certificates=asked.certificates))
    ran = make_world(workspace, asked.certificates, asked.seed, until, now(), say)
    loaded = ran.loaded
    if as_json:
        print_json(
            {
                "certificates": loaded.certificates,
                "events": loaded.events,
                "leaves": loaded.leaves,
                "packages": ran.packages,
                "packages_wrong": ran.wrong,
                "truth": str(ran.truth),
                "workspace": str(workspace.folder),
                "seconds": {name: f"{spent:.1f}" for name, spent in loaded.seconds.items()},
            }
        )
        return
    console.print(
        told(
            "world.done",
            certificates=loaded.certificates,
            events=loaded.events,
            leaves=loaded.leaves,
            truth=ran.truth,
        )
    )
