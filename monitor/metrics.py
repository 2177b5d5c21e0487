"""Every metric of the product, declared in one place; `docs/api.md` lists them, tested complete.

Counters count in this process since its start. What can be read from the database (`tasks`,
`alerts_open`, …) is read when somebody scrapes, so that it is right whichever process is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

PREFIX = "offsite_monitor_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What the database says at the time of a scrape."""

    tasks: Mapping[str, int] = field(default_factory=dict)
    alerts_open: Mapping[str, int] = field(default_factory=dict)
    commands_open: Mapping[str, int] = field(default_factory=dict)
    quarantined_devices: int = 0
    webhook_oldest_due_seconds: float = 0.0


class Metrics:
    """The counters of one process, on a registry of their own."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry(auto_describe=True)
        self._frames = self._counter("frames", "Frames taken in", "adapter", "verdict")
        self._problems = self._counter(
            "frame_problems", "Problems of frames, by name", "adapter", "problem"
        )
        self._observations = self._counter("observations", "Values of pollutants taken in")
        self._acknowledged = self._counter(
            "acknowledged", "Frames answered after their commit", "adapter"
        )
        self._deliveries = self._counter(
            "webhook_deliveries", "Attempts to deliver, by how they ended", "outcome"
        )
        self.batch_frames = self._histogram(
            "intake_batch_frames", "Frames in one transaction", (1, 10, 100, 1000, 10_000)
        )
        self.batch_seconds = self._histogram(
            "intake_batch_seconds",
            "Duration of one transaction",
            (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )
        self.heard: dict[str, float] = {}
        """When each adapter's last frame was stored, by the monotonic clock."""
        self.counts: Callable[[], Counts | None] | None = None
        """Asks the database at every scrape; None or a None answer: those metrics are left out."""
        self.registry.register(_Ages(self.heard))
        self.registry.register(_FromStore(self))

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(PREFIX + name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(PREFIX + name, text, buckets=buckets, registry=self.registry)

    def frames(
        self,
        verdicts: Mapping[tuple[str, str], int],
        problems: Mapping[tuple[str, str], int],
        observations: int,
    ) -> None:
        """Count frames that were stored, by (adapter, verdict), their problems, and their values."""
        now = time.monotonic()
        for (adapter, verdict), count in verdicts.items():
            self._frames.labels(adapter, verdict).inc(count)
            self.heard[adapter] = now
        for (adapter, problem), count in problems.items():
            self._problems.labels(adapter, problem).inc(count)
        self._observations.inc(observations)

    def acknowledged(self, adapter: str) -> Callable[[float], None]:
        """What counts the frames of an adapter that were answered."""
        return self._acknowledged.labels(adapter).inc

    def delivery(self, outcome: str) -> None:
        """Count an attempt at a webhook: `delivered`, `failed`, `refused` or `given_up`."""
        self._deliveries.labels(outcome).inc()

    def totals(self) -> dict[str, float]:
        """The counters summed over their labels, by name without the prefix."""
        sums: dict[str, float] = {}
        for counter in (self._frames, self._observations, self._acknowledged, self._deliveries):
            for sample in next(iter(counter.collect())).samples:
                if sample.name.endswith("_total"):
                    name = sample.name.removeprefix(PREFIX).removesuffix("_total")
                    sums[name] = sums.get(name, 0) + sample.value
        return sums

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)


class _Ages(Collector):
    """How long each source has been silent."""

    def __init__(self, heard: Mapping[str, float]) -> None:
        self._heard = heard

    def collect(self) -> Iterable[Metric]:
        ages = GaugeMetricFamily(
            PREFIX + "source_age_seconds", "Since the last frame of an adapter", labels=["adapter"]
        )
        now = time.monotonic()
        for adapter, at in list(self._heard.items()):
            ages.add_metric([adapter], now - at)
        yield ages


class _FromStore(Collector):
    """What is counted in the database."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def describe(self) -> Iterable[Metric]:
        return list(_families(Counts()))  # without asking the database

    def collect(self) -> Iterable[Metric]:
        counts = self._metrics.counts() if self._metrics.counts else None
        return _families(counts) if counts else ()


def _families(counts: Counts) -> Iterator[Metric]:
    tasks = GaugeMetricFamily(PREFIX + "tasks", "Tasks by state", labels=["state"])
    for state, number in counts.tasks.items():
        tasks.add_metric([state], number)
    alerts = GaugeMetricFamily(PREFIX + "alerts_open", "Open alerts by rule", labels=["rule"])
    for rule, number in counts.alerts_open.items():
        alerts.add_metric([rule], number)
    commands = GaugeMetricFamily(
        PREFIX + "commands_open", "Commands to devices that have not ended", labels=["origin"]
    )
    for origin, number in counts.commands_open.items():
        commands.add_metric([origin], number)
    yield tasks
    yield alerts
    yield commands
    yield GaugeMetricFamily(
        PREFIX + "quarantined_devices",
        "Devices heard that the register does not have",
        value=counts.quarantined_devices,
    )
    yield GaugeMetricFamily(
        PREFIX + "webhook_oldest_due_seconds",
        "How long the oldest due delivery has been waiting",
        value=counts.webhook_oldest_due_seconds,
    )
