"""Off-site monitoring (非现场检查): feeds in, judged by the law of the day, verification tasks out."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("offsite-monitor")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0+unknown"
