"""Elements of XML: made in place, with text that XML can hold, and numbers as short as they are exact."""

from __future__ import annotations

from xml.etree import ElementTree

Element = ElementTree.Element


def add_real(parent: Element, name: str, unit: str, value: float) -> None:
    add(parent, name, unit=unit, value=number(value))


def add(parent: Element, tag: str, /, **attributes: str) -> Element:
    return ElementTree.SubElement(parent, tag, {key: legal(value) for key, value in attributes.items()})


def legal(text: str) -> str:
    """The text without what XML does not hold: control characters and halves of pairs, which file names may have."""
    return "".join(sign for sign in text if sign in "\t\n" or (sign >= " " and not "\ud800" <= sign <= "\udfff"))


def number(value: float) -> str:
    return f"{value:.9g}"


def xml_bytes(element: Element) -> bytes:
    return bytes(ElementTree.tostring(element, encoding="UTF-8", xml_declaration=True))
