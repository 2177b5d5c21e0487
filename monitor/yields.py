"""What a rule is worth (产出率): of its alerts, how many were borne out on site. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

ENOUGH = 20
"""So many alerts must have been screened before a rule is called noisy."""
NOISY_BELOW = 0.05
"""… and less than this share of them was taken to a visit."""

VERDICTS = ("verify", "dismiss", "remind")
CAUSES = ("device", "data", "false", "explained")


def worth(counted: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of a rule (`monitor.store.yields`) with what follows from them."""
    by_verdict = {verdict: counted[verdict] for verdict in VERDICTS}
    screened = sum(by_verdict.values())
    plain = ("rule", "alerts", "muted", "reminded", "replied", "tasks", "verified", "confirmed")
    return {name: counted[name] for name in plain} | {
        "screened": screened,
        "verdicts": by_verdict,
        "causes": {cause: counted[f"cause_{cause}"] for cause in CAUSES},
        "yield": _share(counted["confirmed"], counted["alerts"]),
        "precision": _share(counted["confirmed"], counted["verified"]),
        "noisy": screened >= ENOUGH and counted["verify"] < NOISY_BELOW * screened,
    }


def table(counts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rules, the noisiest first: those that are noisy, then by yield; of equals, who cries more."""
    found = [worth(each) for each in counts]
    found.sort(key=lambda w: (not w["noisy"], w["yield"] or 0.0, -w["alerts"], w["rule"]))
    return found


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
