"""The lock of an edition: the digest of each of its files, of its parent and of the whole, as they were sealed."""

from collections.abc import Mapping

from footproof.canonical import digest
from footproof.errors import FootproofError, Where
from footproof.formats.toml import Table, read_toml
from footproof.model.rulebook import Rulebook
from footproof.rules.reading import LOCK

SHOWN = 8  # Names of files that an error lists.


def lock_bytes(rule: Rulebook) -> bytes:
    """Return the lock of an edition: TOML, the same bytes for the same edition."""
    lines = [
        "# Written by `footproof rulebook seal`. An edition is never edited: a change is another edition.",
        f'edition = "{rule.name}"',
        f'digest  = "{rule.digest}"',
    ]
    if rule.parent:
        lines += [f'parent  = "{rule.parent}"', f'parent_digest = "{rule.parent_digest}"']
    lines += ["", "[files]", *(f'"{name}" = "{digest(rule.files[name])}"' for name in sorted(rule.files))]
    return ("\n".join(lines) + "\n").encode()


def check_lock(data: bytes, rule: Rulebook) -> None:
    """Refuse an edition that is not what was sealed.

    Args:
        data: The lock.
        rule: What was read.

    Raises:
        FootproofError: E-RULE-LOCK with what differs, E-TOML-*, E-KEY-*.
    """
    values, lines = read_toml(data, LOCK)
    table = Table(values, LOCK, lines)
    table.refuse_unknown(("edition", "digest", "parent", "parent_digest", "files"))
    files = table.table("files")
    sealed = {name: files.text(name) for name in files.values}
    differs = _different(sealed, {name: digest(content) for name, content in rule.files.items()})
    if rule.parent_digest != values.get("parent_digest", ""):
        differs.append(rule.parent or "parent")
    if table.text("edition") != rule.name:
        differs.append(table.text("edition"))
    if not differs and table.text("digest") != rule.digest:
        differs.append("digest")
    if differs:
        raise FootproofError("E-RULE-LOCK", Where(LOCK), edition=rule.name, differs=_listed(differs))


def _listed(names: list[str]) -> str:
    more = f" … ({len(names)})" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _different(sealed: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    return sorted(name for name in {*sealed, *found} if sealed.get(name) != found.get(name))
