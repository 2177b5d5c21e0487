"""The categories of the positive list (清单类别), each with how a random draw treats it. Data.

The six are those of 环综合〔2020〕13号 as provincial plans carry them; their names here follow the sense
of the plans, not one plan's wording. How they are treated is 环执法发〔2020〕1号: the first five may be
exempted from the on-site inspection when drawn, the sixth is an ordinary object that is drawn less often.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from monitor.positive.conditions import Condition


class Treatment(StrEnum):
    """What becomes of an enterprise that a random draw (双随机) has chosen."""

    EXEMPT = "exempt"
    """可免于现场执法检查: the inspection may be left out."""
    GENERAL = "general"
    """一般监管对象: inspected as drawn; it is to be drawn less often."""
    REGULAR = "regular"
    """The rules of random draws as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A category: its code in the register, its names, its treatment and the ground of that."""

    code: str
    zh: str
    en: str
    treatment: Treatment
    ground: str
    conditions: tuple[Condition, ...]
    """What an enterprise must fulfil to be listed in it."""

    def name(self, language: str) -> str:
        """Its name in a language."""
        return self.zh if language == "zh" else self.en


_EXEMPT = "环执法发〔2020〕1号：清单前五类企业在清单有效期内被抽中的，可免于现场执法检查"
_GENERAL = "环执法发〔2020〕1号：清单第六类企业作为一般监管对象，降低抽查频次"

RECORD = (
    Condition.INDUSTRY,
    Condition.BAR,
    Condition.VIOLATIONS,
    Condition.CASES,
    Condition.STOP_ORDERS,
)
"""What is asked of every category but the first, and of a bureau's own unless it says otherwise."""
_CHECKED = (*RECORD, Condition.CHECKED)
_MONITORED = (*RECORD, Condition.NETWORKED, Condition.WITHIN_LIMITS, Condition.CREDIT)

SHIPPED: tuple[Category, ...] = tuple(
    Category(
        code=str(number),
        zh=zh,
        en=en,
        treatment=Treatment.GENERAL if number == 6 else Treatment.EXEMPT,
        ground=_GENERAL if number == 6 else _EXEMPT,
        conditions=conditions,
    )
    for number, (zh, en, conditions) in enumerate(
        (
            (
                "疫情防控急需物资生产供应企业",
                "makers and suppliers of what epidemic control urgently needs",
                (Condition.RECOGNITION, Condition.BAR),
            ),
            ("民生保障重点行业企业", "key livelihood-security industries", RECORD),
            (
                "污染小、吸纳就业能力强的行业企业",
                "low-pollution industries that employ many",
                RECORD,
            ),
            ("重大工程建设项目", "major construction projects", _CHECKED),
            ("重点领域企业", "enterprises of key fields", _CHECKED),
            (
                "其他安装在线监测并联网的企业",
                "other enterprises with networked online monitoring",
                _MONITORED,
            ),
        ),
        1,
    )
)
"""The six categories of the notices."""


@dataclass(frozen=True)
class Categories:
    """The categories that a bureau uses, by code."""

    by_code: Mapping[str, Category] = field(
        default_factory=lambda: {each.code: each for each in SHIPPED}
    )

    @classmethod
    def of(cls, own: Iterable[Category]) -> Categories:
        """The shipped ones, and over them a bureau's own."""
        return cls({each.code: each for each in (*SHIPPED, *own)})

    def get(self, code: str) -> Category | None:
        """The category of a code."""
        return self.by_code.get(code)
