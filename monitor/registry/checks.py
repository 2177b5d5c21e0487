"""What single values must fulfil: credit codes, pollutant codes, boundaries, categories. Pure."""

from __future__ import annotations

import math
import re

import shapely
from shapely.errors import ShapelyError

from monitor import pollutants
from monitor.books import Wrong

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(pow(3, position, 31) for position in range(17))

_POLLUTANT = re.compile(r"[a-z]\d{5}[a-z0-9]{0,3}")
_OLD_POLLUTANT = re.compile(r"[A-Z]?\d{1,3}")
_CATEGORY = re.compile(r"第?([一二三四五六1-6])[类類]?")
_CHINESE_DIGITS = "一二三四五六"


def uscc_check_character(first: str) -> str:
    """The 18th character of a unified social credit code by its first 17 (GB 32100-2015, 4.2.5)."""
    total = sum(
        _USCC_ALPHABET.index(character) * weight
        for character, weight in zip(first, _USCC_WEIGHTS, strict=True)
    )
    return _USCC_ALPHABET[-total % 31]


def uscc(text: str) -> str:
    """A unified social credit code (统一社会信用代码) in capitals, its check character verified."""
    code = text.upper()
    if len(code) != 18:
        raise Wrong("uscc-length", value=code, length=len(code))
    for position, character in enumerate(code, 1):
        if character not in _USCC_ALPHABET:
            raise Wrong("uscc-character", value=code, position=position, character=character)
    expected = uscc_check_character(code[:17])
    if code[17] != expected:
        raise Wrong("uscc-check", value=code, found=code[17], expected=expected)
    return code


def pollutant(text: str) -> str:
    """A pollutant code of HJ 212-2017; one that is not listed must at least look like one."""
    code = text.lower()
    if pollutants.get(code) or _POLLUTANT.fullmatch(code):
        return code
    if known := _meant(text):
        raise Wrong("old-pollutant", value=text, code=f"{known.code} {known.name_zh}")
    raise Wrong("pollutant", value=text)


def _meant(text: str) -> pollutants.Pollutant | None:
    """The pollutant that a code of 2005 or a name stands for."""
    if _OLD_POLLUTANT.fullmatch(text.upper()):
        spellings = (text.upper(), text.zfill(2), text.zfill(3))  # a spreadsheet eats leading zeros
        return next(filter(None, map(pollutants.from_2005, spellings)), None)
    names = (text.casefold(), text.casefold().replace(" ", ""))
    for each in pollutants.POLLUTANTS.values():
        called = (each.name_zh.replace(" ", ""), each.name_2025 or "", each.name_en)
        if any(name and name.casefold() in names for name in called):
            return each
    return None


def boundary(text: str) -> str:
    """A boundary as WKT: a valid POLYGON or MULTIPOLYGON in degrees, longitude first."""
    try:
        shape = shapely.from_wkt(text)
    except ShapelyError as error:
        raise Wrong("boundary", detail=str(error)) from None
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        raise Wrong("boundary", detail=shape.geom_type)
    if shape.is_empty or not all(math.isfinite(bound) for bound in shape.bounds):
        raise Wrong("boundary", detail="empty")
    if not shape.is_valid:
        raise Wrong("boundary", detail=shapely.is_valid_reason(shape))
    west, south, east, north = shape.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise Wrong("boundary", detail=f"{west:g} {south:g} … {east:g} {north:g}")
    return text


def category(text: str) -> str:
    """A category of the positive list: 1–6 however written, or the bureau's own as it stands."""
    if found := _CATEGORY.fullmatch(text):
        digit = found[1]
        return str(_CHINESE_DIGITS.index(digit) + 1) if digit in _CHINESE_DIGITS else digit
    return text
