"""The platforms that a device may name: Netmiko's device types as a table, without Netmiko.

Which driver a platform gets is the worker's business. The plain name means SSH; `_telnet` is for those that
still need it. A test compares this table with the Netmiko that is installed.
"""

from __future__ import annotations

_SSH = """
    a10 accedian adtran_os adva_fsp150f2 adva_fsp150f3 alaxala_ax26s alaxala_ax36s alcatel_aos
    alcatel_sros allied_telesis_awplus apc_aos apresia_aeos arista_eos arris_cer aruba_aoscx aruba_os
    aruba_osswitch aruba_procurve asterfusion_asternos audiocode_66 audiocode_72 audiocode_shell
    autodetect avara_aos avaya_ers avaya_vsp aviat_wtm bintec_boss broadcom_icos brocade_fastiron
    brocade_fos brocade_netiron brocade_nos brocade_vdx brocade_vyos calix_b6 calix_exa casa_cmts
    cdot_cros centec_os checkpoint_gaia ciena_saos ciena_saos10 ciena_waveserver cisco_ap cisco_apic
    cisco_asa cisco_ftd cisco_ios cisco_ioswlc cisco_nxos cisco_s200 cisco_s300 cisco_s500 cisco_tp
    cisco_viptela cisco_wlc cisco_xe cisco_xr cloudgenix_ion corelight_linux coriant cumulus_linux
    dell_dnos9 dell_force10 dell_isilon dell_os10 dell_os6 dell_os9 dell_powerconnect dell_sonic
    digi_transport dlink_ds edgecore_sonic ekinops_ek360 eltex eltex_esr endace enterasys ericsson_ipos
    ericsson_mltn63 ericsson_mltn66 extreme extreme_ers extreme_exos extreme_netiron extreme_nos
    extreme_slx extreme_tierra extreme_vdx extreme_vsp extreme_wing f5_linux f5_ltm f5_tmsh
    fiberstore_fsos fiberstore_fsosv2 fiberstore_networkos flexvnf fortinet fsas_sir fujitsu_sir
    furukawa_fitelnet garderos_grs generic generic_termserver h3c_comware hillstone_stoneos
    hirschmann_hios hp_comware hp_procurve huawei huawei_olt huawei_ont huawei_smartax huawei_smartaxmmi
    huawei_vrp huawei_vrpv8 iij_seilos infinera_packet ipinfusion_ocnos juniper juniper_junos
    juniper_screenos keymile keymile_nos lancom_lcossx4 lancom_lcossx5 linux maipu mellanox
    mellanox_mlnxos mikrotik_routeros mikrotik_switchos moxa_nos mrv_lx mrv_optiswitch nec_ix
    netapp_cdot netgear_prosafe netscaler nokia_isam nokia_srl nokia_sros oneaccess_oneos opengear_linux
    ovs_linux paloalto_panos perle_iolan pluribus quanta_mesh rad_etx raisecom_roap raisecom_ros
    ruckus_fastiron ruijie_os silverpeak_vxoa sixwind_os smartoptics_dwdm sophos_sfos supermicro_smis
    telcosystems_binos teldat_cit terminal_server tplink_jetstream ubiquiti_edge ubiquiti_edgerouter
    ubiquiti_edgeswitch ubiquiti_unifiswitch vertiv_mph vyatta_vyos vyos watchguard_fireware yamaha
    zpe_nodegrid zte_zxros zyxel_os
""".split()  # noqa: SIM905 - a list would be two hundred lines

_TELNET = """
    adtran_os apresia_aeos arista_eos aruba_procurve audiocode_66 audiocode_72 audiocode_shell
    bintec_boss brocade_fastiron brocade_netiron calix_b6 calix_exa centec_os ciena_saos cisco_ios
    cisco_ioswlc cisco_nxos cisco_s200 cisco_s300 cisco_s500 cisco_xe cisco_xr dell_dnos6
    dell_powerconnect dlink_ds extreme extreme_exos extreme_netiron fiberstore_fsosv2 furukawa_fitelnet
    generic generic_termserver genexis_solt33 hioso_olt hp_comware hp_procurve huawei huawei_olt
    huawei_ont iij_seilos infinera_packet ipinfusion_ocnos juniper_junos maipu nec_ix nokia_sros
    oneaccess_oneos optilink_eolt11444 optilink_eolt9702 optilink_golt924 paloalto_panos rad_etx
    raisecom raisecom_ros ruckus_fastiron ruijie_os supermicro_smis telcosystems_binos teldat_cit
    tplink_jetstream yamaha zte_zxros
""".split()  # noqa: SIM905 - a list would be two hundred lines

PLATFORMS: tuple[str, ...] = tuple(sorted([*_SSH, *(f"{name}_telnet" for name in _TELNET)]))
