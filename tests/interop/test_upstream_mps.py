# SPDX-License-Identifier: Apache-2.0
"""Virtual devices of ours, light and full, on the server of device-management-toolkit/mps, and its answers beside
ours.

OUTBAND_PEER_MPS_URL          its REST API without a gateway before it, http://HOST:PORT
OUTBAND_PEER_MPS_CIRA         HOST:PORT of its CIRA listener, HOST as in its certificate
OUTBAND_PEER_MPS_VAULT        the KV version 2 store (engine "secret") where it looks up passwords, http://HOST:PORT
OUTBAND_PEER_MPS_VAULT_TOKEN  a token that may write there
OUTBAND_PEER_MPS_DB           URL of its PostgreSQL database, for the test in which ours takes it over (which adds
                              our tables, indexes and triggers to it)
"""
import difflib
import json
import shutil
from urllib.parse import quote, urlsplit

import pytest

from lib.certs import self_signed
from lib.full import Full
from lib.process import Process
from lib.redirection import Kvm, Sol
from lib.rest import Rest
from lib.server import DEVICE_PASSWORD
from lib.wait import until

REFUSED = "login refused"


def rest_at(url, token=None):
    parts = urlsplit(url)
    return Rest(parts.port, host=parts.hostname, token=token)


class Upstream:
    def __init__(self, url, cira, vault, vault_token, folder):
        self.rest, self.cira, self.folder = rest_at(url), cira, folder
        self.vault_url, self.vault, self.vault_head = vault, rest_at(vault), {"X-Vault-Token": vault_token}
        self.registered, self.devices = [], []

    def register(self, guid, password=DEVICE_PASSWORD):
        """A row through REST; the passwords where its provisioning service would put them."""
        secret = {name: password for name in ("AMT_PASSWORD", "MEBX_PASSWORD", "MPS_PASSWORD")}
        a = self.vault.call("POST", f"/v1/secret/data/devices/{guid}", {"data": secret}, self.vault_head)
        assert a.status == 200, a
        self.rest.post("devices", {"guid": guid, "hostname": "kiosk", "tags": ["interop"], "mpsusername": "admin"},
                       expect=201)
        self.registered.append(guid)

    def device(self, guid, password=DEVICE_PASSWORD):
        root = self.folder / "root.pem"
        a = self.rest.call("GET", "ciracert")
        assert a.status == 200, a
        root.write_bytes(a.raw)
        args = ["--cira", self.cira, "--cira-ca", root, "--uuid", guid, "--step-ms", "50", "--json", "--verbose"]
        p = Process("amtsim", args, self.folder / f"amtsim-{len(self.devices)}.log",
                    env={"AMTSIM_CIRA_PASSWORD": password, "AMTSIM_PASSWORD": DEVICE_PASSWORD})
        self.devices.append(p)
        return p

    def full(self, guid):
        """A full device that keeps a tunnel to it; connected."""
        self.register(guid)
        d = Full(self.folder / f"full-{len(self.devices)}", guid)
        self.devices.append(d)
        host, port = self.cira.rsplit(":", 1)
        d.amt.call_home(host, int(port), self.rest.call("GET", "ciracert").text, "admin", DEVICE_PASSWORD, host)
        until(lambda: self.rest.connected(guid), 30, "connected; its log:\n" + d.output()[-2000:])
        return d

    def token(self, guid):
        """For one redirection session."""
        return self.rest.get(f"authorize/redirection/{guid}")["token"]

    def close(self):
        codes = [p.stop() for p in self.devices if p.running()]
        for guid in self.registered:
            self.rest.call("DELETE", f"devices/{guid}?isSecretToBeDeleted=true")
        assert not any(codes), codes


@pytest.fixture
def upstream(peer, tmp_path):
    values = peer("OUTBAND_PEER_MPS_URL", "OUTBAND_PEER_MPS_CIRA", "OUTBAND_PEER_MPS_VAULT",
                  "OUTBAND_PEER_MPS_VAULT_TOKEN")
    folder = tmp_path / "upstream"
    folder.mkdir()
    u = Upstream(*values, folder)
    yield u
    u.close()


