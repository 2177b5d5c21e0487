"""The words for what a column may hold: each value's English word, its Chinese one, and synonyms."""

from __future__ import annotations

from monitor.observation import Period
from monitor.register import Basis, Medium
from monitor.registry.cells import Choice

PERIODS = Choice(
    {
        Period.REALTIME: ("realtime", "实时", "实时值", "瞬时", "瞬时值"),
        Period.MINUTE: ("minute", "分钟", "分钟均值", "分钟值", "min"),
        Period.HOUR: ("hour", "小时", "小时均值", "小时值", "时均值", "时", "hourly"),
        Period.DAY: ("day", "日", "日均值", "日值", "天", "daily"),
        Period.MONTH: ("month", "月", "月均值", "月值", "monthly"),
    }
)
BASES = Choice(
    {
        Basis.MEASURED: ("measured", "实测", "实测值", "实测浓度"),
        Basis.CONVERTED: ("converted", "折算", "折算值", "折算浓度"),
    }
)
MEDIA = Choice(
    {
        Medium.AIR: ("air", "气", "废气", "大气", "gas"),
        Medium.WATER: ("water", "水", "废水", "污水", "wastewater"),
    }
)
FACILITIES = Choice(
    {
        "production": ("production", "生产", "生产设施", "产污", "产污设施"),
        "treatment": ("treatment", "治理", "治理设施", "治污", "治污设施", "污染治理设施"),
    }
)
YES_NO = Choice(
    {
        True: ("yes", "是", "y", "true", "1", "有", "√", "✓"),
        False: ("no", "否", "n", "false", "0", "无", "×", "✗", "不是"),
    }
)
