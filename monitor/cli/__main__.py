"""`python -m monitor.cli` is `offsite-monitor`."""

from monitor.cli import main

main()
