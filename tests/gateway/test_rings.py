"""The ring that all readers of a stream share: bounded, joined once, honest about what it has no more."""

from __future__ import annotations

from netraven_gateway.rings import CHUNK, FRAME_COST, Ring


def filled(*places: int, floor: int = 0, **options: int) -> Ring:
    ring = Ring(floor, **options)
    for place in places:
        ring.append(place, b"%d;" % place)
    return ring


def test_a_reader_gets_what_follows_its_place() -> None:
    ring = filled(11, 12, 15, floor=10)
    assert [ring.serial(place) for place in (9, 10, 11, 12, 13, 15, 16)] == [None, 0, 1, 2, 2, 3, None]
    assert ring.read(1) == (b"12;15;", 3)
    assert ring.read(3) == (b"", 3)
    assert ring.place(3) == 15 and ring.place(0) == 10


def test_places_of_which_nothing_is_shown_are_passed_and_known() -> None:
    ring = filled(1)
    ring.pass_to(7)
    assert ring.serial(7) == 1 and ring.last == 7
    ring.append(8, b"8;")
    assert ring.read(1) == (b"8;", 2)


def test_readers_at_one_place_share_the_same_bytes() -> None:
    ring = filled(*range(1, 20))
    first, second = ring.read(3), ring.read(3)
    assert first is not None and second is not None and first[0] is second[0]
    ring.append(20, b"20;")
    third = ring.read(3)
    assert third is not None and third[0].endswith(b"19;20;")


def test_the_oldest_go_when_there_is_no_room_and_a_reader_is_told() -> None:
    ring = Ring(0, limit=10 * (FRAME_COST + 100))
    for place in range(1, 31):
        ring.append(place, b"x" * 100)
    assert ring.read(0) is None and ring.floor >= 20
    serial = ring.serial(ring.floor)
    assert serial is not None
    read = ring.read(serial)
    assert read is not None and read[1] == ring.end
    assert ring.serial(ring.floor - 1) is None


def test_one_read_is_bounded_and_a_frame_larger_than_that_still_comes() -> None:
    ring = Ring(0, limit=10 * CHUNK)
    for place in range(1, 5):
        ring.append(place, b"x" * (CHUNK // 2))
    ring.append(5, b"y" * (CHUNK * 2))
    sizes, serial = [], 0
    while (read := ring.read(serial)) is not None and read[0]:
        sizes.append(len(read[0]))
        serial = read[1]
    assert sizes == [CHUNK, CHUNK, CHUNK * 2]
