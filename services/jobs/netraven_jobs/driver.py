"""Netmiko's drivers, made fit for us: they check the device's host key, notice when it has gone, bound what
it may send, and let others hear what is said. No session's course is here.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import paramiko
from netmiko import log as netmiko_log
from netmiko import ssh_dispatcher
from netmiko.base_connection import BaseConnection
from netmiko.channel import SSHChannel, TelnetChannel
from paramiko.common import cMSG_USERAUTH_REQUEST

from netraven_jobs import paging, prompt, telnet
from netraven_jobs.failures import Failed, HungUp, hung_up
from netraven_jobs.hearing import Hearing, of_ssh, of_telnet
from netraven_jobs.turns import Turns

MOST_TEXT = 32 * 1024 * 1024
"""Characters that a session may bring in all; more is no configuration."""
_ENABLE_SECONDS = 20.0


def key_text(key: paramiko.PKey) -> str:
    """A host key as "<type> <base64>", as known_hosts has it."""
    return f"{key.get_name()} {key.get_base64()}"


class FirstUse(paramiko.MissingHostKeyPolicy):
    """Trust on first use: whatever key is shown is taken when none is known."""

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Go on."""


class HungUpAtPassword(Failed):
    """The device hung up when it was given the password. That is how many say no after the last try that they
    permit; and with a single one, also those that want to be answered by questions and not by password.
    """

    def __init__(self) -> None:
        super().__init__("AUTHENTICATION", "the device hung up when it was given the credential")


class Transport(paramiko.Transport):
    """Paramiko's, which remembers whether the device was given a credential.

    `asks_first`: it asks how one may log in, and gives the password only to who wants it by questions.
    """

    _given = False
    asks_first = False

    def auth_password(
        self, username: str, password: str, event: Any = None, fallback: bool = True
    ) -> list[str]:
        """Log in by password. Raises paramiko's errors."""
        ways: list[str]
        if not self.asks_first:
            ways = super().auth_password(username, password, event, fallback)
            return ways
        try:
            self.auth_none(username)  # as every OpenSSH client begins: no device counts it
        except paramiko.BadAuthenticationType as told:
            if "password" in told.allowed_types or "keyboard-interactive" not in told.allowed_types:
                raise
        ways = self.auth_interactive(username, lambda _title, _text, fields: [password] * len(fields[:1]))
        return ways

    @property
    def refused(self) -> bool:
        """Whether the device was given a credential and has not let us in."""
        return self._given and not self.auth_handler.is_authenticated()

    def _send_message(self, data: paramiko.Message) -> None:
        # Each request names the credential, but for the first of one that asks: its caller knows.
        self._given = self._given or data.asbytes()[:1] == cMSG_USERAUTH_REQUEST
        super()._send_message(data)