def power_to(rest, guid, action, state):
    a = rest.post(f"amt/power/action/{guid}", {"action": action})
    assert a["Body"] == {"ReturnValue": 0, "ReturnValueStr": "SUCCESS"}, a
    until(lambda: rest.get(f"amt/power/state/{guid}")["powerstate"] == state, 20, f"power state {state}")


def test_device_connects_and_obeys(upstream, new_guid):
    guid, rest = new_guid(), upstream.rest
    upstream.register(guid)
    sim = upstream.device(guid)
    until(lambda: rest.connected(guid), 20, "connected; its log:\n" + sim.output()[-2000:])

    assert rest.get(f"amt/power/state/{guid}") == {"powerstate": 2, "OSPowerSavingState": 2}
    power_to(rest, guid, 8, 8)
    power_to(rest, guid, 2, 2)
    power_to(rest, guid, 10, 2)
    version = rest.get(f"amt/version/{guid}")
    parts = {p["InstanceID"]: p["VersionString"] for p in version["CIM_SoftwareIdentity"]["responses"]}
    assert parts["AMT"] == "16.1.25"
    assert version["AMT_SetupAndConfigurationService"]["response"]["ProvisioningState"] == 2
    assert rest.get(f"amt/generalSettings/{guid}")["Body"]["DigestRealm"].startswith("Digest:")
    assert rest.get(f"amt/power/capabilities/{guid}")["Hibernate"] == 7

    first = rest.device(guid)["lastConnected"]
    rest.delete(f"devices/disconnect/{guid}")
    until(lambda: rest.connected(guid) and rest.device(guid)["lastConnected"] > first, 20, "it comes back by itself")
    power_to(rest, guid, 8, 8)
    assert sim.stop() == 0
    until(lambda: not rest.connected(guid), 10, "a device that goes shows as gone")


def test_device_with_wrong_password_is_refused_and_tries_again(upstream, new_guid):
    guid = new_guid()
    upstream.register(guid)
    sim = upstream.device(guid, password="not-the-0ne!")
    until(lambda: sim.output().count(REFUSED) >= 2, 20, "two refused logins")
    assert sim.running() and not upstream.rest.connected(guid)


# Numbers of single messages; a password, which ours never shows.
LEFT_OUT = ("MessageID", "RelatesTo", "ProvisioningServerOTP")


def plain(answer):
    """What must be the same. Versions as text, as the API describes them: upstream makes numbers and truth
    values of those that look so."""
    if isinstance(answer, dict):
        return {k: str(v) if k == "VersionString" else plain(v) for k, v in answer.items() if k not in LEFT_OUT}
    return [plain(v) for v in answer] if isinstance(answer, list) else answer


def answers(rest, guid):
    def both(method, path, body=None):
        a = rest.call(method, path, body)
        return a.status, plain(a.json)

    out = {path: both("GET", f"amt/{path}/{guid}")
           for path in ("power/state", "version", "generalSettings", "power/capabilities")}
    # Not 15 to 17: upstream accepts them and does not pass them on, ours leaves the answer to the device.
    for action in (8, 2, 10, 7, 2, 9, "x"):
        out[f"action {action}"] = both("POST", f"amt/power/action/{guid}", {"action": action})
        if out[f"action {action}"][0] == 200:
            settle = [rest.get(f"amt/power/state/{guid}")]
            until(lambda: settle.append(rest.get(f"amt/power/state/{guid}")) or settle[-1] == settle[-2], 20,
                  "a power state that stays")
            out[f"state after {action}"] = settle[-1]
    return out


def differences(theirs, mine):
    left, right = (json.dumps(x, indent=1, sort_keys=True).splitlines() for x in (theirs, mine))
    return "\n".join(difflib.unified_diff(left, right, lineterm="", n=8))


