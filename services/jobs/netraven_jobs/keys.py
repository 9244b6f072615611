"""Private keys for logging in, from their text. Nothing of a key goes into an error."""

from __future__ import annotations

import io

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm

from netraven_jobs.failures import Failed

_KINDS: tuple[type[paramiko.PKey], ...] = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


def private_key(text: str, passphrase: str | None) -> paramiko.PKey:
    """The key in `text`, PEM or OpenSSH. Raises Failed with AUTHENTICATION when it cannot be used."""
    if not text.endswith("\n"):
        text += "\n"
    for kind in _KINDS:
        try:
            return kind.from_private_key(io.StringIO(text), password=passphrase)
        except paramiko.PasswordRequiredException:
            raise Failed("AUTHENTICATION", "the private key needs a passphrase, and there is none") from None
        except (paramiko.SSHException, UnsupportedAlgorithm, ValueError, IndexError, TypeError):
            continue  # of another kind, or the wrong passphrase: that shows when no kind is left
    raise Failed("AUTHENTICATION", "the private key cannot be read: it is none, or its passphrase is another")
