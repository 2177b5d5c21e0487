"""The catalogue of limits (限值目录): what standards and policies say, as a proposal for the register.

`monitor/limits.csv` holds the rows. `proposals` says which of them an outlet's limits could be; nothing
here takes effect by itself: a clerk checks what is proposed against the permit and imports it. Pure.
"""

from monitor.catalogue.matching import Doubt
from monitor.catalogue.proposing import Proposal, Standing, proposals
from monitor.catalogue.rows import ROWS, Klass, Row, standards

__all__ = ["ROWS", "Doubt", "Klass", "Proposal", "Row", "Standing", "proposals", "standards"]
