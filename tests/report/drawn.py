"""Read the figures back out of a picture."""

from fractions import Fraction
from xml.etree import ElementTree as ET

from footproof.interpret.terms import figure
from footproof.report.pictures import Picture


def elements(picture: Picture) -> list[dict[str, str]]:
    """Return the attributes of every drawn figure; the picture must be well-formed."""
    return [dict(item.attrib) for item in ET.fromstring(picture.svg).iter() if "data-value" in item.attrib]


def values(picture: Picture, kind: str) -> list[Fraction]:
    return [figure(item["data-value"]) for item in elements(picture) if item["data-part"] == kind]


def words(picture: Picture) -> str:
    return "".join(ET.fromstring(picture.svg).itertext())
