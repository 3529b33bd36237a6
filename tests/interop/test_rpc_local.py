# SPDX-License-Identifier: Apache-2.0
"""rpc-go's local commands and ours, each on a virtual device of its own: afterwards the devices are alike.

OUTBAND_PEER_RPC_V3: rpc-go of version 3 whose package for the MEI device opens the socket OUTBAND_HECI.
"""
import subprocess

import pytest

from lib.process import environment
from lib.rpc import PASSWORD, Device, Pki

GUID = "4c4c4544-004b-4210-8033-b6c04f504633"
CLASSES = ["CIM_WiFiEndpointSettings", "AMT_ManagementPresenceRemoteSAP", "AMT_RemoteAccessPolicyRule",
           "IPS_HTTPProxyAccessPoint", "AMT_TLSSettingData", "AMT_EnvironmentDetectionSettingData",
           "AMT_RedirectionService", "CIM_KVMRedirectionSAP", "IPS_OptInService", "AMT_WiFiPortConfigurationService",
           "CIM_WiFiPort", "AMT_EthernetPortSettings", "AMT_GeneralSettings", "IPS_IEEE8021xSettings"]
# What differs on purpose or says nothing: upstream's Put of the wired port loses the link policy, names of servers are
# sent as IPv4 addresses, and KVM is requested although it is on.
BUT = {"AMT_EthernetPortSettings": ["LinkPolicy"], "AMT_ManagementPresenceRemoteSAP": ["InfoFormat"],
       "CIM_KVMRedirectionSAP": ["RequestedState"]}
STATIC = ["--ipaddress", "192.0.2.5", "--subnetmask", "255.255.255.0", "--gateway", "192.0.2.1", "--primarydns", "192.0.2.53"]


def state(device):
    """What the device is now."""
    return {"mode": device.mode(), **{c: [{k: v for k, v in o.items() if k not in BUT.get(c, [])} for o in device.stored(c)]
                                      for c in CLASSES}}


@pytest.fixture
def upstream(peer):
    path, = peer("OUTBAND_PEER_RPC_V3")

    def run(device, *args, env=None):
        return subprocess.run([path, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100, cwd="/",
                              env=environment({"OUTBAND_HECI": str(device.heci), **(env or {})}))
    return run


@pytest.mark.parametrize("begin, args", [
    ("factory", ["activate", "--local", "--ccm"]),
    ("factory", ["activate", "--local", "--acm"]),
    ("ccm", ["activate", "--local", "--acm"]),
    ("ccm", ["deactivate", "--local"]),
    ("acm", ["deactivate", "--local"]),
    ("acm", ["deactivate", "--local", "--partial"]),
    ("acm", ["configure", "wireless", "--profileName", "office", "--ssid", "net", "--pskPassphrase", "passphrase1"]),
    ("acm", ["configure", "wifisync"]),
    ("acm", ["configure", "wifisync", "--oswifisync=false"]),
    ("acm", ["configure", "wired", "--dhcp"]),
    ("acm", ["configure", "wired", *STATIC]),
    ("acm", ["configure", "amt-features", "--kvm", "--sol", "--userConsent", "none"]),
    ("ccm", ["configure", "amt-features", "--kvm", "--ider"]),
    ("acm", ["configure", "sync-clock"]),
    ("acm", ["configure", "cira"]),
    ("acm", ["configure", "proxy", "--address", "proxy.example.com", "--networkdnssuffix", "example.com"]),
    ("acm", ["configure", "tls", "--mode", "ServerAndNonTLS", "--delay", "1"]),
    ("acm", ["configure", "mebx", "--mebxpassword", "Mebx-P@ss1"]),
    ("acm", ["configure", "amt-password", "--newamtpassword", "N3w!P@ssw0rd"]),
], ids=lambda v: v if isinstance(v, str) else " ".join(v[:2] + [w for w in v[2:3] if w.startswith("--")]))
def test_devices_are_alike_afterwards(tmp_path, upstream, begin, args):
    pki = Pki(tmp_path)
    args = list(args)
    if args[1] == "cira":
        args += ["--mpsaddress", "mps.example.com", "--mpscert", pki.root, "--mpspassword", "Mps-P@ss1", "--envdetection",
                 "corp.example.com"]
    states = []
    for who in ("upstream", "ours"):
        device = Device(tmp_path / who, begin, options=["--uuid", GUID, "--dns-suffix", "corp.example.com", "--trust-hash",
                                                        pki.hash])
        result = upstream(device, *args, env=pki.env()) if who == "upstream" else device.rpc(*args, env=pki.env())
        assert (result.returncode if who == "upstream" else result.code) == 0, (who, result)
        states.append(state(device))
        device.close()
    assert states[0] == states[1]
