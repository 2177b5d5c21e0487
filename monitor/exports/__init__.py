"""Tasks in other people's formats: a workbook, a map, a calendar. Pure: JSON of tasks in, bytes out."""

from monitor.exports.agenda import calendar
from monitor.exports.geography import collection, feature
from monitor.exports.workbook import workbook

__all__ = ["calendar", "collection", "feature", "workbook"]
