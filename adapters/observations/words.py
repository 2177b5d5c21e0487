"""What the problems of tables are called in Chinese, for the clerk who has to put a table right."""

from __future__ import annotations

from typing import Final

from adapters.observations.problems import PROBLEMS

ZH: Final[dict[str, str]] = {
    "empty-file": "文件为空",
    "wrong-format": "不是 CSV、xlsx 或 JSON（旧版 .xls 请另存为 .xlsx，UTF-16 请另存为 UTF-8）",
    "unreadable-workbook": "工作簿损坏或已加密",
    "too-large": "文件过大，请另存为 CSV",
    "not-json": "JSON 不完整，或不是对象列表",
    "no-header": "前 20 行内没有映射配置中的表头",
    "heading-twice": "表头重复",
    "unknown-unit": "表头中的单位无法换算",
    "unit-contradiction": "表头中的单位与映射配置不一致",
    "cell-count": "单元格数与表头不符",
    "undecodable-text": "编码错误",
    "not-csv": "引号不匹配或行过长",
    "not-an-object": "不是 JSON 对象",
    "missing-columns": "缺少映射配置中的字段",
    "missing-device": "缺少设备编码",
    "device-as-number": "设备编码被表格软件改成了数字，请将该列设为文本",
    "missing-time": "缺少时间",
    "bad-time": "时间格式不符",
    "implausible-time": "时间早于 2000 年或晚于当前",
    "unknown-period": "数据类型不在映射配置中",
    "unknown-pollutant": "因子不在映射配置或编码表中",
    "unconvertible-unit": "单位无法换算",
    "not-a-number": "不是数字",
    "unusable-flag": "标记不可用",
    "implausible-value": "数值超出可能范围，按空值接收",
    "not-computable": "折算值无法计算（标准约定值），按空值接收",
    "unaligned-data-time": "时间不在整点（整日），按所在时段接收",
}


def said(problem: str, language: str) -> str:
    """A problem in words."""
    return ZH.get(problem, problem) if language == "zh" else PROBLEMS.get(problem, problem)
