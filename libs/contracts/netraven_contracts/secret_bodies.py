"""Bodies that bring a secret, in clear or sealed: the rules about which of the two. What is in it is not
known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema


class OneSecret:
    """Mixed into a schema with the fields `secret` and `encrypted_secret`: not both of them."""

    @validates_schema
    def _one_secret(self, data: Mapping[str, Any], **_: Any) -> None:
        if "secret" in data and "encrypted_secret" in data:
            raise ValidationError("give secret or encrypted_secret, not both", "secret")


class SomeSecret:
    """Mixed into a schema with the fields `secret` and `encrypted_secret`: one of them."""

    @validates_schema
    def _some_secret(self, data: Mapping[str, Any], **_: Any) -> None:
        if "secret" not in data and "encrypted_secret" not in data:
            raise ValidationError("is required; give secret or encrypted_secret", "secret")
