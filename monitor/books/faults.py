"""What can be wrong with register files, in the clerk's language, and the list of it.

Every sentence says what is wrong and what to do. `{…}` are filled from the fault's `values`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.errors import RegisterError

SHOWN = 200
"""So many faults are told one by one; what is beyond is counted."""

SENTENCES: Mapping[str, tuple[str, str]] = {
    # records that a file amends
    "no-record": (
        "there is no record {value}: leave the number empty for a new one",
        "没有记录 {value}：新增的记录请将记录号留空",
    ),
    "changed-since": (
        "record {value} was changed by {by} after this file was made: export again and redo the edit",
        "记录 {value} 在本文件导出后已被 {by} 修改：请重新导出后再改",
    ),
    "refused": ("{detail}", "{detail}"),
    # the file as a whole
    "not-there": ("there is no such file or folder", "文件或文件夹不存在"),
    "no-sheets": (
        "none of the sheets {names} is here: name the files or sheets so",
        "未找到任何一张登记表（{names}）：请按这些名称命名文件或工作表",
    ),
    "wrong-format": (
        "neither a workbook (.xlsx) nor a folder of CSV files: save it as one of these",
        "既不是工作簿（.xlsx）也不是 CSV 文件夹：请另存为其中一种",
    ),
    "unreadable": (
        "cannot be read ({detail}): open it, save it again and retry",
        "无法读取（{detail}）：请打开后重新保存再试",
    ),
    "too-large": (
        "larger than {limit}: split it by district",
        "超过 {limit}：请按县区拆分",
    ),
    "date-system": (
        "the workbook counts dates from 1904: switch that option off, or give CSV files",
        "工作簿使用 1904 日期系统：请关闭该选项，或改用 CSV 文件",
    ),
    "unsafe": (
        "contains {detail}, which no register needs: save it again from the spreadsheet program",
        "含有 {detail}，登记表不需要此类内容：请用表格软件重新另存",
    ),
    "encoding": (
        "neither UTF-8 nor GB18030 text: save it as 'CSV UTF-8'",
        "既不是 UTF-8 也不是 GB18030 编码：请另存为“CSV UTF-8”",
    ),
    # sheets and columns
    "unknown-sheet": (
        "no sheet has this name: use one of {names}, or remove it",
        "没有这样的登记表：请改名为 {names} 之一，或删除",
    ),
    "sheet-twice": (
        "this sheet is already given as {other}: keep one of them",
        "该表已由 {other} 给出：请只保留一个",
    ),
    "no-header": (
        "the first row must name the columns: {names}",
        "首行须为列名：{names}",
    ),
    "unknown-column": (
        "no column has this name: use one of {names}, or remove it",
        "没有这样的列：请改名为 {names} 之一，或删除该列",
    ),
    "column-twice": (
        "this column is there twice: keep one of them",
        "该列出现两次：请只保留一列",
    ),
    "missing-column": ("this column is missing: add it", "缺少该列：请补上"),
    "no-name": (
        "there is a value here, but the column has no name: name or remove the column",
        "此处有值但该列没有列名：请补上列名或删除该列",
    ),
    "too-many-rows": (
        "more than {limit} rows: split the sheet by district",
        "超过 {limit} 行：请按县区拆分",
    ),
    # cells
    "empty": ("is empty: fill it in", "为空：请填写"),
    "too-long": ("longer than {limit} characters: shorten it", "超过 {limit} 个字符：请缩短"),
    "control-character": (
        "contains an invisible control character: type it in again",
        "含有不可见的控制字符：请重新输入",
    ),
    "spreadsheet-error": (
        "{value} is an error of the spreadsheet: correct the formula",
        "{value} 是表格公式错误：请更正公式",
    ),
    "code-with-space": ("{value} contains a space: remove it", "{value} 中有空格：请删除"),
    "code-as-number": (
        "the spreadsheet has stored {value} as a number and lost digits:"
        " format the column as text and type the code in again",
        "表格软件把 {value} 存成了数字，已丢失位数：请把该列设为文本格式后重新输入",
    ),
    "not-a-number": (
        "{value} is not a number: give the number only, without unit or sign of comparison",
        "{value} 不是数字：只填数字，不带单位或比较符号",
    ),
    "range-not-number": (
        "{value} is a range: give its upper bound as `limit` and its lower bound as `lower`",
        "{value} 是范围：上限填入“限值”，下限填入“下限”",
    ),
    "out-of-range": (
        "{value} is not between {low} and {high}: correct it",
        "{value} 不在 {low} 到 {high} 之间：请更正",
    ),
    "not-a-date": (
        "{value} is not a date: write it like 2026-08-01",
        "{value} 不是日期：请写成 2026-08-01 的形式",
    ),
    "not-a-time": (
        "{value} is not a time: write it like 2026-08-01 08:00",
        "{value} 不是时间：请写成 2026-08-01 08:00 的形式",
    ),
    "not-a-choice": ("{value} is none of {names}: use one of them", "{value} 不是 {names} 之一"),
    "uscc-length": (
        "{value} has {length} characters, a credit code has 18: compare it with the licence",
        "{value} 有 {length} 位，统一社会信用代码应为 18 位：请与证照核对",
    ),
    "uscc-character": (
        "{value}: character {position} is {character}, which credit codes do not use"
        " (no I, O, S, V, Z): compare it with the licence",
        "{value}：第 {position} 位是 {character}，统一社会信用代码不使用该字符"
        "（无 I、O、S、V、Z）：请与证照核对",
    ),
    "uscc-check": (
        "{value}: the check character is {found}, the rest of the code asks for {expected}:"
        " a character is mistyped, compare it with the licence",
        "{value}：校验位是 {found}，按前 17 位应为 {expected}：有字符录错，请与证照核对",
    ),
    "pollutant": (
        "{value} is not a pollutant code: use the code of HJ 212-2017, like a21026 or w01018",
        "{value} 不是污染因子编码：请用 HJ 212-2017 的编码，如 a21026、w01018",
    ),
    "old-pollutant": (
        "{value} is not a code of HJ 212-2017: use {code}",
        "{value} 不是 HJ 212-2017 的编码：请改用 {code}",
    ),
    "unit": (
        "{value} cannot be turned into {unit}, the unit of {code}: give the unit that the device sends"
        " the readings in, or leave it empty where that is {unit}",
        "{value} 无法换算为 {code} 的单位 {unit}：请填设备上报数值所用的单位；与 {unit} 相同时可留空",
    ),
    "boundary": (
        "not a boundary ({detail}): give WKT like POLYGON((112.1 36.1, 112.2 36.1, …, 112.1 36.1))",
        "不是有效边界（{detail}）：请填 WKT，如 POLYGON((112.1 36.1, 112.2 36.1, …, 112.1 36.1))",
    ),
    # rows
    "half-a-place": (
        "longitude and latitude belong together: fill in both or neither",
        "经度与纬度须同时填写或同时留空",
    ),
    "swapped-place": (
        "longitude {longitude} and latitude {latitude} look swapped: exchange them",
        "经度 {longitude} 与纬度 {latitude} 似乎填反：请对调",
    ),
    "end-before-start": (
        "{end} lies before {start}: correct one of them",
        "{end} 早于 {start}：请更正",
    ),
    "no-bound": (
        "neither an upper nor a lower bound: give at least one",
        "上限与下限均为空：至少填写一个",
    ),
    "not-below": (
        "{low} is not below {high}: correct one of them",
        "{low} 不小于 {high}：请更正",
    ),
    "row-twice": (
        "the same {key} is on line {other} already: keep one of the rows",
        "与第 {other} 行的 {key} 相同：请只保留一行",
    ),
    "in-future": ("lies in the future: correct it", "晚于当前时间：请更正"),
    "names-reporter": (
        "must not hold anything of the reporter: use the channel's own number",
        "不得含有举报人信息：请使用渠道的工单编号",
    ),
    # references
    "no-enterprise": (
        "no enterprise {value}, neither in the files nor in force: add it to enterprises",
        "文件与现行档案中都没有企业 {value}：请先在“企业”表中登记",
    ),
    "no-outlet": (
        "no outlet has the device code {value}, neither in the files nor in force:"
        " add it to outlets",
        "文件与现行档案中都没有设备编码为 {value} 的排口：请先在“排口”表中登记",
    ),
}

_PLACES = (
    ("{label} line {line}, column {column}: ", "{label} 第 {line} 行，{column} 列："),
    ("{label} line {line}: ", "{label} 第 {line} 行："),
    ("{label}, column {column}: ", "{label}，{column} 列："),
    ("{label}: ", "{label}："),
)
_MORE = ("and {count} more faults", "另有 {count} 处错误")


class Wrong(Exception):  # not an error of the product: always becomes a Fault
    """A cell or row is wrong: raised by those who look at one, caught by who knows the line."""

    def __init__(self, problem: str, column: str | None = None, /, **values: object) -> None:
        super().__init__(problem)
        self.problem = problem
        self.column = column
        self.values = values


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it is, what it is (a key of `SENTENCES`), and what the sentence needs."""

    label: str
    """The file or sheet as the clerk calls it."""
    problem: str
    line: int | None = None
    """As the clerk sees it: the header is line 1."""
    column: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)

    def tell(self, language: str = "zh") -> str:
        """The fault as one line in the clerk's language."""
        which = 1 if language == "zh" else 0
        place = _PLACES[2 * (self.line is None) + (self.column is None)][which]
        values = {name: shortened(value) for name, value in self.values.items()}
        where = place.format(label=self.label, line=self.line, column=self.column)
        return where + SENTENCES[self.problem][which].format(**values)


def shortened(value: object) -> str:
    """A value for a sentence: on one line, and not longer than a line."""
    text = " ".join(str(value).split())
    return text if len(text) <= 300 else text[:300] + "…"


class Faults:
    """Collects faults; keeps the first so many and counts the others."""

    def __init__(self, language: str = "zh") -> None:
        self.language = language
        self.count = 0
        self._kept: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Note one."""
        self.count += 1
        if len(self._kept) < SHOWN:
            self._kept.append(fault)

    def catch(self, wrong: Wrong, label: str, line: int | None, column: str | None) -> None:
        """Note what somebody found wrong at a place."""
        self.add(Fault(label, wrong.problem, line, wrong.column or column, wrong.values))

    def __bool__(self) -> bool:
        return self.count > 0

    def raise_any(self) -> None:
        """Raise RegisterError if there is any."""
        if not self:
            return
        told = [fault.tell(self.language) for fault in self._kept]
        if self.count > len(told):
            more = _MORE[self.language == "zh"]
            told.append(more.format(count=self.count - len(told)))
        raise RegisterError(told)
