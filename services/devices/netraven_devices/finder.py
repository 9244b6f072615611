"""Which devices have a text in them, and how many there are: answered from memory, exact as of the log's end.

Part of a text is what no index of the database finds, and counting a fleet is what it does slowly: read for
every page, both would cost the more the larger the fleet. A copy of a hundred bytes for each device, kept
up to the log's end with every question, answers in milliseconds. It is made from the views once and from
the log ever after.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nameko.extensions import DependencyProvider

from netraven_chassis.combine import Combiner
from netraven_chassis.core import RANGE, Core
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.rebuild import OWN
from netraven_chassis.views import LIVE
from netraven_devices.documents import SEARCHED

AT_ONCE = 1000  # questions that share a look
BATCH = 5000  # texts read at once
REMEMBERED = 16  # answers


class Texts:
    """The search texts of all devices, {id: text}; how far they are along the log is `position`."""

    def __init__(self) -> None:
        self.position = 0
        self._texts: dict[str, str] = {}
        self._asked: dict[str, tuple[int, list[str]]] = {}

    def __len__(self) -> int:
        return len(self._texts)

    def put(self, device_id: str, text: str) -> None:
        """The text of a device, as the views have it."""
        self._texts[device_id] = text

    def take(self, commits: Sequence[Commit]) -> None:
        """What these commits change. Repeated from an earlier position, the end is the same."""
        for commit in commits:
            if commit.aggregate == "device":
                for event in commit.events:
                    self._take(commit.subject, event.type, event.data)
            self.position = commit.position

    def _take(self, device_id: str, kind: str, data: Any) -> None:
        if kind == "DeviceRemoved":
            self._texts.pop(device_id, None)
        elif any(name in data for name in SEARCHED):
            old = self._texts.get(device_id, "\n" * (len(SEARCHED) - 1)).split("\n")
            new = (
                (data[name] or "").casefold() if name in data else was
                for name, was in zip(SEARCHED, old, strict=True)
            )
            self._texts[device_id] = "\n".join(new)

    def matching(self, part: str) -> list[str]:
        """The ids of devices with this text in their name, address, serial or location, whatever the case."""
        wanted = part.casefold()
        at, found = self._asked.get(wanted, (-1, []))
        if at != self.position:
            found = [device_id for device_id, text in self._texts.items() if wanted in text]
            self._remember(wanted, found)
        return found

    def _remember(self, wanted: str, found: list[str]) -> None:
        # The next page of what was just looked for, or the same question of the next person.
        if len(self._asked) >= REMEMBERED:
            self._asked.clear()
        self._asked[wanted] = (self.position, found)


class Finder(DependencyProvider):
    """Keeps the texts of one process: `self.finder.up_to_date(self.store.core)`."""

    def __init__(self) -> None:
        self._texts: Texts | None = None
        # Whoever asks while somebody looks at the log shares the next look with all who wait for it.
        self._looks: Combiner[Core, Texts] = Combiner(self._look, AT_ONCE)

    def get_dependency(self, _worker_ctx: Any) -> Finder:
        """The same for all requests."""
        return self

    def up_to_date(self, core: Core) -> Texts:
        """The texts with everything that the log has at the moment of asking."""
        return self._looks.do(core)

    def _look(self, cores: Sequence[Core]) -> list[Texts]:
        core = cores[0]  # they are one and the same
        if self._texts is None:
            self._texts = _read(core)
        while commits := core.log.range(self._texts.position, RANGE):
            self._texts.take(commits)
        return [self._texts] * len(cores)


def _read(core: Core) -> Texts:
    texts = Texts()
    # Up to its checkpoint the views have everything; what they have beyond it is taken again.
    texts.position = core.followers()[OWN].position
    for row in core.generations.collection("devices").find(LIVE, {"search": 1}, batch_size=BATCH):
        texts.put(row["_id"], row["search"])
    return texts
