"""Configurations of firewalls with a canary in every place where they keep a secret: `~` stands for it."""

FORTINET = """\
config user local
    edit "ann"
        set passwd ENC ~
    next
    edit "bob"
        set passwd ~
    next
end
config vpn ipsec phase1-interface
    edit "canary"
        set psksecret ~
        set authpasswd ENC ~
    next
end
config wireless-controller vap
    edit "office"
        set passphrase ENC ~
        set sae-password ~
    next
end
config system snmp community
    edit 2
        set name "~"
    next
end
config system snmp user
    edit "ann"
        set auth-pwd ENC ~
        set priv-pwd ~
    next
end
config router bgp
    config neighbor
        edit "10.0.0.1"
            set password ~
        next
    end
end
"""
PANOS = """\
  mgt-config {
    users {
      ann {
        phash ~;
      }
    }
  }
  shared {
    server-profile {
      radius {
        R {
          server {
            one {
              secret ~;
            }
          }
        }
      }
    }
    ike {
      gateway {
        hq {
          authentication {
            pre-shared-key {
              key ~;
            }
          }
        }
      }
    }
    snmp-setting {
      snmp-community-string ~;
      users {
        ann {
          authpwd ~;
          privpwd ~;
        }
      }
    }
  }
"""
