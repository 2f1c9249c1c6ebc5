"""The directive `error-catalogue`: every error code with its wording in both languages.

It reads the records that the program itself speaks from (`errors*.toml` and `page.toml` in `src/footproof/texts/`), so
that the page cannot differ from the program. A code is a heading, and so has an address: `errors.html#e-unit-mismatch`.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

TEXTS = Path(__file__).resolve().parents[2] / "src/footproof/texts"
LABELS = {("en", "message"): "", ("en", "try"): "Try: ", ("zh", "message"): "", ("zh", "try"): "办法："}


class ErrorCatalogue(SphinxDirective):
    """Write one section for each code, in the order of the alphabet."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        records: dict[str, Mapping[str, Mapping[str, str]]] = {}
        for file in sorted(TEXTS.glob("errors*.toml")):
            self.env.note_dependency(str(file))
            records |= tomllib.loads(file.read_text("utf-8"))
        for code, text in _of_the_page(self).items():
            records.setdefault(code, {"message": text})
        return [_section(code, records[code]) for code in sorted(records)]


def _of_the_page(directive: SphinxDirective) -> Mapping[str, Mapping[str, str]]:
    """Return the codes that only the scan page has; it says what to do in the same sentence."""
    file = TEXTS / "page.toml"
    if not file.exists():
        return {}
    directive.env.note_dependency(str(file))
    codes: Mapping[str, Mapping[str, str]] = tomllib.loads(file.read_text("utf-8")).get("js", {}).get("code", {})
    return codes


def _section(code: str, record: Mapping[str, Mapping[str, str]]) -> nodes.section:
    section = nodes.section(ids=[code.lower()], names=[code.lower()])
    section += nodes.title(code, code)
    for language in ("en", "zh"):
        block = nodes.line_block()
        for part in ("message", "try"):
            if part not in record:
                continue
            text = LABELS[language, part] + re.sub(r"\{(\w+):certify\+?\}", r"{\1}", record[part][language])
            block += nodes.line(text, text)
        section += block
    return section


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("error-catalogue", ErrorCatalogue)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
