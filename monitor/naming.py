"""The numbers that stand for names in the rows of a transaction: devices, layouts, forms of frames.

They are looked up in memory; what is new is entered, within bounds where strangers could send any number
of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from monitor.adapter import Delivery
from monitor.observation import Frame, Layout
from monitor.quality import Quality
from monitor.register import Register
from monitor.store import Connection, devices, verdicts
from monitor.store.devices import Form, Names

_UNDERSTOOD = ("clean", "tolerated")


@dataclass
class Naming:
    """Finds numbers, and remembers them once they are committed."""

    quarantine: int
    """Devices unknown to the register that get a number."""
    _names: Names = field(default_factory=Names)
    _coarse: set[int] = field(default_factory=set)
    """Numbers that stand for forms there was no room for: these are looked up anew each time."""

    def numbers(
        self, connection: Connection, deliveries: Sequence[Delivery], register: Register
    ) -> Names:
        """The numbers of what some deliveries name; without devices that there is no room for."""
        return Names(
            self._devices(connection, deliveries, register),
            self._layouts(connection, {r.layout for d in deliveries for r in d.readings}),
            self._forms(connection, deliveries, register),
        )

    def learn(self, committed: Names) -> None:
        """Remember what `numbers` has answered, now that its transaction has committed."""
        forms = {form: n for form, n in committed.forms.items() if n not in self._coarse}
        self._names.learn(replace(committed, forms=forms))

    def _devices(
        self, connection: Connection, deliveries: Sequence[Delivery], register: Register
    ) -> dict[str, int]:
        named = {d.frame.device: d.frame for d in deliveries if d.frame.device}
        heard = {mn: f for mn, f in named.items() if f.verdict in _UNDERSTOOD}
        heard |= {r.mn: d.frame for d in deliveries for r in d.readings}
        known = self._known(connection, named.keys() | heard.keys(), heard.keys())
        news = {mn: frame for mn, frame in heard.items() if mn not in known}
        if not news:
            return known
        strangers = {mn for mn in news if not register.knows(mn)}
        strangers -= devices.find(connection, strangers).keys()
        if strangers:
            room = max(0, self.quarantine - devices.quarantined(connection))
            for mn in sorted(strangers)[room:]:
                del news[mn]
        entered = {mn: (f.source, f.peer, f.received_at) for mn, f in news.items()}
        return known | devices.numbers(connection, entered)

    def _known(
        self, connection: Connection, named: Iterable[str], heard: Iterable[str]
    ) -> dict[str, int]:
        """Those that have a number; a device of which only a refused frame came gets no new one."""
        memory = self._names.devices
        known = {mn: memory[mn] for mn in named if mn in memory}
        refused = set(named) - set(heard) - known.keys()
        return known | devices.find(connection, refused) if refused else known

    def _layouts(self, connection: Connection, used: set[Layout]) -> dict[Layout, int]:
        memory = self._names.layouts
        known = {layout: memory[layout] for layout in used if layout in memory}
        return known | devices.layout_numbers(connection, used - known.keys())

    def _forms(
        self, connection: Connection, deliveries: Sequence[Delivery], register: Register
    ) -> dict[Form, int]:
        memory = self._names.forms
        used = {form_of(d.frame): d.frame for d in deliveries if d.readings}
        known = {form: memory[form] for form in used if form in memory}
        news = {form: Quality.of(*form) for form in used if form not in known}
        if not news:
            return known
        heard: dict[Quality, bool] = {}
        for form, quality in news.items():
            registered = register.knows(used[form].device or "")
            heard[quality] = heard.get(quality, False) or registered
        found = verdicts.numbers(connection, heard)
        rest = {quality: quality.coarse for quality in heard if quality not in found}
        if rest:
            coarse = verdicts.numbers(connection, dict.fromkeys(rest.values(), False))
            self._coarse |= set(coarse.values())
            found |= {quality: coarse[form] for quality, form in rest.items()}
        return known | {form: found[quality] for form, quality in news.items()}


def form_of(frame: Frame) -> Form:
    """By what the form of a frame is looked up."""
    return frame.verdict, frame.note, frame.problems
