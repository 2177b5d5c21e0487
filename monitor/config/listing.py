"""The table `[positive_list]`: categories, conditions of inclusion, bars on coming back."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from monitor.config.sections import Section
from monitor.positive import SHIPPED, Condition, Treatment

_SHIPPED = frozenset(each.code for each in SHIPPED)
Text = Annotated[str, Field(min_length=1, max_length=500)]


class ListCategory(Section):
    """A category of the province's or the bureau's own, or what is otherwise about one of the six."""

    code: Annotated[str, Field(min_length=1, max_length=20)]
    """As the register has it; `1` to `6` are those of the notices."""
    zh: Text | None = None
    """Its Chinese name."""
    en: Text | None = None
    """Its English name."""
    treatment: Treatment | None = None
    """When drawn (双随机): `exempt`, `general` or `regular`."""
    ground: Text | None = None
    """The document that says so."""
    conditions: tuple[Condition, ...] | None = None
    """What an enterprise must fulfil to be listed in it."""

    @model_validator(mode="after")
    def _whole(self) -> ListCategory:
        needed = {"zh": self.zh, "en": self.en, "treatment": self.treatment, "ground": self.ground}
        lacking = [name for name, value in needed.items() if value is None]
        if self.code not in _SHIPPED and lacking:
            raise ValueError(f"a category of one's own needs {', '.join(lacking)} too")
        if self.treatment is not None and self.ground is None:
            raise ValueError("a treatment needs its ground: the document that says so")
        return self


class PositiveList(Section):
    """The positive list (正面清单)."""

    categories: tuple[ListCategory, ...] = ()
    """Categories besides the six of the notices, and what is otherwise about these."""
    reporting_days: int = Field(3, ge=1, le=31)
    """Condition `networked`: an outlet reported within so many days."""
    violation_months: int = Field(12, ge=1, le=120)
    """Conditions `violations`, `stop_orders`: no confirmed one within so many months."""
    case_months: int = Field(12, ge=1, le=120)
    """Condition `cases`: no case (立案) within so many months."""
    check_months: int = Field(12, ge=1, le=120)
    """Condition `checked`: a verification without a finding within so many months."""
    within_limits_days: int = Field(90, ge=1, le=1096)
    """Condition `within_limits`: no exceedance within so many days."""
    barred_industries: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = ()
    """Condition `industry`: words; who is of an industry that contains one is not listed."""
    bars: dict[
        Annotated[str, Field(min_length=1, max_length=100)], Annotated[int, Field(ge=1, le=600)]
    ] = Field(default_factory=dict)
    """Months that an enterprise may not come back, by the kind of what it was removed for."""
    expiring_days: int = Field(30, ge=0, le=366)
    """The monthly review names listings that run out within so many days after the month."""

    @model_validator(mode="after")
    def _once(self) -> PositiveList:
        codes = [each.code for each in self.categories]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError(f"categories: {', '.join(twice)} twice; keep one of each")
        return self
