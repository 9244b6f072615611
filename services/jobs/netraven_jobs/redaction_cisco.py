"""Where secrets stand in configurations of Cisco's way of writing: IOS, IOS XE, IOS XR, NX-OS, ASA, Arista's
EOS, Dell's OS10 and Force10, and FRR. A table of expressions as redaction_rules.py describes them. No code.
"""

from __future__ import annotations

from netraven_jobs.redaction_words import IN_URL, VALUE, beyond

# How a value is written down: a number, or words. They stand between the word that asks for a secret and it.
_HOW = (
    r"(?:(?:1?[0-9]|8a|encrypted|clear(?:text)?|plain(?:-?text)?|cipher(?:text)?|sha\d*|sha-?\d+|md5|"
    r"ietf-md5|hash(?:ed)?|hex|ascii|text|string|hmac-\S+|scrypt|level(?:-[12]| \d+)|password6?|passphrase|"
    r"set-key|fallback|key-string|secret) )*"
)
# The words that ask for a secret, also as the last part of a longer one ...
_ASKS = (
    r"password|passwd|secret|passphrase|server-key|shared-key|pre-shared-key|key-string|key-octet-string|"
    r"key-hexstring|authentication-key|auth-user-pass|common-pw|psk|pmk|cak|key-chain-string|pass-?word-hash"
)
# ... with what may stand between the two beside.
_TO_WHOM = r"(?:peer \S+ |local |remote |address \S+(?: \d\S*)? key |hostname \S+ key )?"
# What follows such a word where it asks for none.
_NO_VALUE = (
    r"(?!(?:encryption|policy|policies|required|option|rollover|storage|management|profile|prompt|recovery|"
    r"lifetime|expiry|history|minimum|maximum|min-length|strength|list|key-chain|keychain|complexity|local|"
    r"shared-secret|authentication|enable|disable)\b)"
)
_NO_KEY = (
    r"(?!\d+[ \t]*$|(?:chain|config-key|generate|import|export|zeroize|rsa|dsa|ecdsa|ec|mypubkey|"
    r"pubkey-chain|"
    r"storage|trustpoint|decrypt|encrypt|size|lifetime|match|id)\b|[0-9a-f]{2,64} (?:0|7|8a) |1 size )"
)
_COMMUNITY = (
    r"(?:(?:[0-9]|8a|clear|encrypted) (?!(?:ro|rw|view|group|ipv[46]|use-\S+)\b|[ \t]*$))?"
    r"(?P<secret>\"[^\"\n]+\"|\S+)"
)

CISCO: tuple[str, ...] = (
    rf"^[ \t]*(?:enable|passwd|password) (?:password |secret |sha256-password |algorithm-type \S+ secret )?"
    rf"(?:level \d+ )?{_HOW}{_NO_VALUE}{VALUE}",
    rf"^[ \t]*username \S+ (?:.*? )?(?:password|secret|masked-secret|sha256-password|hash) {_HOW}{VALUE}",
    rf"(?:^|[ \t-])(?:{_ASKS}) {_TO_WHOM}{_HOW}{_NO_VALUE}{VALUE}",
    # Some number their secrets: `secret 1 7 …`.
    rf"^[ \t]+secret \d+ (?:0|7|8a) {VALUE}",
    # A key, but for the numbers of keys, and for what else is called so.
    rf"(?<!tunnel )(?<!crypto )(?<!ssh )(?<!ip )(?<![\w-])key (?:eigrp \d+ )?{_NO_KEY}{_HOW}{_NO_KEY}{VALUE}",
    rf"^[ \t]+key [0-9a-f]{{2,64}} (?:0|7|8a) {VALUE}",
    rf"\bkey config-key \S+ {_HOW}{VALUE}",
    rf"^[ \t]*snmp-server community {_COMMUNITY}",
    rf"^[ \t]*snmp-server community-map {_COMMUNITY}",
    r"^[ \t]*snmp-server host \S+ (?:vrf \S+ |use-vrf \S+ |(?:traps?|informs?) |version (?:1|2c) |"
    r"(?:clear|encrypted|[07]|8a) (?!\d|$))*"
    r"(?!version|traps?\b|informs?\b|vrf|use-vrf|udp-port|poll|source-interface|filter-vrf|\d+\.\d+\.\d+)"
    r"(?!\S+ (?:poll |trap )?community )(?P<secret>\S+)",
    # The ASA puts the interface's name before the host, which may have a name itself.
    rf"^[ \t]*snmp-server host(?:-group)? \S+ \S+ (?:poll |trap )?community {_COMMUNITY}",
    rf"^[ \t]*snmp-server user .*?\bauth (?:md5|sha(?:-?\d+)?) (?:(?:224|256|384|512) )?{_HOW}{VALUE}",
    rf"^[ \t]*snmp-server user .*?\bpriv (?:(?:aes|des|3des)(?:-?\d+)? )?(?:(?:128|192|256) )?{_HOW}{VALUE}",
    rf"^[ \t]*aaa-server \S+ (?:\([^)]*\) )?host \S+ (?!timeout|key|[ \t]*$){VALUE}",
    rf"^[ \t]*(?:server-private|aaa-server) \S+ .*?\bkey {_HOW}{VALUE}",
    rf"\b(?:message-digest-key|authentication-key) \d+ (?:md5 |sha\w* |hmac-\S+ )?{_HOW}{VALUE}",
    beyond(r"\bipsec spi \d+ ") + rf"\b(?:md5|sha1) {_HOW}{VALUE}",
    rf"\bipsec spi \d+ esp (?:aes-cbc(?: \d+)?|3des(?:-cbc)?|des|aes-\S+) {_HOW}{VALUE}",
    rf"\bset session-key (?:in|out)bound (?:ah \d+|esp \d+ (?:cipher|authenticator)) {VALUE}",
    beyond(r"\bset session-key (?:in|out)bound esp \d+ ") + rf"\bauthenticator {VALUE}",
    rf"\bntp authentication-key \d+ \S+ {_HOW}{VALUE}",
    rf"\bauthentication (?:md5 key-string|text|key-chain-string|mode hmac-\S+|string) {_HOW}{VALUE}",
    rf"\bauthentication-type simple(?:-text)? {_HOW}{VALUE}",
    rf"\b(?:standby|vrrp|glbp) \d+ (?:peer )?authentication (?:(?:ietf-)?md5 key-string |text )?{_HOW}"
    rf"(?!md5 |text |ietf-md5 ){VALUE}",
    rf"\bip nhrp (?:authentication|secret) {_HOW}{VALUE}",
    rf"\bstatic-wep-key encryption \d+ {_HOW}{VALUE}",
    rf"\bencryption key \d+ size \S+ {_HOW}{VALUE}",
    rf"^[ \t]*event manager environment (?=\S*?(?:pass|pw|secret|key|token))\S++ {VALUE}",
    r"\bmail server \"?[^\s:\"@]+:(?P<secret>[^\s\"]+)@",
    r"-cvauth=(?:key|token-secure),(?P<secret>[^,\s]+)",
    r"^[ \t]+license (?P<secret>[0-9a-f]{32})[ \t]*$",
    rf"\bpsk(?: (?!(?:\S*[^\w\s])?psk )\S+)*? (?:ascii|hex) {_HOW}{VALUE}",
    IN_URL,
)
