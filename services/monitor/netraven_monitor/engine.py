"""The ping engine: asks many addresses over one socket. No verdicts, no storage.

A sweep opens its own socket and closes it at the end, so two sweeps never hear each other's answers, a late
answer finds nobody, and a permission that came or went shows at the next sweep. What counts as an answer
stands in probes.py. Messages that a host is unreachable are anybody's to make and are not heard.

Latency runs from the send call to the kernel's receive stamp; how busy this process is does not show in it.
"""

from __future__ import annotations

import array
import errno
import os
import threading
import time
from _socket import inet_aton
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from netraven_monitor.icmp import (
    ANSWER,
    FRAME,
    IP_HEADER,
    MAX_PROBES,
    QUESTION,
    WITH_HEADER,
    WITHOUT_HEADER,
    write_questions,
)
from netraven_monitor.icmp_socket import RAW, IcmpSocket, NoSocket, open_icmp
from netraven_monitor.mmsg import Inbox, Outbox
from netraven_monitor.probes import Probes
from netraven_monitor.waiting import Waiting, best_waiting

_BATCH = 32
_BREATH_NS = 2_000_000
_PACE_SECONDS = 0.005
_FULL = (errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM, errno.EINTR)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a sweep found, in the order of its targets.

    `latencies`: milliseconds, or None where nobody answered in time. `unsent`: index -> errno of those that
    could not even be asked from here, which says nothing about them.
    """

    latencies: list[float | None]
    unsent: dict[int, int]


class Engine:
    """Sends echo requests and matches the answers.

    Parameters: `waiting`, how to give time away (default: what suits this process); `opener`, what opens
    the socket.
    """

    def __init__(
        self, waiting: Waiting | None = None, opener: Callable[[], IcmpSocket] | None = None
    ) -> None:
        self._waiting = waiting or best_waiting()
        self._open = opener or open_icmp
        # Sweeps take turns at sending, so that the rate holds for all of them together.
        self._sending = threading.Lock()

    def unable(self) -> str | None:
        """Why no sweep can be made from here at present, or None when it can."""
        try:
            self._open().close()
        except NoSocket as error:
            return str(error)
        return None

    def sweep(
        self,
        targets: Sequence[str],
        *,
        attempts: int = 1,
        timeout: float = 1.0,
        rate: float = 0.0,
        spacing: float | None = None,
    ) -> Answers:
        """Ask every target; return as soon as all have answered or the last probe's time is over.

        Parameters: `targets`, IPv4 addresses; `attempts`, how often a silent one is asked; `timeout`,
        seconds that a probe may take; `rate`, probes per second, 0 for as fast as it goes; `spacing`,
        seconds from one attempt to the next (default: `timeout`, so that they never overlap).
        Raises NoSocket when no socket is permitted, ValueError for more than a million probes, OSError when
        the socket fails in the middle.
        """
        if len(targets) * attempts > MAX_PROBES:
            raise ValueError(f"a sweep takes at most {MAX_PROBES} probes")
        socket = self._open()
        try:
            run = _Sweep(socket, self._waiting, self._sending, targets, int(timeout * 1e9), rate)
            run.ask(attempts, timeout if spacing is None else spacing)
        finally:
            socket.close()
        return Answers(run.probes.latencies, run.probes.unsent)


class _Sweep:
    """One run of the engine."""

    def __init__(
        self,
        socket: IcmpSocket,
        waiting: Waiting,
        sending: threading.Lock,
        targets: Sequence[str],
        timeout_ns: int,
        rate: float,
    ) -> None:
        raw = socket.kind == RAW
        self.probes = Probes(len(targets), socket.labels, WITH_HEADER if raw else WITHOUT_HEADER, timeout_ns)
        self._targets, self._timeout_ns, self._rate = targets, timeout_ns, rate
        self._fd, self._labels, self._waiting, self._sending = socket.fd, socket.labels, waiting, sending
        self._out = Outbox(_BATCH, QUESTION.size)
        # Without a header, the message is laid where it would have been and the sender's name before it.
        self._in = Inbox(2 * _BATCH, FRAME) if raw else Inbox(2 * _BATCH, FRAME, IP_HEADER, 8)
        self._breath = time.monotonic_ns()

    def ask(self, attempts: int, spacing: float) -> None:
        """Ask all, then those still silent again, and wait for the last."""
        for attempt in range(1, attempts + 1):
            silent = range(len(self._targets)) if attempt == 1 else self.probes.unanswered()
            with self._sending:
                self._send_all(silent)
            self._listen(self._timeout_ns if attempt == attempts else int(spacing * 1e9))
            if not self.probes.silent:
                return

    def _send_all(self, targets: Sequence[int]) -> None:
        started, done = time.monotonic(), 0
        while done < len(targets):
            due = int((time.monotonic() - started) * self._rate) + 1 - done if self._rate else _BATCH
            if due > 0:
                self._send(targets[done : done + min(due, _BATCH)])
                done += min(due, _BATCH)
            else:
                # Answers wait in the socket meanwhile; their stamps are made already.
                self._waiting.pause(max(1 / self._rate, _PACE_SECONDS))
            self._receive()
            self._breathe()

    def _send(self, chunk: Sequence[int]) -> None:
        """Send one probe to each target of `chunk`, at most a batch."""
        try:
            addresses = [inet_aton(self._targets[i]) for i in chunk]
        except OSError:
            chunk = [i for i in chunk if self._is_address(i)]
            addresses = [inet_aton(self._targets[i]) for i in chunk]
        nonces = array.array("Q", os.urandom(8 * len(chunk))).tolist()
        number = self.probes.open(chunk, addresses, nonces)
        write_questions(self._out.body, self._labels, number, nonces)
        self._out.address(addresses)
        done, patience = 0, time.monotonic_ns() + self._timeout_ns
        while done < len(chunk):
            done += self._push(number, done, len(chunk), patience)

    def _is_address(self, target: int) -> bool:
        try:
            inet_aton(self._targets[target])
        except OSError:
            self.probes.unaskable(target, errno.EINVAL)
            return False
        return True

    def _push(self, number: int, done: int, end: int, patience: int) -> int:
        """Hand the batch from `done` on to the kernel; how many of it are dealt with.

        A kernel without room is asked again until `patience`, a moment in nanoseconds.
        """
        before = time.monotonic_ns()
        try:
            count = self._out.send(self._fd, done, end)
        except OSError as error:
            if error.errno in _FULL and before < patience:
                self._waiting.pause(0.001)
                return 0
            self.probes.refused(number + done, error.errno or 0)
            return 1
        self.probes.sent(number + done, count, before, time.monotonic_ns())
        return count

    def _listen(self, for_ns: int) -> None:
        """Take answers until all are in or the time is over; what was stamped in time counts even then."""
        end = time.monotonic_ns() + for_ns
        while self.probes.silent:
            left = end - time.monotonic_ns()
            if left > 0:
                self._waiting.readable(self._fd, left / 1e9)
            self._receive()
            if left <= 0:
                return
            if self.probes.silent:
                # One waking for what comes within a moment, not one for each answer.
                self._waiting.pause(min(_PACE_SECONDS, left / 1e9))

    def _receive(self) -> None:
        inbox, fd = self._in, self._fd
        while count := inbox.receive(fd):
            # Stamps are wall-clock; taken to the monotonic clock right here, a clock that is set shows in
            # none.
            ahead = time.time_ns() - time.monotonic_ns()
            answers = ANSWER.iter_unpack(inbox.frames(count))
            self.probes.match(zip(answers, inbox.lengths(count), inbox.stamps(count), strict=True), ahead)
            if count < inbox.size:
                return
            self._breathe()

    def _breathe(self) -> None:
        if time.monotonic_ns() - self._breath > _BREATH_NS:
            self._waiting.breathe()
            self._breath = time.monotonic_ns()
