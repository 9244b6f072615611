"""A TCP socket that acknowledges at once what it was sent. Whom it is connected to is not known here.

Many devices send a line's echo, its answer and the prompt as small segments of their own, and hold each back
until the one before it is acknowledged (RFC 896, Nagle); we would put acknowledging off for up to 40 ms
(RFC 1122, 4.2.3.2, as Linux has it). So each line that a session asks would cost 40 ms of waiting for nobody.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any


class PromptSocket(socket.socket):
    """As any socket; only its acknowledgements do not wait.

    The kernel forgets the option when it pleases (tcp(7), TCP_QUICKACK), so it is told after each word.
    """

    def recv(self, *args: Any) -> bytes:
        """As the socket's own."""
        heard = super().recv(*args)
        self._acknowledge()
        return heard

    def send(self, *args: Any) -> int:
        """As the socket's own."""
        sent = super().send(*args)
        self._acknowledge()
        return sent

    def sendall(self, *args: Any) -> None:
        """As the socket's own."""
        super().sendall(*args)
        self._acknowledge()

    def _acknowledge(self) -> None:
        # Whoever reads beside us may have met the end and closed it: what was heard or said stays so, and
        # the next word meets the end too.
        with suppress(OSError):
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
