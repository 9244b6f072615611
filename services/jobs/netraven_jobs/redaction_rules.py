"""Where secrets stand in configurations: tables, family of platforms -> regular expressions. No code.

In each the group `secret` is the value; the rest of the line stays. All are looked for in any case, line by
line (`^` and `$` are a line's). Blocks span lines: what stands between `head` and `tail` goes; `indent` is
the first line's. The rules of "any" hold for all families.
"""

from __future__ import annotations

from netraven_jobs.redaction_cisco import CISCO
from netraven_jobs.redaction_firewalls import FORTINET, PANOS
from netraven_jobs.redaction_vrp import HUAWEI
from netraven_jobs.redaction_words import BRACED, IN_URL, SINGLE, VALUE, beyond

_KEY = "-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----"
_CERTIFICATE = r"^[ \t]*certificate "

# One that has no end of its own ends where the next one begins.
BLOCKS: dict[str, tuple[str, ...]] = {
    "any": (
        rf"(?P<head>{_KEY}[^\n]*\n)(?P<indent>[ \t]*)(?!<redacted>)\S(?:(?!{_KEY}).)*?"
        rf"(?P<tail>(?<![ \t])[ \t]*+-----END [A-Z0-9 ]*PRIVATE KEY-----|(?={_KEY}))",
    ),
    "cisco": (
        # Certificates and keys as lines of hexadecimal.
        rf"(?P<head>{_CERTIFICATE}(?:self-signed |ca |rsa |ra-\S+ )?[0-9A-F]+(?: \S+)?[ \t]*\n)"
        rf"(?P<indent>[ \t]*)[0-9A-F]{{8}}(?:(?!{_CERTIFICATE}).)*?(?P<tail>^[ \t]*quit|(?={_CERTIFICATE}))",
    ),
}

# What is a secret only under its heading: (heading and body, the line in the body).
SECTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "cisco": (
        (r"^router hsrp\n(?P<body>(?:[ \t]+.*\n?)*)", r"^[ \t]+authentication (?P<secret>\S+)[ \t]*$"),
    ),
    "routeros": (
        (r"^/snmp community\n(?P<body>(?:(?!/).+\n?)*)", r"\bname=(?P<secret>\"[^\"\n]*\"|\S+)"),
        (r"^/container envs\n(?P<body>(?:(?!/).+\n?)*)", r"\bvalue=(?P<secret>\"[^\"\n]*\"|\S+)"),
        # A long line goes on in the next one, and what stands there is the value.
        (r"(?:password|secret|passphrase|key)=\\\n(?P<body>[ \t]*\S+)", r"(?P<secret>\"[^\"\n]*\"|\S+)"),
    ),
    "fortinet": (
        (
            r"^[ \t]*config (?:system snmp community|switch-controller snmp-community)\n"
            r"(?P<body>(?:[ \t].*\n)*)",
            r"^ {8}set name (?P<secret>\"[^\"\n]*\"|\S+)",
        ),
    ),
}

# A line with a command in it, `said`, for which the rules hold as for a line of its own.
NESTED: dict[str, str] = {
    "cisco": r"^[ \t]*action \S+ cli (?:command )?\"?(?P<said>[^\"\n]*)",
}

# A quoted value may go on in the next line: what stands in this one goes.
_ROUTEROS = r"(?P<secret>\\?\"(?:[^\"\\\n]|\\.)*+\"?|[^\s\"\\][^\s]*)"
_EXOS_HOW = r"(?:(?:encrypted|hex|simple|auth-encrypted|privacy-encrypted|localized-key|md5 \d+) )*"

