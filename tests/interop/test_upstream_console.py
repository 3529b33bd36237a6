# SPDX-License-Identifier: Apache-2.0
"""Full virtual devices under the Console of device-management-toolkit/console, which calls devices directly.

OUTBAND_PEER_CONSOLE  its address with authentication turned off, http://HOST:PORT; it must run on this machine,
                      since the devices listen on loopback
"""
from urllib.parse import quote, urlsplit

import pytest

from lib.certs import self_signed
from lib.full import Full
from lib.redirection import Kvm, Sol
from lib.rest import Rest
from lib.server import DEVICE_PASSWORD
from lib.wait import until


class Device:
    """One that the Console knows; paths are below amt/."""

    def __init__(self, console, full):
        self.console, self.full, self.guid = console, full, full.guid

    def get(self, path, query=""):
        return self.console.get(f"amt/{path}/{self.guid}{query}")

    def post(self, path, body, expect=200):
        return self.console.post(f"amt/{path}/{self.guid}", body, expect)

    def power(self, action, state):
        assert self.post("power/action", {"action": action}) == {"ReturnValue": 0}
        until(lambda: self.get("power/state")["powerstate"] == state, 20, f"power state {state}")

    def features(self, **wanted):
        body = {"userConsent": "none", "enableSOL": True, "enableIDER": True, "enableKVM": True, "ocr": False,
                "remoteErase": False, **wanted}
        self.post("features", body)
        return self.get("features")

    def session(self, kind):
        return kind(self.console.host, self.console.port, self.guid)


@pytest.fixture
def console(peer):
    address, = peer("OUTBAND_PEER_CONSOLE")
    parts = urlsplit(address)
    return Rest(parts.port, host=parts.hostname)


@pytest.fixture
def add(console, tmp_path, new_guid):
    """add(state, tls=False) gives a Device."""
    added = []

    def new(state="acm", tls=False):
        full = Full(tmp_path / f"full{len(added)}", new_guid(), state, options=["--tls"] if tls else [])
        added.append(Device(console, full))
        console.post("devices", {"guid": full.guid, "hostname": full.address, "friendlyName": "kiosk",
                                 "username": "admin", "password": DEVICE_PASSWORD, "tags": ["interop"], "useTLS": tls,
                                 "allowSelfSigned": tls, "mpsusername": "", "tenantId": ""}, expect=201)
        return added[-1]

    yield new
    for d in added:
        console.call("DELETE", f"devices/{d.guid}")
        d.full.close()


@pytest.mark.parametrize("state", ["ccm", "acm"])
def test_console_reads_a_device(add, state):
    d = add(state)
    version = d.get("version")
    parts = {p["InstanceID"]: p["VersionString"] for p in version["CIM_SoftwareIdentity"]["responses"]}
    assert (parts["AMT"], parts["Build Number"], parts["Sku"]) == ("16.1.25", "1932", "16392")
    assert version["AMT_SetupAndConfigurationService"]["response"]["ProvisioningState"] == 2
    assert d.get("power/state") == {"powerstate": 2, "osPowerSavingState": 2}
    assert d.get("power/capabilities")["Reset to BIOS"] == 101
    assert len(d.get("power/bootSources")) == 6
    hardware = d.get("hardwareInfo")
    assert hardware["CIM_Chassis"]["response"]["Manufacturer"] == "Example Corp."
    assert hardware["CIM_BIOSElement"]["response"]["Version"].startswith("EX.")
    disks, = d.get("diskInfo")["CIM_MediaAccessDevice"]["responses"]
    assert [disk["MaxMediaSize"] > 0 for disk in disks] == [True, True]
    assert d.get("generalSettings")["body"]["DigestRealm"].startswith("Digest:")
    network = d.get("networkSettings")
    assert network["wired"]["linkIsUp"] is True and network["wireless"]["linkIsUp"] is False
    assert [t["Enabled"] for t in d.get("tls")] == [False, False]
    assert d.get("alarmOccurrences") == []
    assert d.get("kvm/displays")["displays"][0]["isActive"] is True
    assert d.get("features")["userConsent"] == ("all" if state == "ccm" else "kvm")
    assert d.get("boot/remoteErase")["secureEraseAllSSDs"] is True
    assert len(d.console.get("amt/explorer")) > 20


