"""Configurations with a canary in every place where a platform keeps a secret. Nothing is sought here.

`~` stands for a canary. The lines come before the line of the lab's template that fits the expression.
"""

from __future__ import annotations

import re
from itertools import count

from lab.templates import first_configuration
from tests.system.canaries import Canaries
from tests.system.canary_firewalls import FORTINET, PANOS

_IOS = """\
enable secret 0 ~
enable password level 15 ~
username ann privilege 15 secret 0 ~
username bob password 7 ~
snmp-server community ~ RO 10
snmp-server host 10.0.0.9 version 2c ~
snmp-server user u g v3 auth sha ~ priv aes 128 ~
crypto isakmp key ~ address 10.1.1.1
crypto ikev2 keyring K
 peer P
  address 10.1.1.2
  pre-shared-key local ~
  pre-shared-key remote ~
tacacs-server host 10.0.0.60 key 7 ~
tacacs-server key ~
radius-server host 10.0.0.61 auth-port 1812 acct-port 1813 key ~
ntp authentication-key 9 md5 ~ 7
dot11 ssid office
 wpa-psk ascii 0 ~
key chain C
 key 1
  key-string ~
interface Dialer1
 ppp chap password 0 ~
 ppp pap sent-username ann password 0 ~
 ip ospf authentication-key ~
 ip ospf message-digest-key 1 md5 ~
 standby 1 authentication ~
router bgp 65010
 neighbor 10.0.0.1 password 7 ~
router isis
 area-password ~
ip ftp password ~
archive
 path ftp://ann:~@10.0.0.9/c
line con 0
 password ~
"""
_NXOS = """\
username ann password 5 ~  role network-admin
snmp-server user ann network-admin auth md5 ~ priv aes-128 ~ localizedkey
snmp-server community ~ group network-operator
snmp-server host 10.0.0.50 traps version 2c ~
tacacs-server host 10.0.0.60 key 7 "~"
radius-server key 7 "~"
ntp authentication-key 2 md5 ~ 7
router bgp 65010
  neighbor 10.0.0.1
    password 3 ~
interface Vlan20
  ip ospf authentication-key 3 ~
  hsrp 1
    authentication md5 key-string ~
"""
_ASA = """\
enable password ~ pbkdf2
username ann password ~ encrypted privilege 15
aaa-server ISE (inside) host 10.0.0.60
 key ~
tunnel-group 198.51.100.7 ipsec-attributes
 ikev1 pre-shared-key ~
 ikev2 remote-authentication pre-shared-key ~
 ikev2 local-authentication pre-shared-key 0 ~
snmp-server host inside 10.0.0.50 community ~ version 2c
snmp-server community ~
failover key ~
"""
_EOS = """\
username ann privilege 15 secret 0 ~
snmp-server community ~ ro
tacacs-server host 10.0.0.60 key 7 ~
router bgp 65010
   neighbor SPINES password 7 ~
interface Ethernet9
   ip ospf authentication-key 7 ~
   ip ospf message-digest-key 1 sha512 7 ~
"""
_JUNOS = """\
access {
    radius-server {
        10.0.0.61 secret "~";
    }
    profile P {
        client ann {
            chap-secret "~";
            pap-password "~";
        }
    }
}
snmp {
    community ~ {
        authorization read-only;
    }
    v3 {
        usm {
            local-engine {
                user ann {
                    authentication-sha {
                        authentication-password "~";
                        authentication-key "~";
                    }
                    privacy-aes128 {
                        privacy-password "~";
                    }
                }
            }
        }
    }
}
security {
    ike {
        policy Q {
            pre-shared-key ascii-text "~";
        }
        policy R {
            pre-shared-key hexadecimal "~";
        }
    }
    authentication-key-chains {
        key-chain K {
            key 1 {
                secret "~";
            }
        }
    }
}
"""
_HUAWEI = """\
aaa
 local-user ann password irreversible-cipher ~
 local-user bob password cipher ~
snmp-agent community read cipher ~
snmp-agent community write ~
snmp-agent target-host trap address udp-domain 10.0.0.50 params securityname cipher ~ v2c
snmp-agent usm-user v3 ann g authentication-mode sha ~ privacy-mode aes128 ~
ike peer P
 pre-shared-key cipher ~
hwtacacs-server template T
 hwtacacs-server shared-key cipher ~
super password level 3 cipher ~
ospf 2
 area 0.0.0.0
  authentication-mode md5 1 cipher ~
"""
_ROUTEROS = """\
/interface wireless security-profiles
add mode=dynamic-keys name=canary wpa-pre-shared-key=~ wpa2-pre-shared-key="~ x"
/ppp secret
add name=ann password=~ service=l2tp
/ip ipsec identity
add peer=hq secret="~"
/interface wireguard peers
add interface=wireguard1 preshared-key="~" public-key="open"
/interface l2tp-server server
set enabled=yes ipsec-secret=~
/snmp community
add addresses=10.0.0.0/8 authentication-password=~ encryption-password=~ name=~
/radius
add address=10.0.0.62 secret=~
"""
_VYOS = """\
set interfaces wireguard wg0 private-key '~'
set interfaces wireguard wg0 peer hq preshared-key '~'
set protocols bgp neighbor 10.0.0.1 password '~'
set protocols ospf interface eth1 authentication md5 key-id 1 md5-key '~'
set service snmp community ~ authorization 'ro'
set service snmp v3 user ann auth plaintext-password '~'
set service snmp v3 user ann privacy encrypted-password '~'
set system login user ann authentication plaintext-password '~'
set vpn ipsec authentication psk hq secret '~'
set vpn l2tp remote-access authentication local-users username ann password '~'
"""
_PROCURVE = """\
password manager user-name "ann" plaintext "~"
snmp-server community "~" operator
snmp-server host 10.0.0.50 community "~"
snmpv3 user "u" auth sha "~" priv aes "~"
tacacs-server host 10.0.0.60 key "~"
radius-server host 10.0.0.61 encrypted-key "~"
"""

# Platform -> before which line, and the lines.
FORMS: dict[str, tuple[str, str]] = {
    "cisco_ios": (r"^vlan 99$", _IOS),
    "cisco_nxos": (r"^vrf context management$", _NXOS),
    "cisco_asa": (r"^access-list OUTSIDE extended deny", _ASA),
    "arista_eos": (r"^interface Ethernet1$", _EOS),
    "juniper_junos": (r"^snmp \{$", _JUNOS),
    "huawei": (r"^bgp ", _HUAWEI),
    "mikrotik_routeros": (r"^/ip firewall nat$", _ROUTEROS),
    "fortinet": (r"^config router static$", FORTINET),
    "vyos": (r"^set interfaces loopback lo$", _VYOS),
    "paloalto_panos": (r"^  devices \{$", PANOS),
    "hp_procurve": (r"^spanning-tree$", _PROCURVE),
}


def configuration(platform: str, name: str, canaries: Canaries) -> str:
    """A device's configuration, each secret of its forms a canary that says where it stood."""
    before, forms = FORMS[platform]
    numbers = count(1)

    def canary(line: str) -> str:
        return re.sub("~", lambda _: canaries(f"configured: {name} {next(numbers)}: {line.strip()}"), line)

    lines = "".join(canary(line) for line in forms.splitlines(keepends=True))
    text = first_configuration(platform, name)
    match = re.search(before, text, re.M)
    assert match, platform
    return text[: match.start()] + lines + text[match.start() :]
