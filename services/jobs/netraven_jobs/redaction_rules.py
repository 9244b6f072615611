"""Where secrets stand in configurations: one table, family of platforms -> regular expressions. No code.

In each the group `secret` is the value; the rest of the line stays. All are looked for in any case, line by
line (`^` and `$` are a line's). Blocks span lines: what stands between `head` and `tail` goes; `indent` is
the first line's. The rules of "any" hold for all families.
"""

from __future__ import annotations

# A value: quoted, or up to the next blank.
_V = r"(?P<secret>\"[^\"\n]*\"|[^\s\"]\S*)"
# The same where a semicolon ends it.
_J = r"(?P<secret>\"(?:[^\"\\\n]|\\.)*\"|[^\s\";][^\s;]*)"
# All up to the end of the line.
_REST = r"(?P<secret>\S.*?)[ \t]*$"
# How a value is written down: Cisco's numbers, and the words that others have.
_HOW = r"(?:(?:[0-9]|1[0-9]) |encrypted |clear(?:text)? |sha(?:\d+)? |sha-?512 |md5 |hash(?:ed)? )*"
_HUAWEI = r"(?:(?:irreversible-)?cipher |simple |plaintext |hash |irreversible |encrypted )"

BLOCKS: dict[str, tuple[str, ...]] = {
    "any": (
        r"(?P<head>-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[^\n]*\n)(?P<indent>[ \t]*)(?!<redacted>)\S.*?"
        r"(?P<tail>[ \t]*-----END [A-Z0-9 ]*PRIVATE KEY-----)",
    ),
    "cisco": (
        # Certificates and keys as lines of hexadecimal.
        r"(?P<head>^[ \t]*certificate (?:self-signed |ca |rsa |ra-\S+ )?[0-9A-F]+(?: \S+)?[ \t]*\n)"
        r"(?P<indent>[ \t]*)[0-9A-F]{8}.*?(?P<tail>^[ \t]*quit)",
    ),
}

# What is a secret only under its heading: (heading and body, the line in the body).
SECTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "routeros": ((r"^/snmp community\n(?P<body>(?:(?!/).+\n?)*)", r"\bname=(?P<secret>\"[^\"\n]*\"|\S+)"),),
    "fortinet": (
        (
            r"^[ \t]*config system snmp community\n(?P<body>(?:[ \t]+.*\n)*)",
            r"^ {8}set name (?P<secret>\"[^\"\n]*\"|\S+)",
        ),
    ),
}