def test_console_explores_every_class(add):
    """All that its explorer offers is answered; nothing of ours makes it fail."""
    d = add()
    failed = []
    for call in d.console.get("amt/explorer"):
        a = d.console.call("GET", f"amt/explorer/{d.guid}/{call}")
        if a.status != 200:
            failed.append((call, a.status, a.text[:200]))
    assert not failed, failed


def test_console_operates_a_device(add):
    d = add()
    d.power(8, 8)
    d.power(2, 2)
    d.power(10, 2)
    assert d.post("power/bootOptions", {"action": 101, "useSOL": True}) == {"ReturnValue": 0}
    until(lambda: "BIOS" in d.full.control("screen")["text"], 20, "the BIOS on the screen")
    audit = d.get("log/audit", "?startIndex=1")
    events = [r["Event"] for r in audit["records"]]
    assert audit["totalCnt"] == len(events) and events[0] == "Performed Reset", events
    assert {"Performed Power Up", "Performed Power Down", "Set Boot Options"} <= set(events)
    assert {r["NetAddress"] for r in audit["records"]} == {"127.0.0.1"}
    said = {e["Desc"] for e in d.get("log/event", "?$top=50&$skip=0")["records"]}
    assert "User-initiated system setup" in said


def test_console_changes_a_device(add, tmp_path):
    d = add()
    got = d.features(userConsent="all", enableIDER=False, ocr=True)
    assert (got["userConsent"], got["SOL"], got["IDER"], got["KVM"], got["ocr"]) == ("all", True, False, True, True)
    d.post("alarmOccurrences", {"elementName": "wake", "interval": 0, "startTime": "2037-01-01T00:00:00Z",
                                "deleteOnCompletion": True}, expect=201)
    assert [a["InstanceID"] for a in d.get("alarmOccurrences")] == ["wake"]
    d.post("networkSettings/wireless/profile",
           {"profileName": "lab", "ssid": "lab", "priority": 1, "authenticationMethod": "WPA2PSK",
            "encryptionMethod": "CCMP", "password": "Wifi-of-tests1"}, expect=204)
    assert [(p["profileName"], p["ssid"]) for p in d.get("networkSettings/wireless/profile")] == [("lab", "lab")]
    d.console.delete(f"amt/networkSettings/wireless/profile/{d.guid}/lab", expect=204)
    assert d.get("networkSettings/wireless/profile") == []
    _, cert = self_signed(tmp_path, "interop root", rsa=True)
    handle = d.post("certificates", {"cert": cert, "isTrusted": True})
    kept = d.get("certificates")["certificates"]["publicKeyCertificateItems"]
    assert [(c["instanceID"], c["x509Certificate"]) for c in kept] == [(handle, cert)]
    d.console.call("DELETE", f"amt/certificates/{d.guid}/{quote(handle)}")
    assert d.get("certificates")["certificates"] == {}


def test_console_asks_for_consent(add):
    d = add("ccm")
    assert d.get("userConsentCode")["Body"]["ReturnValue"] == 0
    code = d.full.control("screen")["consent_code"]
    assert d.post("userConsentCode", {"consentCode": code})["Body"]["ReturnValue"] == 0
    assert d.get("features")["optInState"] == 3
    kvm = d.session(Kvm)
    kvm.draw()
    kvm.close()


@pytest.mark.parametrize("tls", [False, True])
def test_console_redirects(add, tls):
    d = add(tls=tls)
    d.features()
    sol = d.session(Sol)
    sol.type("\r")
    for answer, text in (("login:", "root\r"), ("Password:", "x\r"), ("$ ", "uname\r")):
        sol.expect(answer)
        sol.type(text)
    sol.expect("outband Linux")
    sol.close()
    kvm = d.session(Kvm)
    kvm.draw()
    before = list(kvm.screen)
    kvm.ask()
    kvm.key(ord("u"))
    assert kvm.update() >= 1 and kvm.screen != before
    kvm.close()


def test_console_is_refused_with_a_wrong_password(add):
    d = add()
    d.get("power/state")
    a = d.console.call("PATCH", "devices", {**d.console.device(d.guid), "username": "admin", "password": "Wr0ng-one!"})
    assert a.status == 200, a
    assert d.console.call("GET", f"amt/power/state/{d.guid}").status >= 400