def test_both_servers_answer_alike(upstream, make_server, new_guid):
    guid = new_guid()
    ours = make_server().start()
    ours.import_devices(guid)
    upstream.register(guid)
    upstream.device(guid)
    log = ours.folder / "amtsim.log"
    sim = Process("amtsim", ["--cira", f"localhost:{ours.cira_port}", "--cira-ca", ours.root(), "--uuid", guid,
                             "--step-ms", "50"], log,
                  env={"AMTSIM_CIRA_PASSWORD": DEVICE_PASSWORD, "AMTSIM_PASSWORD": DEVICE_PASSWORD})
    try:
        rest = ours.rest()
        until(lambda: upstream.rest.connected(guid) and rest.connected(guid), 20, "connected to both")
        theirs, mine = answers(upstream.rest, guid), answers(rest, guid)
        wrong = differences(theirs, mine)
        assert not wrong, "- upstream, + ours\n" + wrong
    finally:
        assert sim.stop() == 0


# What a full device is asked for, and keys that ours has alone (docs/compatibility.md).
READS = ("version", "features", "generalSettings", "hardwareInfo", "power/state", "power/capabilities",
         "power/bootSources", "alarmOccurrences", "networkSettings", "networkSettings/wired",
         "networkSettings/wireless/state", "networkSettings/wireless/profileSync", "networkSettings/wireless/profile",
         "kvm/displays", "log/event")
OURS_ALONE = ("rpe", "rpeSupported")
WRITES = (("features", {"userConsent": "none", "enableSOL": True, "enableIDER": False, "enableKVM": True}),
          ("power/bootOptions", {"action": 101, "useSOL": False}), ("power/bootOptions", {"action": 7777, "useSOL": False}),
          ("userConsentCode", {"consentCode": "123456"}), ("alarmOccurrences", {}),
          ("networkSettings/wireless/state", {"state": "x"}),
          ("network/linkPreference", {"linkPreference": 1, "timeout": 60}))


def as_text(answer):
    """Upstream makes a number of any text that looks like one, ours only of numbers."""
    if isinstance(answer, dict):
        if answer.get("status") == "AMT Features updated":	# ours says what was set, as Console does
            answer = {"status": answer["status"]}
        return {k: as_text(v) for k, v in answer.items() if k not in OURS_ALONE}
    if isinstance(answer, list):
        return [as_text(v) for v in answer]
    return str(answer).lstrip("0")


def test_both_servers_show_a_full_device_alike(upstream, make_server, new_guid, tmp_path):
    """One device's memory, twice."""
    guid = new_guid()
    Full(tmp_path / "born", guid).close()
    for copy in (upstream.folder / "full-0", tmp_path / "ours"):
        shutil.copytree(tmp_path / "born/device", copy / "device")
    upstream.full(guid)
    ours = make_server().start()
    full = Full(tmp_path / "ours", guid)
    try:
        full.join(ours)

        def answers_of(rest):
            out = {path: rest.call("GET", f"amt/{path}/{guid}") for path in READS}
            out.update({f"{path} {body}": rest.call("POST", f"amt/{path}/{guid}", body) for path, body in WRITES})
            return {what: (a.status, as_text(plain(a.json))) for what, a in out.items()}

        wrong = differences(answers_of(upstream.rest), answers_of(ours.rest()))
        assert not wrong, "- upstream, + ours\n" + wrong
    finally:
        full.close()