RULES: dict[str, tuple[str, ...]] = {
    "any": (
        # What looks like a hash of crypt(3) is one, wherever it stands. Its kind stays.
        r"(?:^|[\s\"':=])\$(?:1|2[aby]?|5|6|8|9|14|y|sha\d*)\$(?P<secret>[^\s\";]{8,})",
    ),
    "cisco": (
        rf"^[ \t]*(?:enable|passwd|password) (?:password |secret )?(?:level \d+ )?{_HOW}{_V}",
        rf"^[ \t]*username \S+ .*?\b(?:password|secret|hash) {_HOW}{_V}",
        rf"^[ \t]*(?:password|secret) {_HOW}{_V}",
        rf"\b(?:ppp chap|ppp pap sent-username \S+) password {_HOW}{_V}",
        r"^[ \t]*snmp-server community (?P<secret>\"[^\"]+\"|\S+)",
        r"^[ \t]*snmp-server community-map (?P<secret>\S+)",
        r"^[ \t]*snmp-server host \S+ (?:vrf \S+ |use-vrf \S+ )?(?:(?:traps|informs|trap|inform) )?"
        r"(?:version (?:1|2c) )?(?!version|traps|informs|vrf|use-vrf|udp-port|poll|\d+\.\d+\.\d+)"
        r"(?!\S+ (?:poll |trap )?community )(?P<secret>\S+)",
        # The ASA puts the interface's name before the host, which may have a name itself.
        rf"^[ \t]*snmp-server host(?:-group)? \S+ \S+ (?:poll |trap )?community {_HOW}{_V}",
        rf"^[ \t]*snmp-server user .*?\bauth (?:md5|sha(?:-?\d+)?) {_HOW}{_V}",
        rf"^[ \t]*snmp-server user .*?\bpriv (?:(?:aes|des|3des)(?:-?\d+)? )?(?:(?:128|192|256) )?{_HOW}{_V}",
        rf"\b(?:tacacs|radius)(?:-server)?(?: host \S+)?(?: [\w-]+ \S+)*? key {_HOW}{_V}",
        rf"^[ \t]*(?:server-private|aaa-server) \S+ .*?\bkey {_HOW}{_V}",
        rf"^[ \t]*key {_HOW}(?!chain|config-key|\d+[ \t]*$){_V}[ \t]*$",
        rf"\bkey-string (?:password )?{_HOW}{_V}",
        rf"\bkey-hexstring {_HOW}{_V}",
        rf"\bcrypto isakmp key {_HOW}{_V}",
        rf"\bpre-shared-key (?:local |remote |address \S+(?: \S+)? key )?{_HOW}{_V}",
        rf"\bikev[12] (?:local|remote)-authentication pre-shared-key {_HOW}{_V}",
        rf"\b(?:wpa-psk|psk) (?:ascii |hex )?{_HOW}{_V}",
        rf"\bneighbor \S+ password {_HOW}{_V}",
        rf"\bpassword encrypted {_V}",
        rf"\b(?:message-digest-key|authentication-key) \d+ (?:md5 |sha\w* |hmac-\S+ )?{_HOW}{_V}",
        rf"\bmessage-digest-key \d+ (?:md5|hmac-\S+) {_HOW}{_V}",
        rf"\b(?:ip )?ospf authentication-key {_HOW}{_V}",
        rf"\b(?:isis|area|domain)[- ]password {_HOW}{_V}",
        rf"\b(?:lsp-password|hello-password) (?:keychain |text |hmac-md5 )?{_HOW}{_V}",
        rf"\bntp authentication-key \d+ \S+ {_HOW}{_V}",
        rf"\bauthentication (?:md5 key-string|text|key-chain-string) {_HOW}{_V}",
        rf"\b(?:standby|vrrp|glbp) \d+ authentication (?:md5 key-string |text )?{_HOW}(?!md5 |text ){_V}",
        rf"\bvtp password {_HOW}{_V}",
        rf"\b(?:ldap-login-password|failover key|failover ipsec pre-shared-key|cluster key) {_HOW}{_V}",
        rf"\bvpn-password {_HOW}{_V}",
        rf"\bkey config-key password-encrypt {_HOW}{_V}",
        rf"\bip ftp password {_HOW}{_V}",
        r"\b(?:ftp|scp|sftp|https?)://[^\s:/@]+:(?P<secret>[^\s@]+)@",
        rf"\bsecret {_HOW}(?:sha512 |sha256 )?{_V}",
        rf"\bshared-secret {_HOW}{_V}",
    ),
    "juniper": (
        rf"\b(?:encrypted-password|plain-text-password-value|authentication-password|privacy-password) {_J}",
        rf"\b(?:authentication-key|privacy-key|authentication-key-chain-secret) {_J}",
        rf"\b(?:secret|password|passphrase|simple-password|pre-shared-key (?:ascii-text|hexadecimal)) {_J}",
        r"\b(?:ascii-text|hexadecimal|hello-authentication-key|md5 \d+ key|key) (?P<secret>\"[^\"\n]*\")",
        r"^[ \t]*community (?P<secret>\"[^\"\n]+\"|\S+)(?=[ \t]*\{|;| authorization| clients| view)",
        r"\bsnmp community (?P<secret>\"[^\"\n]+\"|\S+)",
        r"\bcommunity-name (?P<secret>\"[^\"\n]+\"|[^\s;]+)",
        r"(?P<secret>\$9\$[^\s\";]+)",
        r"\btrap-group (?P<secret>\"[^\"\n]+\"|[^\s;{]+)",
    ),
    "huawei": (
        rf"\b(?:password|secret|key|authentication-key|shared-key) {_HUAWEI}{_V}",
        rf"\b(?:local-user \S+ )?password {_HUAWEI}{_V}",
        rf"\bsuper password (?:level \d+ )?(?:role \S+ )?{_HUAWEI}{_V}",
        rf"\bset authentication password {_HUAWEI}{_V}",
        rf"\bsnmp-agent community (?:read|write) {_HUAWEI}?{_V}",
        rf"\bsnmp-agent usm-user .*?\b(?:authentication-mode|privacy-mode) \S+ {_HUAWEI}?{_V}",
        rf"\bsnmp-agent usm-user .*?\bprivacy-mode \S+ {_HUAWEI}?{_V}",
        rf"\bsecurityname {_HUAWEI}?{_V}",
        rf"\b(?:md5|hmac-\S+|simple|keychain) (?:\d+ )?{_HUAWEI}{_V}",
        rf"\bpre-shared-key (?:address \S+(?: \S+)? key |hostname \S+ key )?{_HUAWEI}?{_V}",
        rf"\b(?:wpa\S*|psk) (?:pass-phrase |hex )?{_HUAWEI}{_V}",
        rf"\bkey (?:authentication|accounting) {_HUAWEI}{_V}",
        rf"\bauthentication-keyid \d+ authentication-mode \S+ {_HUAWEI}?{_V}",
        rf"\bppp (?:chap|pap) .*?password {_HUAWEI}{_V}",
        rf"\b(?:cipher|irreversible-cipher) {_V}",
    ),
    "procurve": (
        rf"^[ \t]*password (?:manager|operator|all)(?: user-name \S+)? (?:plaintext|sha1|sha256) {_V}",
        r"\bsnmp-server community (?P<secret>\"[^\"\n]+\"|\S+)",
        r"\bsnmp-server host \S+ community (?P<secret>\"[^\"\n]+\"|\S+)",
        rf"\bsnmpv3 user \S+ auth (?:md5|sha) {_V}",
        rf"\bsnmpv3 user .*?\bpriv (?:des |aes )?{_V}",
        rf"\b(?:radius-server|tacacs-server) (?:host \S+ )?(?:.*? )?(?:encrypted-)?key {_V}",
        rf"\bkey-string {_V}",
        rf"\b(?:wpa-psk|psk) {_V}",
        r"\bsntp authentication key-id \d+ authentication-mode \S+ key-value (?P<secret>\"[^\"]+\"|\S+)",
    ),
    "routeros": (
        r"\b(?:[\w-]*password|[\w-]*secret|[\w-]*passphrase|[\w-]*key|pre-shared-key|wpa2?-pre-shared-key)"
        r"=(?P<secret>\"(?:[^\"\\\n]|\\.)*\"|[^\s\"][^\s]*)(?<!=no)(?<!=yes)",
    ),
    "fortinet": (
        r"^[ \t]*set (?:[\w-]*(?:password|passwd|secret|passphrase|psk|private-key|auth-pwd|priv-pwd)[\w-]*|"
        r"key|[\w-]*-key) (?:ENC )?(?!enable|disable|\"?-----)"
        r"(?P<secret>\"[^\"\n]*\"|\S+)",
        r"^[ \t]*set \S+ ENC (?P<secret>\S+)",
    ),
    "vyos": (
        r"\b(?:plaintext-password|encrypted-password|password|pre-shared-secret|secret|passphrase|psk|"
        r"private-key|preshared-key|md5-key|shared-secret-key|plaintext-key|encrypted-key|auth-key|key) "
        r"(?P<secret>'[^'\n]*'|\"[^\"\n]*\"|[^\s{}]+)[ \t]*$",
        r"\bsnmp community (?P<secret>'[^'\n]*'|\S+)",
        r"\bmd5 key-id \d+ md5-key (?P<secret>'[^'\n]*'|\S+)",
    ),
    "panos": (
        r"\b(?:phash|password|secret|key|pre-shared-key|bind-password|private-key|public-key|passphrase|"
        r"authpwd|privpwd|snmp-community-string|community-string|auth-key|authentication-key) "
        r"(?P<secret>\"[^\"\n]*\"|[^\s;{]+);",
        r"<(?:phash|password|secret|key|bind-password|private-key|authpwd|privpwd|snmp-community-string)>"
        r"(?P<secret>[^<\n]+)<",
    ),
    "extreme": (
        rf"\b(?:create|configure) account \S+ \S+ (?:encrypted )?{_V}",
        rf"\b(?:shared-secret|password) (?:encrypted )?{_V}",
        rf"\bconfigure snmpv3 add community {_V}",
        rf"\bconfigure snmpv3 add community \S+ name {_V}",
        rf"\bconfigure snmpv3 add user .*?\b(?:authentication|privacy) (?:\S+ )?(?:hex |auth-encrypted "
        rf"localized-key |localized-key )?{_V}",
        rf"\bencrypted {_V}",
    ),
    "linux": (
        r"^[ \t]*(?:\w*(?:password|passwd|secret|psk|wpa-psk|wpa-passphrase|private_?key|preshared_?key|"
        r"api_?key|token)\w*)[ \t]*[ =:][ \t]*(?!no$|yes$|prohibit-password$)(?P<secret>\"[^\"\n]*\"|\S+)",
        rf"\bneighbor \S+ password {_V}",
        r"^[ \t]*rocommunity6? (?P<secret>\S+)",
        r"^[ \t]*rwcommunity6? (?P<secret>\S+)",
        r"^[^:\s]+:(?P<secret>\$[^:\s]+):",
    ),
}
