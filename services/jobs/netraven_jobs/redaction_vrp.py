"""Where secrets stand in configurations of Huawei's VRP and of Comware, which share their beginnings. A table
of expressions as redaction_rules.py describes them. No code.
"""

from __future__ import annotations

from netraven_jobs.redaction_words import IN_URL, VALUE, beyond

# How a value is written down; the second may be left out.
_SURE = r"(?:(?:(?:irreversible-)?cipher(?:text)?|simple|plain(?:text)?|hash|irreversible|encrypted) )"
_HOW = rf"{_SURE}*"
# Words that ask for a secret, also as the last part of a longer one.
_ASKS = (
    r"password|secret|shared-key|preshared-key|pre-shared-key|key-string|securityname|pass-phrase|raw-key|"
    r"cak|"
    r"login-password"
)
_NO_VALUE = (
    r"(?!(?:policy|alert|expire|history|min\S*|complex\S*|recover|modify|change|force|length|aging|"
    r"composition|"
    r"login|update|control|address|hostname|local|remote|v[123]c?|role|level|all)\b|"
    r"(?:(?:cipher|plain|simple) )?(?:\d+\.\d+\.\d+\.\d+|all) )"
)

HUAWEI: tuple[str, ...] = (
    rf"(?:^|[ \t-])(?:{_ASKS}) {_HOW}{_NO_VALUE}{VALUE}",
    rf"\bpre-shared-key (?:address \S+(?: \d\S*)? key |hostname \S+ key |local |remote ){_HOW}{VALUE}",
    rf"\bsuper password (?:level \d+ )?(?:role \S+ )?{_HOW}{VALUE}",
    # Wherever a value says itself that it is one.
    rf"(?<!server )(?<!client )\b(?:irreversible-)?(?:cipher(?:text)?|simple|plain(?:text)?) "
    rf"(?!(?:authentication-mode|key|cipher|plain|simple|v[123]c?)\b)(?:all |\d+\.\d+\.\d+\.\d+ )?{VALUE}",
    rf"\b(?:simple|vrid \d+ authentication-mode simple) key {VALUE}",
    rf"\bsnmp-agent community (?:read|write) {_HOW}{VALUE}",
    beyond(r"\bsnmp-agent usm-user ") + rf"\bauthentication-mode \S+ {_HOW}{VALUE}",
    beyond(r"\bsnmp-agent usm-user ") + rf"\bprivacy-mode \S+ {_HOW}{VALUE}",
    rf"\bauthentication-mode (?:md5|hmac-\S+|simple|sm3) (?:usual |nonstandard |rfc\d+ )?"
    rf"(?:key-id )?(?:\d+ )?{_HOW}(?!key ){VALUE}",
    beyond(r"\bvlink-peer \S+ ") + rf"(?<= )(?:md5|hmac-\S+) \d+ {_HOW}{VALUE}",
    rf"\bmpls rsvp-te authentication {_HOW}{VALUE}",
    rf"\bsa (?:authentication-hex|encryption-hex|string-key) (?:in|out)bound (?:ah|esp) {_HOW}{VALUE}",
    rf"\bauthentication-keyid \d+ authentication-mode \S+ {_HOW}{VALUE}",
    rf"\b(?:wpa\S*|psk) (?:pass-phrase |hex |raw-key ){_HOW}{VALUE}",
    rf"\bkey (?:authentication|accounting|authorization) {_HOW}{VALUE}",
    rf"\bauthentication manager \S+ {_HOW}{VALUE}",
    rf"\bauthentication manager \S+ {_HOW}\S+ {VALUE}",
    rf"\b(?:cipher|irreversible-cipher) (?!aes|3des|des\b|arcfour|blowfish|authentication-mode){VALUE}",
    IN_URL,
)