RULES: dict[str, tuple[str, ...]] = {
    "any": (
        # What looks like a hash of crypt(3) is one, wherever it stands. Its kind stays.
        r"(?:^|[\s\"':=])\$(?:1|2[aby]?|5|6|8|9|14|y|sha\d*)\$(?P<secret>[^\s\";]{8,})",
    ),
    "cisco": CISCO,
    "juniper": (
        rf"\b(?:encrypted-password|plain-text-password-value|authentication-password|privacy-password) "
        rf"{BRACED}",
        rf"\b(?:authentication-key|privacy-key|authentication-key-chain-secret) (?!\d+ (?:type|"
        rf"value)){BRACED}",
        rf"\bauthentication-key \d+ (?:type \S+ )?value {BRACED}",
        rf"(?:^|[ \t{{-])(?:secret|password|passphrase|cak|pre-shared-key (?:ascii-text|hexadecimal)) "
        rf"{BRACED}",
        rf"\b(?:ascii-text|hexadecimal|hello-authentication-key|md5 \d+ key) {BRACED}",
        r"\bkey (?P<secret>\"[^\"\n]*\")",
        r"^[ \t]+key (?P<secret>[^\s\";{]+);",
        r"^[ \t]*community (?P<secret>\"[^\"\n]+\"|\S+)(?=[ \t]*\{|;| authorization| clients| view)",
        r"\bsnmp community (?P<secret>\"[^\"\n]+\"|\S+)",
        r"\bcommunity-name (?P<secret>\"[^\"\n]+\"|[^\s;]+)",
        r"(?P<secret>\$9\$[^\s\";]+)",
        r"\btrap-group (?P<secret>\"[^\"\n]+\"|[^\s;{]+)",
        IN_URL,
    ),
    "huawei": HUAWEI,
    "procurve": (
        rf"\bpassword (?:manager |operator |all |port-access )?(?:user-name \S+ )?(?:plaintext |sha1 |"
        rf"sha256 )"
        rf"{VALUE}",
        rf"\b(?:mac-based|mac-auth) password {VALUE}",
        r"\bsnmp-server community (?P<secret>\"[^\"\n]+\"|\S+)",
        r"\bsnmp-server host \S+ (?:community )?(?P<secret>\"[^\"\n]+\"|(?!community |informs|"
        r"trap-level)\S+)",
        rf"\bsnmpv3 user \S+ (?:encrypted-)?auth (?:(?:md5|sha) )?(?:encrypted-key )?{VALUE}",
        beyond(r"\bsnmpv3 user ") + rf"\bpriv (?:(?:des|aes) )?(?:encrypted-key )?{VALUE}",
        rf"\bsnmpv3 community index \S+ name {VALUE}",
        rf"\b(?:radius|tacacs)-server (?:encrypted-)?key {VALUE}",
        beyond(r"\b(?:radius|tacacs)-server ") + rf" (?:encrypted-)?key {VALUE}",
        rf"\bkey \d+ (?:key-string|encrypted-key) {VALUE}",
        rf"\bkey-string {VALUE}",
        rf"\b(?:wpa-psk|psk|cak|secret) {VALUE}",
        rf"\bauthentication-(?:key|data) {VALUE}",
        rf"\bplaintext-password {VALUE}",
        rf"\bneighbor \S+ (?:encrypted-)?password {VALUE}",
        rf"\bkey-id \d+ authentication-mode \S+ (?:key-value|encrypted-key(?:-value)?) {VALUE}",
        rf"\bencrypt-credentials pre-shared-key (?:plaintext|hex) {VALUE}",
        rf"\bencryption-key {VALUE}",
        IN_URL,
    ),
    "routeros": (
        r"(?:password|secret|passphrase|key|\b(?:static-key-\d|trap-community|cak))"
        rf"=(?!no\b|yes\b|\\$){_ROUTEROS}",
        beyond("/snmp community (?:add|set) ") + r"\bname=(?P<secret>\"[^\"\n]*\"|\S+)",
        beyond("/container envs (?:add|set) ") + r"\bvalue=(?P<secret>\"[^\"\n]*\"|\S+)",
        IN_URL,
    ),
    "fortinet": FORTINET,
    "vyos": (
        r"^(?!.*(?:public-keys \S+ key|public key|public-key) ).*?(?<![\w-])"
        r"(?:plaintext-password|encrypted-password|password|pre-shared-secret|secret|passphrase|psk|"
        r"private-key|preshared-key|md5-key|shared-secret|plaintext-key|encrypted-key|auth-key|key|token|cak|"
        r"client-secret|cisco-authentication) (?!file )"
        rf"{SINGLE}[ \t]*$",
        rf"\b(?:private|password|area-password|domain-password) (?:key|passphrase|md5|plaintext-password) "
        rf"{SINGLE}[ \t]*$",
        rf"\bnhrp tunnel \S+ authentication {SINGLE}[ \t]*$",
        rf"\bcontainer name \S+ environment \S+ value {SINGLE}[ \t]*$",
        r"\bsnmp (?:trap-target \S+ )?community (?P<secret>'[^'\n]*'|\S+)",
        r"^[ \t]+community (?P<secret>'[^'\n]*'|\"[^\"\n]*\"|[^\s{]+)(?=[ \t]*\{|[ \t]*$)",
        r"\bmd5 key-id \d+ md5-key (?P<secret>'[^'\n]*'|\S+)",
        rf"--password {SINGLE}",
        IN_URL,
    ),
    "panos": PANOS,
    "extreme": (
        rf"\b(?:create|configure) account \S+ (?!password-policy)\S+ (?:encrypted |password )?{VALUE}",
        rf"\bconfigure account \S+ (?:encrypted|password) {VALUE}",
        rf"(?:\b|-)(?:shared-secret|password|cak|encrypted-auth) {_EXOS_HOW}(?!min-|char-|history|max-|"
        rf"lock){VALUE}",
        rf"\bconfigure snmpv3 add community {_EXOS_HOW}{VALUE}",
        beyond(r"\bconfigure snmpv3 add community ") + rf" name {VALUE}",
        rf"\bconfigure snmp (?:add )?community (?:readonly |readwrite ){_EXOS_HOW}{VALUE}",
        beyond(r"\btrapreceiver \S+ ") + rf"\bcommunity {_EXOS_HOW}{VALUE}",
        beyond(r"\bconfigure snmpv3 add user ") + rf"\bauthentication (?:md5|sha\S*) {_EXOS_HOW}{VALUE}",
        beyond(r"\bconfigure snmpv3 add user ") + rf"\bprivacy (?:(?:des|3des|aes)(?: (?:128|192|256))? )?"
        rf"{_EXOS_HOW}{VALUE}",
        rf"\bauthentication (?:encrypted )?(?:simple-password|md5 \d+) {_EXOS_HOW}{VALUE}",
        rf"\bconfigure ntp key \d+ \S+ {_EXOS_HOW}{VALUE}",
        rf"\bnetlogin add mac-list \S+ (?:\d+ )?{_EXOS_HOW}(?!ports){VALUE}",
        rf"\bcreate netlogin local-user \S+ {_EXOS_HOW}{VALUE}",
        rf"\bencrypted (?!simple |simple-password |md5 |localized-key ){VALUE}",
    ),
    "linux": (
        r"^[ \t]*+(?:export )?(?=[\w-]*?(?:password|passwd|secret|psk|wpa-psk|passphrase|private[_-]?key|"
        r"preshared[_-]?key|api[_-]?key|wireless-key|token))[\w-]++(?:[ \t]*+[=:]|[ \t]++(?![=:]))[ \t]*+"
        r"(?!no$|yes$|prohibit-password$|[0-9] |clear |md5 |encrypted )(?P<secret>\"[^\"\n]*\"|\S+)",
        # Netplan, under names that say little.
        r"^[ \t]+(?:key|private|shared):[ \t]+(?P<secret>\"[^\"\n]*\"|\S+)",
        rf"^[ \t]*(?:enable )?password (?:[0-9] )?{VALUE}",
        rf"\bneighbor \S+ password {VALUE}",
        rf"\b(?:isis |area-|domain-)password (?:clear |md5 )?{VALUE}",
        rf"\b(?:message-digest-key \d+ \S+|authentication-key|key-string|authentication string) {VALUE}",
        rf"\bip nhrp (?:authentication|secret) {VALUE}",
        rf"\bvici profile \S+ password {VALUE}",
        rf"^[ \t]*r[ow]community6? {VALUE}",
        rf"^[ \t]*com2sec6? (?:-Cn \S+ )?\S+ \S+ {VALUE}",
        rf"^[ \t]*createUser (?:-e \S+ )?\S+ \S+ {VALUE}",
        rf"^[ \t]*createUser (?:-e \S+ )?\S+ \S+ (?:\"[^\"]*\"|\S+) \S+ {VALUE}",
        rf"(?:^|[ \t]): (?:PSK|EAP|XAUTH|NTLM) {VALUE}",
        r"^[^:\s]+:(?P<secret>\$[^:\s]+):",
        IN_URL,
    ),
}