def test_ours_takes_over_database_and_vault(upstream, peer, make_server, new_guid, tmp_path):
    """In the place of upstream's server, nothing converted: rows, passwords and the root that devices trust."""
    db_url, = peer("OUTBAND_PEER_MPS_DB")
    token_file = tmp_path / "vault-token"
    token_file.write_text(upstream.vault_head["X-Vault-Token"])
    guid, later = new_guid(), new_guid()
    upstream.register(guid)
    ours = make_server(db_url=db_url, settings={"secrets.url": upstream.vault_url,
                                                "secrets.vault.token_file": str(token_file)}).start()
    rest = ours.rest()
    assert rest.device(guid) == upstream.rest.device(guid)
    assert rest.call("GET", "ciracert").text.split() == upstream.rest.call("GET", "ciracert").text.split()
    sim = Process("amtsim", ["--cira", f"localhost:{ours.cira_port}", "--cira-ca", ours.root(), "--uuid", guid],
                  tmp_path / "amtsim.log",
                  env={"AMTSIM_CIRA_PASSWORD": DEVICE_PASSWORD, "AMTSIM_PASSWORD": DEVICE_PASSWORD})
    until(lambda: rest.connected(guid), 20, "connected")
    assert rest.get(f"amt/power/state/{guid}")["powerstate"] == 2
    assert upstream.rest.device(guid) == rest.device(guid), "upstream reads what ours wrote"
    assert sim.stop() == 0

    # And back again.
    upstream.register(later)
    # Devices of others on that server may come and go between the two.
    until(lambda: rest.get("devices/stats") == upstream.rest.get("devices/stats"), 10, "the same figures from both")
    assert rest.get("devices/stats")["totalCount"] >= 2
    rest.delete(f"devices/{guid}?isSecretToBeDeleted=true", expect=204)
    assert upstream.rest.call("GET", f"devices/{guid}").status == 404
    a = upstream.vault.call("GET", f"/v1/secret/metadata/devices/{guid}", headers=upstream.vault_head)
    assert a.status == 404, a
    ours.stop()
    assert upstream.rest.device(later)["hostname"] == "kiosk"


def test_full_device_tells_all_of_itself(upstream, new_guid):
    guid, rest = new_guid(), upstream.rest
    upstream.full(guid)
    hardware = rest.get(f"amt/hardwareInfo/{guid}")
    assert hardware["CIM_Chassis"]["response"]["Manufacturer"] == "Example Corp."
    assert hardware["CIM_BIOSElement"]["response"]["Version"].startswith("EX.")
    for several in ("CIM_Processor", "CIM_PhysicalMemory", "CIM_MediaAccessDevice"):
        assert hardware[several]["responses"], several
    general = rest.get(f"amt/generalSettings/{guid}")["Body"]
    assert general["DigestRealm"].startswith("Digest:") and general["AMTNetworkEnabled"] == 1
    network = rest.get(f"amt/networkSettings/{guid}")
    assert network["wired"]["macAddress"].startswith("02-00-5e-") and network["wired"]["linkIsUp"] is True
    assert network["wireless"]["linkIsUp"] is False
    assert {b["instanceID"] for b in rest.get(f"amt/power/bootSources/{guid}")} >= {
        "Intel(r) AMT: Force Hard-drive Boot", "Intel(r) AMT: Force PXE Boot", "Intel(r) AMT: Force CD/DVD Boot"}
    assert rest.get(f"amt/kvm/displays/{guid}")["displays"][0]["isActive"] is True


def test_full_device_takes_features(upstream, new_guid):
    guid, rest = new_guid(), upstream.rest
    upstream.full(guid)

    def features(**wanted):
        rest.post(f"amt/features/{guid}", wanted)
        return rest.get(f"amt/features/{guid}")

    got = features(userConsent="all", enableSOL=True, enableIDER=False, enableKVM=True)
    assert (got["userConsent"], got["SOL"], got["IDER"], got["KVM"]) == ("all", True, False, True)
    got = features(userConsent="none", enableSOL=False, enableIDER=True, enableKVM=False)
    assert (got["userConsent"], got["SOL"], got["IDER"], got["KVM"]) == ("none", False, True, False)
    assert got["kvmAvailable"] is True and got["ocr"] is False


def test_full_device_logs_what_is_done(upstream, new_guid):
    guid, rest = new_guid(), upstream.rest
    d = upstream.full(guid)
    power_to(rest, guid, 8, 8)
    power_to(rest, guid, 2, 2)
    a = rest.post(f"amt/power/bootOptions/{guid}", {"action": 101, "useSOL": False})
    assert a["Body"]["ReturnValue"] == 0, a
    until(lambda: "BIOS" in d.control("screen")["text"], 20, "the BIOS on the screen")
    audit = rest.get(f"amt/log/audit/{guid}?startIndex=1")
    assert audit["totalCnt"] == len(audit["records"]) >= 4
    events = [r["Event"] for r in audit["records"]]
    assert events[0] == "Performed Reset", events
    for wanted in ("Performed Power Up", "Performed Power Down", "TLS Trusted Root Certificate Added"):
        assert wanted in events, (wanted, events)
    assert {r["Initiator"] for r in audit["records"]} == {"admin"}
    log = rest.get(f"amt/log/event/{guid}")
    assert log and all(e["EntityStr"] and e["Desc"] and e["TimeStamp"] for e in log), log[:2]
    assert "User-initiated system setup" in {e["Desc"] for e in log}


