"""A random draw (双随机抽查): per drawn enterprise the treatment on that day, with its ground. Pure.

An exemption is from the inspection that the draw would lead to (环执法发〔2020〕1号), and from nothing
else: what complaints or off-site findings ask for is verified on site, listed or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from monitor.positive.categories import Categories, Treatment
from monitor.register import Register

MOST_DRAWN = 10_000
"""Enterprises in one draw."""

_GROUNDS = {
    "zh": {
        "unlisted": "当日不在正面清单内：按双随机一般规则抽查",
        "unknown": "企业档案（本令牌可见范围）中没有该企业：按双随机一般规则抽查，请核对信用代码",
        "category": "清单类别 {code} 未配置处理方式：按双随机一般规则抽查",
    },
    "en": {
        "unlisted": "not on the positive list that day: the usual rules of random draws",
        "unknown": "no such enterprise in the register (as far as this token reaches): the usual "
        "rules of random draws; compare the credit code",
        "category": "no treatment is configured for category {code}: the usual rules of random draws",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What the draw answers for one enterprise."""

    uscc: str
    treatment: Treatment
    category: str | None
    ground: str
    name: str | None = None
    district: str | None = None
    document: str | None = None
    """By which it is listed."""
    listing: int | None = None
    """The number of the span that it rests on."""


def draw(
    register: Register,
    categories: Categories,
    usccs: Sequence[str],
    on: date,
    reach: Sequence[str] = (),
    language: str = "zh",
) -> list[Drawn]:
    """The answers in the order asked; who is out of reach is answered like who is not registered."""
    return [_one(register, categories, uscc, on, reach, _GROUNDS[language]) for uscc in usccs]


def _one(
    register: Register,
    categories: Categories,
    uscc: str,
    on: date,
    reach: Sequence[str],
    grounds: dict[str, str],
) -> Drawn:
    owner = register.enterprise(uscc)
    if owner is None or (reach and owner.district not in reach):
        ground = grounds["unknown"]
        return Drawn(uscc=uscc, treatment=Treatment.REGULAR, category=None, ground=ground)
    listing = register.listing(uscc, on)
    category = categories.get(listing.category) if listing else None
    if listing is None:
        ground = grounds["unlisted"]
    elif category is None:
        ground = grounds["category"].format(code=listing.category)
    else:
        ground = category.ground
    return Drawn(
        uscc=uscc,
        treatment=category.treatment if category else Treatment.REGULAR,
        category=listing.category if listing else None,
        ground=ground,
        name=owner.name,
        district=owner.district,
        document=listing.document if listing else None,
        listing=listing.id if listing else None,
    )
