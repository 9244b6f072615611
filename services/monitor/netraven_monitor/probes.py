"""The open probes of one sweep and the one rule for what counts as an answer. No sockets, no clock.

Probes are numbered from 0 through all attempts; the lists here are indexed by that number. An answer counts
when its length, type, label, nonce and sender are all those of the probe that it names, and it came within
that probe's time. Anything else is somebody else's, too late, or made up, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netraven_monitor.icmp import ECHO_REPLY, IP_HEADER, QUESTION, WITH_HEADER, Labels

# The fields of icmp.ANSWER, the message's length in bytes, the kernel's stamp in seconds and nanoseconds.
Received = tuple[tuple[int, bytes, int, int, int, int], tuple[int], tuple[int, int]]

_SECOND = 1_000_000_000
# A clock's grain: nothing comes back sooner.
_LEAST_NS = 1_000


class Probes:
    """Who was asked with what and when, and who has answered.

    Parameters: `targets`, how many; `labels` of the socket; `start`, the first byte of its frames;
    `timeout_ns`, how long a probe may take. `latencies` has milliseconds or None for each target, `unsent`
    the errno for each target that could not be asked, `silent` counts the targets that are in neither.
    """

    def __init__(self, targets: int, labels: Labels, start: int, timeout_ns: int) -> None:
        self.latencies: list[float | None] = [None] * targets
        self.unsent: dict[int, int] = {}
        self.silent = targets
        self._labels, self._start, self._timeout_ns = labels, start, timeout_ns
        self._length = QUESTION.size + (IP_HEADER if start == WITH_HEADER else 0)
        self._who: list[int] = []
        self._addresses: list[bytes] = []
        self._nonces: list[int] = []
        self._sent_ns: list[int] = []

    def open(self, targets: Sequence[int], addresses: Sequence[bytes], nonces: Sequence[int]) -> int:
        """Number one probe for each of `targets`; the first number."""
        number = len(self._who)
        self._who.extend(targets)
        self._addresses.extend(addresses)
        self._nonces.extend(nonces)
        self._sent_ns.extend([0] * len(targets))
        return number

    def sent(self, number: int, count: int, before_ns: int, after_ns: int) -> None:
        """`count` probes from `number` on went out in one call, evenly between its start and its end."""
        step = (after_ns - before_ns) // count
        self._sent_ns[number : number + count] = [before_ns + step * i for i in range(count)]

    def refused(self, number: int, error: int) -> None:
        """Probe `number` did not get out of this machine, for the errno `error`."""
        self.unaskable(self._who[number], error)

    def unaskable(self, target: int, error: int) -> None:
        """Nothing can be sent to this target, for the errno `error`."""
        if self.latencies[target] is None and target not in self.unsent:
            self.unsent[target] = error
            self.silent -= 1

    def unanswered(self) -> list[int]:
        """The targets that were asked and have not answered."""
        return [i for i, latency in enumerate(self.latencies) if latency is None and i not in self.unsent]

    def match(self, received: Iterable[Received], ahead_ns: int) -> None:
        """Count what has arrived. `ahead_ns`: how much the stamps' clock is ahead of the clock of `sent`."""
        addresses, nonces = self._addresses, self._nonces
        (first, mask), begin, whole = self._labels, self._start, self._length
        asked = len(self._who)
        for (start, source, kind, label, number, nonce), (length,), (seconds, ns) in received:
            if (
                number < asked
                and nonces[number] == nonce
                and addresses[number] == source
                and label == first + (number & mask)
                and length == whole
                and kind == ECHO_REPLY
                and start == begin
            ):
                self._count(number, seconds * _SECOND + ns - ahead_ns)

    def _count(self, number: int, at_ns: int) -> None:
        target, took_ns = self._who[number], at_ns - self._sent_ns[number]
        if took_ns <= self._timeout_ns and self.latencies[target] is None:
            self.latencies[target] = (took_ns if took_ns > _LEAST_NS else _LEAST_NS) / 1_000_000
            self.silent -= 1
