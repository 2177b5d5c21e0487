"""Forms (multipart/…) that bring the JSON and its pictures in parts. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from adapters.hj212 import text

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST = 64
"""Parts of a form."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a form, with the names that its sender gave it."""

    name: str
    filename: str
    data: bytes

    @property
    def is_json(self) -> bool:
        """Whether it begins as an object or a list does: names and types of parts often lie."""
        return self.data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def boundary(content_type: str) -> bytes | None:
    """What stands between the parts; None where the body is no form."""
    kind, options = parse_options_header(content_type.encode("latin-1", "replace"))
    return options.get(b"boundary") or None if kind.startswith(b"multipart/") else None


def split(body: bytes, between: bytes) -> tuple[list[Part], tuple[str, ...]]:
    """The parts of a form as far as it can be followed, and what is wrong with it."""
    form = _Form()
    try:
        MultipartParser(between, form.callbacks()).write(body)
    except _TooMany:
        return form.parts, ("too-many-parts",)
    except FormParserError:
        form.whole = False
    return form.parts, () if form.whole else ("damaged-form",)


class _TooMany(Exception):
    """The form has more parts than are followed."""


@dataclass
class _Form:
    """Follows the parser."""

    parts: list[Part] = field(default_factory=list)
    whole: bool = False
    _header: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _data: bytearray = field(default_factory=bytearray)
    _options: dict[bytes, bytes] = field(default_factory=dict)

    def callbacks(self) -> MultipartCallbacks:
        """What the parser is to call."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._name_header,
            "on_header_value": self._add_header,
            "on_header_end": self._end_header,
            "on_part_data": self._add,
            "on_part_end": self._end,
            "on_end": self._end_all,
        }

    def _begin(self) -> None:
        if len(self.parts) >= MOST:
            raise _TooMany
        self._options, self._data = {}, bytearray()

    def _name_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _add_header(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, self._options = parse_options_header(bytes(self._value))
        self._header, self._value = bytearray(), bytearray()

    def _add(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def _end(self) -> None:
        name, filename = (text.decode(self._options.get(k, b""))[0] for k in (b"name", b"filename"))
        self.parts.append(Part(name, filename, bytes(self._data)))
        self._data = bytearray()

    def _end_all(self) -> None:
        self.whole = True
