"""The checkout as a stranger gets it: nothing of one machine in it, one version, commands that exist, a whole wheel."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import click
import pytest

import footproof
from footproof.cli.main import footproof as command_line

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

# Written in pieces, so that this file does not hold what it looks for.
FORBIDDEN = {
    "an address of a package index": re.compile(
        r"\b(?:py"
        + r"pi\.|files\.python"
        + r"hosted|registry\.npm"
        + r"js|deb\.deb"
        + r"ian\.|proxy\.go"
        + r"lang)|/sim"
        + r"ple/?[\"'\s]"
    ),
    "a path of one machine": re.compile(
        r"(?<![\w.])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me/\w+|Us" + r"ers/\w+)/|C:\\\\?Us" + r"ers"
    ),
    "a setting of one machine's pip": re.compile(
        r"^\s*--(?:extra-)?index" + r"-url|^\s*--find" + r"-links|^\s*--trusted" + r"-host", re.MULTILINE
    ),
    "a key": re.compile(r"-----BEGIN (?:EC |RSA |OPENSSH )?PRIVATE" + r" KEY-----"),
}


def _tracked() -> list[Path]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("needs git and a checkout, to know which files are the project's")
    answer = subprocess.run(
        [git, "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
    )
    paths = [ROOT / os.fsdecode(name) for name in answer.stdout.split(b"\0") if name]
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return None


def _fenced(markdown: str) -> list[str]:
    """Return the commands in the fenced blocks of a page, without prompts and comments."""
    lines: list[str] = []
    for block in re.findall(r"^```(?:console|sh|bash|shell)?\n(.*?)^```", markdown, re.MULTILINE | re.DOTALL):
        lines += [line.removeprefix("$ ").split("  #")[0].strip() for line in block.splitlines()]
    return [line for line in lines if line]


@pytest.mark.parametrize("what", sorted(FORBIDDEN))
def test_no_file_holds(what: str) -> None:
    found = []
    for path in _tracked():
        text = _text(path)
        match = FORBIDDEN[what].search(text) if text is not None else None
        if match is not None and text is not None:
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{path.relative_to(ROOT)}:{line}: {match[0]!r}")
    assert found == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("an address of a package index", "see https://py" + "pi.org/project/x"),
        ("an address of a package index", "index at https://mirror.example/sim" + "ple/ now"),
        ("a path of one machine", "read /wo" + "rk/data/a.csv"),
        ("a path of one machine", "read /ho" + "me/ann/a.csv"),
        ("a setting of one machine's pip", "x==1\n--find" + "-links /opt\n"),
    ],
)
def test_the_look_finds_what_it_looks_for(what: str, text: str) -> None:
    assert FORBIDDEN[what].search(text)


def test_no_tracked_file_is_large() -> None:
    large = [
        f"{path.relative_to(ROOT)}: {path.stat().st_size}" for path in _tracked() if path.stat().st_size > 2_000_000
    ]
    assert large == []


def test_the_version_stands_once() -> None:
    assert PROJECT["version"] == footproof.__version__
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    fragments = list((ROOT / "changelog.d").glob("*.md"))
    assert f"## {PROJECT['version']} " in changelog or fragments, "neither a changelog entry nor fragments for it"


def test_ci_runs_what_a_newcomer_runs() -> None:
    script = (ROOT / ".ci/run").read_text("utf-8")
    commands = [line for line in script.splitlines() if line and not line.startswith("#")]
    assert commands[-1] == "exec ./run-tests"
    for name in (".ci/run", "run-tests"):
        assert os.access(ROOT / name, os.X_OK), f"{name} is not executable"


def test_the_commands_of_the_readme_exist() -> None:
    calls = [call.split() for line in _fenced((ROOT / "README.md").read_text("utf-8")) for call in line.split(" && ")]
    assert ["./run-tests"] in calls, "README.md does not say what CI runs"
    for words in calls:
        if words[0].startswith("./"):
            assert os.access(ROOT / words[0], os.X_OK), words
        elif Path(words[0]).name == "footproof":
            _look_up(command_line, words[1:])


def _look_up(command: click.Command, words: list[str]) -> None:
    """Check that the command of a call exists and knows every option in it."""
    while isinstance(command, click.Group) and words:
        if words[0].startswith("-") and command.invoke_without_command:
            break
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, words
        command, words = found, words[1:]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert {word for word in words if word.startswith("-")} - known == set(), words


@pytest.mark.parametrize("script", ["run-tests"])
def test_the_script_is_plain_shell(script: str) -> None:
    first = (ROOT / script).read_text("utf-8").splitlines()[0]
    assert first == "#!/bin/sh"
    assert subprocess.run(["/bin/sh", "-n", ROOT / script], check=False).returncode == 0
    unknown = subprocess.run([ROOT / script, "--no-such"], capture_output=True, text=True, check=False, timeout=60)
    assert unknown.returncode == 2
    assert "--no-such" in unknown.stderr


@pytest.mark.parametrize("name", ["run", "test"])
def test_requirements_are_pinned_with_hashes(name: str) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
    assert "://" not in text
    entries = re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).strip())
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+==\S+ ", entry), entry[:60]
        assert "--hash=sha256:" in entry, entry[:60]
    pinned = {re.split("==", entry)[0].lower().replace("_", "-") for entry in entries}
    extras = PROJECT["optional-dependencies"]
    declared = PROJECT["dependencies"] + (extras["test"] + extras["docs"] if name == "test" else [])
    wanted = {re.split(r"[<>=!~ \[;]", requirement)[0].lower().replace("_", "-") for requirement in declared}
    assert wanted - pinned == set(), "renew the pins: docs/how-to/pinned-requirements.md"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the names in a wheel built from this checkout."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("needs hatchling to build a wheel without a network")
    folder = tmp_path_factory.mktemp("wheel")
    call: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        folder,
        ROOT,
    ]
    done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        return archive.namelist()


def test_the_wheel_holds_all_data(wheel: list[str]) -> None:
    names = set(wheel)
    assert len(names) == len(wheel), "a file stands twice"
    shipped = {
        "params": ROOT / "src/footproof/params",
        "rulebooks": ROOT / "src/footproof/rulebooks",
        "texts": ROOT / "src/footproof/texts",
        "page": ROOT / "src/footproof/page",
        "registry": ROOT / "src/footproof/registry",
        "label": ROOT / "src/footproof/label",
        "examples": ROOT / "examples",
    }
    for part, folder in shipped.items():
        files = [
            path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
        ]
        assert files, part
        assert {f"footproof/{part}/{path.as_posix()}" for path in files} - names == set(), part
    assert "footproof/py.typed" in names


def test_the_wheel_holds_nothing_else(wheel: list[str]) -> None:
    info = f"footproof-{PROJECT['version']}.dist-info/"
    strange = [name for name in wheel if not name.startswith(("footproof/", info)) or "__pycache__" in name]
    assert strange == []
    assert {f"{info}licenses/LICENSE", f"{info}licenses/NOTICE"} <= set(wheel)
