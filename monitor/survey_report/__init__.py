"""The report of a survey (航测报告): one HTML file with map and pictures that needs nothing else.

Whatever comes from outside is escaped. Pure, but for `pictures`, which reads the folder of media.
"""

from monitor.survey_report.page import POLICY, render
from monitor.survey_report.thumbnails import pictures

__all__ = ["POLICY", "pictures", "render"]
