"""The words of the page and the chart: Chinese always, as it is for a court. Pure."""

from __future__ import annotations

from monitor import pollutants

RULES = {
    "exceedance": "超过排放标准（许可排放限值）",
    "forecast-exceedance": "超标趋势预测",
    "missing-data": "数据缺失",
    "constant-value": "数据恒值",
    "low-variance": "数据波动异常偏小",
    "zero-value": "数据长期为零",
    "negative-value": "数据为负值",
    "over-range": "数据超量程",
    "step-change": "数据突变",
    "limit-hugging": "数据贴近限值",
    "near-detection-limit": "数据接近检出限",
    "repeated-day": "日数据重复",
    "day-night": "昼夜数据异常",
    "oxygen-decoupling": "含氧量与浓度脱钩",
    "stop-not-stopped": "标记停运而未停运",
    "cross-channel": "通道间数据异常一致",
    "calibration-after-exceedance": "超标后校准",
    "average-mismatch": "均值与明细不符",
    "rewritten-value": "数据改写",
    "marks-cover-exceedances": "标记覆盖超标时段",
    "treatment-off": "治理设施停运",
    "stop-order-breach": "违反停产要求",
    "night-power": "夜间用电异常",
    "meter-dark": "用电数据中断",
    "late-data": "数据迟报",
    "transmission-rate": "传输有效率不足",
    "furnace-temperature": "炉膛温度不达标",
    "ultra-low-share": "超低排放小时占比不足",
    "anomaly-score": "数据综合异常",
    "video-event": "视频事件",
    "drone-finding": "无人机巡查发现",
    "hotspot": "遥感火点",
    "complaint": "信访举报",
}
PERIODS = {
    "realtime": "实时值",
    "minute": "分钟均值",
    "hour": "小时均值",
    "day": "日均值",
    "month": "月均值",
}
MEDIA = {"air": "废气", "water": "废水"}
BASES = {"measured": "实测值", "converted": "折算值"}
STATES = {"open": "持续中", "cleared": "已结束"}
OUTCOMES = {"remind": "提醒", "screen": "待研判", "verify": "现场核查"}
MARKS = {"device": "自动监测设备标记", "condition": "生产设施工况标记"}
TASK_STATES = {
    "queued": "待领取",
    "claimed": "已领取",
    "suspended": "已挂起",
    "reported": "已反馈",
    "closed": "已办结",
    "withdrawn": "已撤销",
}
TRIGGERS = {
    "exceedance": "超标",
    "suspicion": "疑似异常",
    "video": "视频",
    "drone": "无人机",
    "power": "用电",
    "remote_sensing": "遥感",
    "complaint": "信访举报",
    "manual": "人工交办",
}
ATTACHMENTS = {"photo": "照片", "record": "现场笔录", "video": "视频", "document": "文件"}
ATTACHMENTS |= {"seen": "线索影像", "message": "线索原始报文"}
LEFT_OUT = {
    "findings": "超标（异常）时段",
    "frames": "原始报文",
    "series": "上报数据序列",
    "marks": "数据标记",
    "audit": "审计记录",
    "attachments": "现场影像与附件",
    "sightings": "影像线索",
}
WHY = {
    "limit": "超出本包容量上限",
    "gone": "已超过保存期限，库中不再保存",
    "damaged": "保存的文件与收到时的哈希值不符",
}

_UNITS = (("m3", "m³"), ("ug/", "µg/"), ("degC", "℃"))


def pollutant_name(code: str | None) -> str:
    """What a code is called; the code itself where the standard has none."""
    return pollutants.called(code, "zh") if code else "—"


def unit_of(code: str | None) -> str:
    """The unit of a code's values, as it is printed."""
    known = pollutants.get(code) if code else None
    unit = known.unit if known else ""
    for plain, printed in _UNITS:
        unit = unit.replace(plain, printed)
    return unit


def printed(time: str | None) -> str | None:
    """An RFC 3339 time of the bureau's zone, to the minute, as it is printed."""
    return time and time[:16].replace("T", " ")


def period_name(period: str | None) -> str:
    """What a period is called."""
    return PERIODS.get(period or "", period or "—")


def ratio(number: float | None) -> str:
    """超标倍数; small ones are not rounded away."""
    if number is None:
        return "—"
    return f"{number:.2f}" if abs(number) >= 0.005 or not number else f"{number:.2g}"