def test_full_device_keeps_certificates(upstream, new_guid):
    guid, rest = new_guid(), upstream.rest
    upstream.full(guid)

    def kept():
        return rest.get(f"amt/certificates/{guid}")["certificates"]["publicKeyCertificateItems"]

    before = [c["instanceID"] for c in kept()]
    _, cert = self_signed(upstream.folder, "interop root", rsa=True)	# upstream never answers about others
    rest.post(f"amt/certificates/{guid}", {"cert": cert, "isTrusted": True})
    new = [c for c in kept() if c["instanceID"] not in before]
    assert [c["x509Certificate"] for c in new] == [cert] and new[0]["trustedRootCertificate"] is True
    rest.delete(f"amt/certificates/{guid}/{quote(new[0]['instanceID'])}")
    assert [c["instanceID"] for c in kept()] == before


def test_full_device_asks_for_consent(upstream, new_guid):
    guid, rest = new_guid(), upstream.rest
    d = upstream.full(guid)
    rest.post(f"amt/features/{guid}", {"userConsent": "all", "enableSOL": True, "enableIDER": True, "enableKVM": True})
    assert rest.get(f"amt/userConsentCode/{guid}")["Body"]["ReturnValue"] == 0
    code = d.control("screen")["consent_code"]
    wrong = f"{(int(code) + 1) % 1000000:06}"
    assert rest.call("POST", f"amt/userConsentCode/{guid}", {"consentCode": wrong}).status == 400
    rest.post(f"amt/userConsentCode/{guid}", {"consentCode": code})
    assert rest.get(f"amt/features/{guid}")["optInState"] == 3
    kvm = Kvm(*address(rest), guid, protocol=upstream.token(guid))
    kvm.draw()
    kvm.close()


def address(rest):
    return rest.host, rest.port


@pytest.fixture
def redirectable(upstream, new_guid):
    """GUID and device without user consent."""
    guid = new_guid()
    d = upstream.full(guid)
    upstream.rest.post(f"amt/features/{guid}", {"userConsent": "none", "enableSOL": True, "enableIDER": True,
                                                "enableKVM": True})
    return guid, d


def test_console_of_a_full_device(upstream, redirectable):
    guid, _ = redirectable
    sol = Sol(*address(upstream.rest), guid, protocol=upstream.token(guid))
    sol.type("\r")
    for answer, text in (("login:", "root\r"), ("Password:", "x\r"), ("$ ", "uname\r")):
        sol.expect(answer)
        sol.type(text)
    sol.expect("outband Linux")
    sol.close()
    until(lambda: upstream.rest.get(f"devices/redirectstatus/{guid}")["isSOLConnected"] is False, 20,
          "the session has ended")


def test_picture_of_a_full_device(upstream, redirectable):
    guid, d = redirectable
    kvm = Kvm(*address(upstream.rest), guid, protocol=upstream.token(guid))
    kvm.draw()
    assert len(set(kvm.screen)) > 1, "text on a ground"
    assert upstream.rest.get(f"devices/redirectstatus/{guid}")["isKVMConnected"] is True
    before = list(kvm.screen)
    kvm.ask()
    kvm.key(ord("u"))
    assert kvm.update() >= 1 and kvm.screen != before, "a key shows"
    before = list(kvm.screen)
    kvm.ask()
    kvm.point(kvm.width // 2, kvm.height // 2)
    assert kvm.update() >= 1 and kvm.screen != before, "so does the pointer"
    assert "u" in d.control("screen")["text"]
    kvm.close()
