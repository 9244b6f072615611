"""A card for each device, in memory: what lists are filtered and ordered by. Nothing is read or written here.

Part of a text is what no index of a database finds, and counting a fleet is what it does slowly: both would
cost the more the larger the fleet. A kilobyte for each device answers in milliseconds.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from sys import intern
from typing import Any, NamedTuple

from netraven_chassis.eventlog.commit import Commit
from netraven_devices.documents import ip_number
from netraven_devices.marks import Marks, numbers, pairs

REMEMBERED = 16  # answers
FEW = 500  # matches are weighed sooner than met on the way along a large fleet

# What a page may be ordered by without the database, and the filters that need none.
ORDERED = frozenset({"name", "ip_number", "device_type", "location", "platform", "serial", "_id"})
FILTERED = frozenset({"tag", "location", "platform", "device_type", "q"})


class Card(NamedTuple):
    """What is kept of a device."""

    name: str = ""
    ip_address: str = "0.0.0.0"  # noqa: S104 - that of no device
    device_type: str = ""
    location: str = ""
    platform: str | None = None
    serial: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def ip_number(self) -> int:
        """The address as the number by which it is sorted."""
        return ip_number(self.ip_address)


_FEW_VALUES = ("device_type", "location", "platform")
_FIELDS = tuple(name for name in Card._fields if name != "tags")


class Cards:
    """The cards of all devices; how far they are along the log is `position`."""

    def __init__(self) -> None:
        self.position = 0
        self.changes = 0  # how often a device came or went
        self._cards: dict[str, Card] = {}
        self._texts: dict[str, str] = {}
        # Name and id as one text each, in order: no name holds a control character.
        self._names: list[str] = []
        self._sorted = True
        self._having: dict[tuple[str, str | None], set[str]] = {}
        self._asked: dict[tuple[str, str | None], tuple[int, list[str]]] = {}
        # Every device has a number, by which it is marked with what stands in its text.
        self._marks = Marks()
        self._numbers: dict[str, int] = {}
        self._numbered: list[str] = []
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._cards)

    def __contains__(self, device_id: str) -> bool:
        return device_id in self._cards

    def everything(self) -> Collection[str]:
        """The ids of all devices."""
        return self._cards.keys()

    def put(self, device_id: str, fields: Mapping[str, Any]) -> None:
        """What a device is, as the views have it. Not for one that has a card already: it costs a third."""
        card = Card(**{name: fields[name] for name in _FIELDS}, tags=tuple(fields["tags"]))
        self._cards[device_id] = card
        self._texts[device_id] = _text(card)
        self._mark(device_id, card)
        self._names.append(f"{card.name}\0{device_id}")
        self._sorted = False
        for key in _keys(card):
            self._having.setdefault(key, set()).add(device_id)
        self.changes += 1

    def take(self, commits: Sequence[Commit]) -> None:
        """What these commits change. Repeated from an earlier position, the end is the same."""
        for commit in commits:
            if commit.aggregate == "device":
                for event in commit.events:
                    self._take(commit.subject, event.type, event.data)
            self.position = commit.position

    def _take(self, device_id: str, kind: str, data: Any) -> None:
        if kind == "DeviceRemoved":
            self._replace(device_id, None)
            return
        old = self._cards.get(device_id, Card())
        if kind == "DeviceTagged":
            new = old._replace(tags=tuple(dict.fromkeys((*old.tags, data["tag_id"]))))
        elif kind == "DeviceUntagged":
            new = old._replace(tags=tuple(tag for tag in old.tags if tag != data["tag_id"]))
        elif kind == "DeviceRegistered":
            new = self._changed(Card(), data)._replace(tags=tuple(data["tags"]))
        else:
            new = self._changed(old, data)
        if new != old:
            self._replace(device_id, new)

    def _changed(self, card: Card, data: Mapping[str, Any]) -> Card:
        told = {name: data[name] for name in _FIELDS if name in data}
        for name in _FEW_VALUES:
            if told.get(name) is not None:
                told[name] = intern(told[name])
        return card._replace(**told) if told else card

    def _replace(self, device_id: str, card: Card | None) -> None:
        old = self._cards.pop(device_id, None)
        if old is not None:
            self._unmark(device_id, old)
        before, after = _keys(old), _keys(card)
        for key in before - after:
            self._having[key].discard(device_id)
        for key in after - before:
            self._having.setdefault(key, set()).add(device_id)
        self._rename(device_id, old, card)
        self.changes += (old is None) != (card is None)
        if card is None:
            self._texts.pop(device_id, None)
        else:
            self._cards[device_id] = card
            self._texts[device_id] = _text(card)
            self._mark(device_id, card)

    def _mark(self, device_id: str, card: Card) -> None:
        if self._free:
            number = self._free.pop()
            self._numbered[number] = device_id
        else:
            number = len(self._numbered)
            self._numbered.append(device_id)
        self._numbers[device_id] = number
        self._marks.add(number, _marks(self._texts[device_id], card.device_type))

    def _unmark(self, device_id: str, old: Card) -> None:
        number = self._numbers.pop(device_id)
        self._marks.remove(number, _marks(self._texts[device_id], old.device_type))
        self._free.append(number)

    def _rename(self, device_id: str, old: Card | None, new: Card | None) -> None:
        names = self._in_order()
        if old is not None:
            del names[bisect_left(names, f"{old.name}\0{device_id}")]
        if new is not None:
            insort(names, f"{new.name}\0{device_id}")

    def _in_order(self) -> list[str]:
        if not self._sorted:
            self._names.sort()
            self._sorted = True
        return self._names

    def having(self, field: str, value: str | None) -> Collection[str]:
        """The ids of the devices with this tag, location, platform or type. Nobody may change the answer."""
        return self._having.get((field, value), frozenset[str]())

    def matching(self, part: str, device_type: str | None = None) -> Collection[str]:
        """The ids of devices, of all types or of one, with this text in their name, address, serial or
        location, whatever the case.
        """
        asked = part.casefold(), device_type
        at, found = self._asked.get(asked, (-1, []))
        if at != self.position:
            found = [device_id for device_id in self._likely(*asked) if asked[0] in self._texts[device_id]]
            # For the next page of what was just looked for, or the same question of the next person.
            if len(self._asked) >= REMEMBERED:
                self._asked.clear()
            self._asked[asked] = (self.position, found)
        return found

    def _likely(self, part: str, device_type: str | None) -> Iterable[str]:
        bits = self._marks.having(_marks(part, device_type))
        if bits is None or bits.bit_count() > len(self) // 4:
            # Of many, marks tell little, and it takes longer to follow them.
            return self._texts if device_type is None else self.having("device_type", device_type)
        return map(self._numbered.__getitem__, numbers(bits))

    def found(self, wanted: Mapping[str, Any]) -> Collection[str]:
        """The ids of the devices that filters of FILTERED find, tags as ids. Nobody may change the answer."""
        sets = [self.having("tags", tag) for tag in wanted.get("tag", ())]
        sets += [self.having(name, wanted[name]) for name in _FEW_VALUES if name in wanted]
        sets.sort(key=len)
        if "q" in wanted and (not sets or len(sets[0]) > len(self) // 16):
            kind = wanted.get("device_type")
            sets = [one for one in sets if kind is None or one is not self.having("device_type", kind)]
            sets.append(self.matching(wanted["q"], kind))
            sets.sort(key=len)
        elif "q" in wanted:
            part, texts = wanted["q"].casefold(), self._texts
            sets[0] = [device_id for device_id in sets[0] if part in texts[device_id]]
        if not sets:
            return self.everything()
        first, *others = sets
        for other in others:
            members = other if isinstance(other, set | frozenset) else set(other)
            first = [device_id for device_id in first if device_id in members]
        return first

    def ordered(self, ids: Collection[str], order: Mapping[str, int], skip: int, rows: int) -> list[str]:
        """So many of the ids from a place on, in an order by fields of ORDERED."""
        if list(order) == ["name", "_id"] and len(set(order.values())) == 1 and len(ids) > FEW:
            return self._by_name(ids, order["_id"] < 0, skip, rows)
        if len(set(order.values())) == 1:
            pick = heapq.nsmallest if next(iter(order.values())) > 0 else heapq.nlargest
            return pick(skip + rows, ids, key=self._weight(list(order)))[skip:]
        whole = list(ids)
        for field, way in reversed(list(order.items())):
            whole.sort(key=self._weight([field]), reverse=way < 0)
        return whole[skip : skip + rows]

    def _by_name(self, ids: Collection[str], backwards: bool, skip: int, rows: int) -> list[str]:
        """Along all names until the page is full: of many matches the first ones are met soon."""
        members = ids if isinstance(ids, AbstractSet) else set(ids)
        names = self._in_order()
        along = (name[name.index("\0") + 1 :] for name in (reversed(names) if backwards else names))
        return list(islice((device_id for device_id in along if device_id in members), skip, skip + rows))

    def _weight(self, fields: Sequence[str]) -> Callable[[str], Any]:
        cards, names = self._cards, [name for name in fields if name != "_id"]
        if not names:
            return lambda device_id: device_id

        def weight(device_id: str) -> tuple[Any, ...]:
            # What is absent comes first, as the database has it.
            card = cards[device_id]
            told = ((value is not None, value) for value in map(card.__getattribute__, names))
            # The id only where asked for: a sort by one field after the other must leave ties as they are.
            return (*told, device_id) if len(names) < len(fields) else (*told,)

        return weight


def _keys(card: Card | None) -> set[tuple[str, str | None]]:
    """Under what its device is kept in sets."""
    if card is None:
        return set()
    few = {("device_type", card.device_type), ("location", card.location), ("platform", card.platform)}
    return few | {("tags", tag) for tag in card.tags}


def _marks(text: str, device_type: str | None) -> set[str]:
    """By what texts are told apart before they are looked into. No pair of characters has three."""
    return pairs(text) if device_type is None else pairs(text) | {f"is {device_type}"}


def _text(card: Card) -> str:
    """What `q` is looked for in, as documents.search_text makes it."""
    return f"{card.name}\n{card.ip_address}\n{card.serial or ''}\n{card.location}".casefold()
