"""Register files (登记表): reading, writing and importing them.

`read` and `write` know files, `import_books` brings the books in the database to what files say.
"""

from monitor.registry.importing import apply_books, import_books
from monitor.registry.reading import read
from monitor.registry.sheets import SHEETS, Column, Sheet
from monitor.registry.writing import write, write_sheet

__all__ = [
    "SHEETS",
    "Column",
    "Sheet",
    "apply_books",
    "import_books",
    "read",
    "write",
    "write_sheet",
]
