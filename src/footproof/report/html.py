"""A report as one HTML page that needs nothing else: pictures inside, styles for screen and A4 paper, no script."""

from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from footproof.report.blocks import Block, Heading, Report
from footproof.report.pictures import Picture

_TAGS = {"zh": "zh-Hans", "en": "en"}


def render_html(report: Report) -> bytes:
    """Return the page; the same report gives the same bytes."""
    page = _environment().get_template("report.html")
    headings = [block for block in report.blocks if isinstance(block, Heading) and block.level == 1]
    text = page.render(report=report, tag=_TAGS[report.lang], style=_style(report), headings=headings)
    return (text.rstrip("\n") + "\n").encode("utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("footproof.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["kind"] = _kind
    environment.filters["svg"] = _svg
    return environment


def _kind(block: Block) -> str:
    return type(block).__name__.lower()


def _svg(picture: Picture) -> Markup:
    return Markup(picture.svg)  # noqa: S704  # made by our own functions, which escape what they are given


def _style(report: Report) -> Markup:
    source = (resources.files("footproof.report") / "templates" / "report.css").read_text("utf-8")
    header, footer = (_quoted(text) for text in (report.header, report.footer))
    before, _, after = report.page.partition("{page}")
    between, _, end = after.partition("{pages}")
    number = f"{_quoted(before)} counter(page) {_quoted(between)} counter(pages) {_quoted(end)}"
    filled = source.replace("HEADER", header).replace("FOOTER", footer).replace("NUMBER", number)
    return Markup(filled)  # noqa: S704  # quoted for CSS


def _quoted(text: str) -> str:
    """Return a CSS string that nothing inside can end, nor the style element."""
    plain = "".join(c if c.isalnum() or c in " ·@.:-–()[]" else f"\\{ord(c):x} " for c in text)
    return f'"{plain}"'
