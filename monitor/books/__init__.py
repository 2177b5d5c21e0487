"""The books (档案册): what register files say, held against what is in force. Pure.

`Books` is what was read from files, `plan` compares it with a `Register` and answers `Changes`, or
raises `RegisterError` with every `Fault`. Reading files is `monitor.registry`, writing the changes
down is `monitor.store.books`.
"""

from monitor.books.faults import Fault, Faults, Wrong
from monitor.books.model import KEYS, Books, Changes, Origin, Row, SheetChanges, key_of, rows_of
from monitor.books.plan import plan

__all__ = [
    "KEYS",
    "Books",
    "Changes",
    "Fault",
    "Faults",
    "Origin",
    "Row",
    "SheetChanges",
    "Wrong",
    "key_of",
    "plan",
    "rows_of",
]
