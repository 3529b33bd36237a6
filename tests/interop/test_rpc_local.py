# SPDX-License-Identifier: Apache-2.0
"""rpc-go's local commands and ours, each on a virtual device of its own: afterwards the devices are alike.

OUTBAND_PEER_RPC_V3: rpc-go of version 3 whose package for the MEI device opens the socket OUTBAND_HECI.
"""
import contextlib
import re
import subprocess

import pytest

from lib.network import beside, lms_alone
from lib.process import Result, environment
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
    # Handles and keys are made anew, and organisations named differently.
    certificates = [f"{re.search('CN=([^,]*)', o['Subject'])[1]} {o.get('TrustedRootCertficate')}"
                    for o in device.stored("AMT_PublicKeyCertificate")]
    kept = {"certificates": sorted(certificates), "keys": len(device.stored("AMT_PublicPrivateKeyPair")),
            "enabled": device.rpc("amtinfo", "-operationalState").out, "tls": device.saved()["tls_network"]}
    if not kept["tls"]["enabled"]:
        kept["tls"] = "off"
    stored = {c: [{k: v for k, v in o.items() if k not in BUT.get(c, [])} for o in device.stored(c)] for c in CLASSES}
    for o in stored["AMT_TLSSettingData"]:
        if not o["Enabled"]:
            o["AcceptNonSecureConnections"] = "says nothing"
        if "LMS" in o["InstanceID"]:
            o["MutualAuthentication"] = "deprecated"  # and upstream asks for it there, too
    return {"mode": device.mode(), **kept, **stored}


@pytest.fixture
def upstream(peer, tmp_path):
    """Beside our lms: by itself its readers of LME race, and it loses answers now and then."""
    path, = peer("OUTBAND_PEER_RPC_V3")

    def run(device, *args, env=None):
        with lms_alone(device.heci, tmp_path / "lms.log") as lms:
            p = subprocess.run([*beside(lms), path, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                               timeout=100, cwd="/", env=environment({"OUTBAND_HECI": str(device.heci), **(env or {})}))
        return Result(p.returncode, p.stdout, p.stderr)
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
    ("acm", [[*WIRED, *STATIC, "--secondarydns", "192.0.2.54"], [*WIRED, "--dhcp"]]),
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
    """All commands that change a device but hostname and 802.1x of the wired port (docs/compatibility.md: what upstream sends
    is no valid XML), and stopConfig (the device has to be half-way through its set-up)."""
    pki = Pki(tmp_path)
    words = {"{root}": pki.root, "{leaf}": pki.leaf, "{key}": pki.key}
    states = []
    for who in ("upstream", "ours"):
        with contextlib.closing(Device(tmp_path / who, begin, options=[
                "--uuid", GUID, "--dns-suffix", "corp.example.com", "--trust-hash", pki.hash])) as device:
            for line in lines:
                line = [words.get(w, w) for w in line]
                result = upstream(device, *line, env=pki.env()) if who == "upstream" else device.rpc(*line, env=pki.env())
                assert result.code == 0, (who, line, result)
            states.append(state(device))
    different = {k: (v, states[1][k]) for k, v in states[0].items() if v != states[1][k]}
    assert different == {}, different
