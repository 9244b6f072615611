"""The latest frames of one stream of events, kept once for all who read them. Bounded; no sockets, no calls.

Every frame has a place, growing, and a number of its own in the order of arrival, its serial. A reader holds
a serial and nothing else: what it still has to get lies here. A reader whose next frame has left the ring was
too slow for it.
"""

from __future__ import annotations

from bisect import bisect_right

CHUNK = 64 * 1024  # octets handed to one reader at once
MOST_BYTES = 1024 * 1024
FRAME_COST = 160  # octets that a frame takes beside its text


class Ring:
    """Frames with places past `floor`.

    `last` is the place up to which everything is known here, be it that nothing was said there; `closed`:
    nothing follows. Parameters: `floor`, the place after which frames come; `limit`, octets at most.
    """

    __slots__ = ("_base", "_bytes", "_chunk", "_frames", "_places", "closed", "floor", "last", "limit")

    def __init__(self, floor: int, limit: int = MOST_BYTES) -> None:
        self.floor = floor
        self.last = floor
        self.limit = limit
        self.closed = False
        self._base = 0  # the serial of the first frame
        self._frames: list[bytes] = []
        self._places: list[int] = []
        self._bytes = 0
        self._chunk: tuple[int, int, bytes, int] = (-1, -1, b"", -1)  # of the last read

    @property
    def end(self) -> int:
        """The serial that the next frame will have."""
        return self._base + len(self._frames)

    def append(self, place: int, frame: bytes) -> None:
        """Add a frame; the oldest go when there is no room."""
        self._frames.append(frame)
        self._places.append(place)
        self._bytes += len(frame) + FRAME_COST
        self.last = place
        if self._bytes > self.limit:
            self._shorten()

    def pass_to(self, place: int) -> None:
        """Take down that everything up to `place` is known, and nothing of it is shown."""
        self.last = max(self.last, place)

    def serial(self, place: int) -> int | None:
        """The serial of the first frame after `place`; None when not all of them are here, or not yet."""
        if not self.floor <= place <= self.last:
            return None
        return self._base + bisect_right(self._places, place)

    def place(self, serial: int) -> int:
        """The place of the frame before `serial`, which must have been read just now."""
        at = serial - self._base
        return self._places[at - 1] if at > 0 else self.floor

    def read(self, serial: int) -> tuple[bytes, int] | None:
        """Frames from `serial` on, as many as fit a chunk, and the serial after them; None: they are gone.

        Readers at one place get the same bytes: they are joined once.
        """
        if serial < self._base:
            return None
        if serial == self.end:
            return b"", serial
        known, end, chunk, stop = self._chunk
        if known != serial or end != self.end:
            stop = self._stop(serial)
            chunk = b"".join(self._frames[serial - self._base : stop - self._base])
            self._chunk = (serial, self.end, chunk, stop)
        return chunk, stop

    def _stop(self, serial: int) -> int:
        """The serial after the last frame that fits a chunk from `serial`; at least one frame fits."""
        at, size = serial - self._base, 0
        while at < len(self._frames) and (size == 0 or size + len(self._frames[at]) <= CHUNK):
            size += len(self._frames[at])
            at += 1
        return self._base + at

    def _shorten(self) -> None:
        """Let go of the oldest down to three quarters, so that it is not done for every frame."""
        wanted, at = self.limit * 3 // 4, 0
        while self._bytes > wanted and at < len(self._frames) - 1:
            self._bytes -= len(self._frames[at]) + FRAME_COST
            at += 1
        if at:
            self.floor = self._places[at - 1]
            self._base += at
            del self._frames[:at], self._places[:at]
