"""The alerts in an XML text, as nested mappings of local names. Pure.

Five namespaces are met, and none: only local names count. Each `EventNotificationAlert` is read for
itself, whatever stands around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from adapters.video.tidy import DEEPEST, MOST_ITEMS, Unreadable, clean

_OPENING = re.compile(r"<(?:[\w.-]{1,40}:)?EventNotificationAlert[\s>]")
_CLOSING = re.compile(r"</(?:[\w.-]{1,40}:)?EventNotificationAlert\s{0,20}>")
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));")


def alerts(text: str, problems: dict[str, None]) -> Iterator[Any]:
    """Each alert of a text; what is wrong with one does not touch the others."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Unreadable("doctype")
    at = 0
    for closing in _CLOSING.finditer(text):
        opening = _OPENING.search(text, at, closing.start())
        at = closing.end()
        if opening is not None:
            try:
                yield _parse(text[opening.start() : at], problems)
            except Unreadable as unreadable:
                problems[str(unreadable)] = None
    if _OPENING.search(text, at):
        problems["alert-cut-short"] = None


def _parse(text: str, problems: dict[str, None]) -> Any:
    tree = _Tree()
    parser = DefusedXMLParser(target=tree, forbid_dtd=True)
    try:
        parser.feed(_mended(text, problems))
        parser.close()
    except (ParseError, DefusedXmlException, ValueError):
        raise Unreadable("not-xml") from None
    return tree.root


def _mended(text: str, problems: dict[str, None]) -> str:
    """The text as its writer meant it: bare ampersands, characters that XML has not."""
    found = _AMPERSAND.sub("&amp;", clean(text, problems))
    if "&" in text and found.count("&amp;") != text.count("&amp;"):
        problems["bare-ampersand"] = None

    def refer(reference: re.Match[str]) -> str:
        code = int(reference[1], 16) if reference[1] else int(reference[2])
        return clean(chr(code), problems) if code < 0x20 or code > 0xD7FF else reference[0]

    return _REFERENCE.sub(refer, found) if "&#" in found else found


class _Tree:
    """Builds the mapping while the parser reads; raises Unreadable for what is too large."""

    def __init__(self) -> None:
        self.root: Any = {}
        self._open: list[tuple[dict[str, Any], list[str]]] = []
        self._elements = 0

    def start(self, _tag: str, _attributes: dict[str, str]) -> None:
        """An element begins."""
        self._elements += 1
        if self._elements > MOST_ITEMS:
            raise Unreadable("too-many-items")
        if len(self._open) >= DEEPEST:
            raise Unreadable("too-nested")
        self._open.append(({}, []))

    def data(self, text: str) -> None:
        """Some text of the element at hand."""
        self._open[-1][1].append(text)

    def end(self, tag: str) -> None:
        """An element ends: it is its members, or its text if it has none."""
        members, texts = self._open.pop()
        value = members or "".join(texts).strip()
        if not self._open:
            self.root = value
            return
        _add(self._open[-1][0], tag.rpartition("}")[2], value)

    def close(self) -> None:
        """The text has ended."""


def _add(members: dict[str, Any], name: str, value: Any) -> None:
    """What stands several times in an element is a list."""
    if name not in members:
        members[name] = value
    elif isinstance(members[name], list):
        members[name].append(value)
    else:
        members[name] = [members[name], value]
