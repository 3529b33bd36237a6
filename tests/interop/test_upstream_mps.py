# SPDX-License-Identifier: Apache-2.0
"""Virtual devices of ours on the server of device-management-toolkit/mps, and its answers beside ours.

OUTBAND_PEER_MPS_URL          its REST API without a gateway before it, http://HOST:PORT
OUTBAND_PEER_MPS_CIRA         HOST:PORT of its CIRA listener, HOST as in its certificate
OUTBAND_PEER_MPS_VAULT        the KV version 2 store (engine "secret") where it looks up passwords, http://HOST:PORT
OUTBAND_PEER_MPS_VAULT_TOKEN  a token that may write there
OUTBAND_PEER_MPS_DB           URL of its PostgreSQL database, for the test in which ours takes it over (which adds
                              our tables, indexes and triggers to it)
"""
import difflib
import json
from urllib.parse import urlsplit

import pytest

from lib.process import Process
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
    assert rest.call("GET", "ciracert").raw == upstream.rest.call("GET", "ciracert").raw
    sim = Process("amtsim", ["--cira", f"localhost:{ours.cira_port}", "--cira-ca", ours.root(), "--uuid", guid],
                  tmp_path / "amtsim.log",
                  env={"AMTSIM_CIRA_PASSWORD": DEVICE_PASSWORD, "AMTSIM_PASSWORD": DEVICE_PASSWORD})
    until(lambda: rest.connected(guid), 20, "connected")
    assert rest.get(f"amt/power/state/{guid}")["powerstate"] == 2
    assert upstream.rest.device(guid) == rest.device(guid), "upstream reads what ours wrote"
    assert sim.stop() == 0

    # And back again.
    upstream.register(later)
    stats = rest.get("devices/stats")
    assert stats == upstream.rest.get("devices/stats") and stats["totalCount"] >= 2
    rest.delete(f"devices/{guid}?isSecretToBeDeleted=true", expect=204)
    assert upstream.rest.call("GET", f"devices/{guid}").status == 404
    a = upstream.vault.call("GET", f"/v1/secret/metadata/devices/{guid}", headers=upstream.vault_head)
    assert a.status == 404, a
    ours.stop()
    assert upstream.rest.device(later)["hostname"] == "kiosk"