class Guarded(BaseConnection):
    """Mixed into a driver of Netmiko's; connects only when told.

    `known` is the host key that the device must have, None for any; `hear` gets all that the device says;
    `asks_first` as in Transport.
    """

    def __init__(
        self, *, known: str | None, hear: Callable[[str], None], asks_first: bool = False, **options: Any
    ) -> None:
        self._known, self._hear, self._taken, self._asks_first = known, hear, 0, asks_first
        self._transport: Transport | None = None
        self._turns, self._written, self._secret_given = Turns(time.monotonic()), False, False
        super().__init__(**options, auto_connect=False, disable_lf_normalization=True)  # hearing.py does it

    def establish_connection(self, width: int = 511, height: int = 1000) -> None:
        """Log in. Raises what failures.py knows."""
        if self.protocol != "telnet" or self.sock is None:
            self._log_in_by_ssh(width, height)
            return
        self.remote_conn = telnet.Connection(self.sock)
        plain = TelnetChannel(conn=self.remote_conn, encoding=self.encoding)
        self.channel = Hearing(plain, of_telnet(self.remote_conn), self.normalize_linefeeds)
        telnet.log_in(self, self.auth_timeout or self.conn_timeout)

    def _log_in_by_ssh(self, width: int, height: int) -> None:
        try:
            super().establish_connection(width, height)
        except Exception as error:
            if self._transport is not None and self._transport.refused and hung_up(error):
                raise HungUpAtPassword from error
            raise

    def special_login_handler(self, *args: Any, **kwargs: Any) -> None:
        """Netmiko's first step with a channel that it has just made."""
        if isinstance(self.channel, SSHChannel):
            self.channel = Hearing(self.channel, of_ssh(self.remote_conn), self.normalize_linefeeds)
        super().special_login_handler(*args, **kwargs)

    def strip_ansi_escape_codes(self, string_buffer: str) -> str:
        """What is left of a text that has escape sequences."""
        stripped: str = super().strip_ansi_escape_codes(paging.as_backspaces(string_buffer))
        return stripped

    def _build_ssh_client(self) -> paramiko.SSHClient:
        client: paramiko.SSHClient = super()._build_ssh_client()
        client.set_missing_host_key_policy(FirstUse())
        if self._known:
            # Known beforehand, paramiko compares before it logs in.
            name = self.host if self.port == 22 else f"[{self.host}]:{self.port}"
            kind, key = _parse(self._known)
            client.get_host_keys().add(name, kind, key)
        return client

    def _connect_params_dict(self) -> dict[str, Any]:
        return {**super()._connect_params_dict(), "transport_factory": self._make_transport}

    def _make_transport(self, *args: Any, **kwargs: Any) -> Transport:
        transport = self._transport = Transport(*args, **kwargs)
        transport.asks_first = self._asks_first
        if self._known:
            # A device with several keys is to show the one that is known. An RSA key goes by many names.
            kind = self._known.split(" ")[0].removeprefix("ssh-")
            options = transport.get_security_options()
            options.key_types = sorted(options.key_types, key=lambda name: kind not in name)
        return transport

    def host_key(self) -> str | None:
        """The key that the device has shown, right or wrong; None when it came to none."""
        shown = self._transport.host_key if self._transport is not None else None
        return None if shown is None else key_text(shown)

    def read_channel(self) -> str:
        """What has come since. Raises HungUp when nothing can come any more, Failed when too much came."""
        # Asked before reading: what came before the end is still to be read.
        gone, heard_before = self._gone(), len(self._read_buffer)
        text: str = super().read_channel()
        if len(text) > heard_before:
            self._turns.said(text[heard_before:], time.monotonic())
            self._hear(text[heard_before:])
            self._taken += len(text) - heard_before
            if self._taken > MOST_TEXT:
                raise Failed("PROTOCOL", f"the device sends more than {MOST_TEXT // 2**20} MiB")
        elif gone and not text:
            raise HungUp
        return text

    def write_channel(self, out_data: str) -> None:
        """Write; a whole line only when the device has answered the last one, and what it said until then is
        forgotten: it is no answer to this line. Raises Failed when the device has gone.
        """
        if out_data.endswith(("\n", "\r")):
            self._await_turn()
            if self._turns.wants_new_password:
                raise Failed(
                    "PROTOCOL", "the device wants a new password before anything else; log in by hand"
                )
            self._secret_given = self._secret_given or out_data.strip() == self.secret
        super().write_channel(out_data)
        self._turns.asked(out_data, time.monotonic())

    def write_ahead(self, out_data: str) -> None:
        """Write whosever turn it is; nothing is forgotten that was said before."""
        super().write_channel(out_data)
        self._turns.asked(out_data, time.monotonic())

    def has_answered(self) -> bool:
        """Whether the device has answered the last line, as far as one can tell."""
        return self._turns.ours(time.monotonic())

    def _await_turn(self) -> None:
        said = [self.read_channel()]
        while not self.has_answered():
            time.sleep(prompt.POLL_SECONDS)
            said.append(self.read_channel())
        if not self._written:
            self._read_buffer = "".join(said)  # the greeting, which has questions that a driver answers
        self._written = True

    def enable(self, *args: Any, **kwargs: Any) -> str:
        """Enter the privileged mode. Raises Failed: AUTHENTICATION only when the device was given the secret
        and stays as it was.
        """
        try:
            entered: str = super().enable(*args, **kwargs)
        except ValueError:
            # So Netmiko also calls it when the device was too slow for its patience.
            if not prompt.find(self, time.monotonic() + _ENABLE_SECONDS).endswith("#"):
                raise _not_enabled(self._secret_given) from None
            return ""
        return entered

    def say_goodbye(self) -> None:
        """Tell the device that the channel is closed; nothing is waited for."""
        if isinstance(self.remote_conn, paramiko.Channel):
            # Between the last look and this word the device may have gone: paramiko says so by EOFError.
            with suppress(OSError, EOFError, paramiko.SSHException):
                self.remote_conn.close()

    def disconnect(self) -> None:
        """Let go of everything. Netmiko's own first talks to the device, at length."""
        client = getattr(self, "remote_conn_pre", None)
        with suppress(OSError, EOFError, paramiko.SSHException):
            if client is not None:
                client.close()
        netmiko_log.removeFilter(self._secrets_filter)

    def _gone(self) -> bool:
        channel = self.remote_conn
        if not isinstance(channel, paramiko.Channel):
            return False  # telnet says so by itself
        return channel.closed or channel.eof_received or not channel.get_transport().is_active()


def _not_enabled(given: bool) -> Failed:
    if given:
        return Failed("AUTHENTICATION", "the device did not accept the enable secret")
    return Failed("PROTOCOL", "the device did not ask for the enable secret, nor enter the privileged mode")


def _parse(known: str) -> tuple[str, paramiko.PKey]:
    kind, _, encoded = known.partition(" ")
    try:
        return kind, paramiko.PKey.from_type_string(kind, base64.b64decode(encoded))
    except (binascii.Error, paramiko.SSHException, paramiko.UnknownKeyType, ValueError):
        raise Failed(
            "INTERNAL", "the recorded host key cannot be read; accept the device's key anew"
        ) from None


@cache
def driver(name: str) -> type[Guarded] | None:
    """Netmiko's driver of this name with our guards, or None when it has none."""
    try:
        base = ssh_dispatcher(name)
    except KeyError:
        return None
    return type(f"Guarded{base.__name__}", (Guarded, base), {})
