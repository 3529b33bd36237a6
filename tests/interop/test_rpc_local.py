# SPDX-License-Identifier: Apache-2.0
"""rpc-go's local commands and ours, each on a virtual device of its own: afterwards the devices are alike.

OUTBAND_PEER_RPC_V3: rpc-go of version 3 whose package for the MEI device opens the socket OUTBAND_HECI.
"""
import subprocess

import pytest

from lib.process import environment
from lib.rpc import PASSWORD, Device, Pki

GUID = "4c4c4544-004b-4210-8033-b6c04f504633"
# Handles and keys are made anew: of certificates only what they are for counts.
CERTIFICATES = ["Subject", "TrustedRootCertficate"]
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
    certificates = [[o.get(k) for k in CERTIFICATES] for o in device.stored("AMT_PublicKeyCertificate")]
    kept = {"certificates": sorted(certificates, key=str), "keys": len(device.stored("AMT_PublicPrivateKeyPair")),
            "enabled": device.rpc("amtinfo", "-operationalState").out, "tls": device.saved()["tls_network"]}
    stored = {c: [{k: v for k, v in o.items() if k not in BUT.get(c, [])} for o in device.stored(c)] for c in CLASSES}
    return {"mode": device.mode(), **kept, **stored}


@pytest.fixture
def upstream(peer):
    path, = peer("OUTBAND_PEER_RPC_V3")

    def run(device, *args, env=None):
        return subprocess.run([path, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100, cwd="/",
                              env=environment({"OUTBAND_HECI": str(device.heci), **(env or {})}))
    return run


WIRED = ["configure", "wired"]
WIRELESS = ["configure", "wireless"]
TLS = ["configure", "tls", "--delay", "1", "--mode"]
CIRA = ["configure", "cira", "--mpscert", "{root}", "--mpspassword", "Mps-P@ss1", "--envdetection", "corp.example.com",
        "--mpsaddress"]
PROXY = ["configure", "proxy", "--address", "proxy.example.com"]
OFFICE = [*WIRELESS, "--profileName", "office", "--ssid", "net", "--pskPassphrase", "passphrase1"]
LAB = [*WIRELESS, "--profileName", "lab", "--ssid", "lab", "--priority", "3", "--authenticationMethod", "7",
       "--encryptionMethod", "4"]
EAP_TLS = ["--ieee8021xProfileName", "lan", "--ieee8021xUsername", "desk7", "--ieee8021xAuthenticationProtocol", "0",
           "--ieee8021xPrivateKey", "{key}", "--ieee8021xClientCert", "{leaf}", "--ieee8021xCACert", "{root}"]
PEAP = ["--ieee8021xProfileName", "lan", "--ieee8021xUsername", "desk7", "--ieee8021xAuthenticationProtocol", "2",
        "--ieee8021xPassword", "P3ap!", "--ieee8021xCACert", "{root}"]


def title(v):
    words = v if isinstance(v, str) else " ".join(" ".join(w for w in line if not w.startswith("{")) for line in v)
    return words.replace("configure ", "").replace("ieee8021x", "")[:70]


@pytest.mark.parametrize("begin, lines", [
    ("factory", [["activate", "--local", "--ccm"]]),
    ("factory", [["activate", "--local", "--acm"]]),
    ("ccm", [["activate", "--local", "--acm"]]),
    ("ccm", [["deactivate", "--local"]]),
    ("acm", [["deactivate", "--local"]]),
    ("acm", [["deactivate", "--local", "--partial"]]),
    ("factory", [["configure", "disable-amt"]]),
    ("factory", [["configure", "disable-amt"], ["configure", "enable-amt"]]),
    ("acm", [OFFICE]),
    ("acm", [[*LAB, *EAP_TLS]]),
    ("acm", [[*LAB, *PEAP]]),
    ("acm", [OFFICE, [*LAB, *PEAP]]),
    ("acm", [OFFICE, [*WIRELESS, "--purge"]]),
    ("acm", [["configure", "wifisync"]]),
    ("acm", [["configure", "wifisync", "--oswifisync=false"]]),
    ("acm", [["configure", "wifisync", "--uefiwifisync=false"]]),
    ("acm", [[*WIRED, "--dhcp"]]),
    ("acm", [[*WIRED, *STATIC]]),
    ("acm", [[*WIRED, *STATIC, "--secondarydns", "192.0.2.54"], [*WIRED, "--ipsync"]]),
    ("acm", [[*WIRED, "--dhcp", *EAP_TLS]]),
    ("acm", [[*WIRED, "--dhcp", *PEAP]]),
    ("acm", [[*WIRED, "--dhcp", *PEAP], [*WIRED, "--dhcp"]]),
    ("acm", [["configure", "amt-features", "--kvm", "--sol", "--userConsent", "none"]]),
    ("acm", [["configure", "amt-features", "--ider", "--userConsent", "kvm"]]),
    ("acm", [["configure", "amt-features"]]),
    ("ccm", [["configure", "amt-features", "--kvm", "--ider"]]),
    ("acm", [["configure", "sync-clock"]]),
    ("acm", [[*CIRA, "mps.example.com"]]),
    ("acm", [[*CIRA, "192.0.2.7"], [*CIRA, "mps.example.com"]]),
    ("acm", [[*PROXY, "--networkdnssuffix", "example.com"]]),
    ("acm", [[*PROXY, "--port", "8080", "--networkdnssuffix", "example.com"], [*PROXY, "--delete"]]),
    ("acm", [[*TLS, "ServerAndNonTLS"]]),
    ("acm", [[*TLS, "ServerAndNonTLS"], [*TLS, "None"]]),
    ("acm", [[*TLS, "MutualAndNonTLS"]]),
    ("acm", [["configure", "mebx", "--mebxpassword", "Mebx-P@ss1"]]),
    ("acm", [["configure", "amt-password", "--newamtpassword", "N3w!P@ssw0rd"]]),
], ids=title)
def test_devices_are_alike_afterwards(tmp_path, upstream, begin, lines):
    """All commands that change a device but hostname (docs/compatibility.md: upstream's is no valid XML) and stopConfig
    (the device has to be half-way through its set-up)."""
    pki = Pki(tmp_path)
    words = {"{root}": pki.root, "{leaf}": pki.leaf, "{key}": pki.key}
    states = []
    for who in ("upstream", "ours"):
        device = Device(tmp_path / who, begin, options=["--uuid", GUID, "--dns-suffix", "corp.example.com", "--trust-hash",
                                                        pki.hash])
        for line in lines:
            line = [words.get(w, w) for w in line]
            result = upstream(device, *line, env=pki.env()) if who == "upstream" else device.rpc(*line, env=pki.env())
            assert (result.returncode if who == "upstream" else result.code) == 0, (who, line, result)
        states.append(state(device))
        device.close()
    assert states[0] == states[1]
