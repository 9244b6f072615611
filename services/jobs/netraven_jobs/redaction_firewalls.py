"""Where secrets stand in configurations of FortiOS and PAN-OS. A table of expressions as redaction_rules.py
describes them. No code.
"""

from __future__ import annotations

from netraven_jobs.redaction_words import BRACED, IN_URL

_QUOTED = r"(?P<secret>\"(?:[^\"\\\n]|\\.)*\"|\S+)"
# Words that are settings about secrets, and hold none.
_ABOUT = (
    r"(?:\S*-(?:expire|expiry|time|attr|renewal|policy|warning|status|type|id|length|history)|passwordless)"
)

FORTINET: tuple[str, ...] = (
    r"^[ \t]*set md5-key \d+ (?:ENC )?" + _QUOTED,
    rf"^[ \t]*set (?!{_ABOUT} )(?:(?=[\w-]*?(?:password|passwd|secret|passphrase|psk|private-key|auth-pwd|"
    rf"priv-pwd|"
    rf"authkey|enckey|auth-string|key-string|keytab|(?<!forti)token|pincode|\bcak|-pin))[\w-]++|key|"
    rf"[\w-]++(?<=-key)) (?:ENC )?"
    rf"(?!ENC |enable\b|disable\b|\"?-----){_QUOTED}",
    r"^[ \t]*set \S+ (?:\d+ )?ENC (?P<secret>\S+)",
    r"\b(?:Bearer|Basic|Token|ApiKey) (?P<secret>[^\s\"']+)",
    r"^[ \t]*set headers .*?(?:key|token|secret|\b(?=\w*?auth)\w++): ?(?!Bearer|Basic|Token|"
    r"ApiKey)(?P<secret>[^\s\"']+)",
    IN_URL,
)

_PAN = (
    r"(?:[\w-]*-)?(?:phash|password|passwd|secret|key|passphrase|passcode|authpwd|privpwd|community|"
    r"community-string|token|keytab|pin|hash|tcp-md5)"
)
_OPEN = r"(?:public-key|ssh-key|host-key|ack-key)"

PANOS: tuple[str, ...] = (
    rf"(?:^|[ \t])(?!{_OPEN}\b){_PAN} (?!(?:yes|no|none);){BRACED};",
    # In the form of commands, where nothing ends a value but the line.
    rf"^set .*?[ \t](?!{_OPEN}\b){_PAN} (?P<secret>\"[^\"\n]*\"|[^\s;{{}}]+)[ \t]*$",
    rf"<(?!{_OPEN}>){_PAN}>(?P<secret>[^<\n]+)<",
    IN_URL,
)
