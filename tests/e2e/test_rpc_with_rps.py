# SPDX-License-Identifier: Apache-2.0
"""Our rpc with our RPS: devices leave the factory, connections break on the way, and what people do wrong."""
import hashlib
import json
import socket
import ssl
import subprocess
import threading

import pytest

from lib.pfx import make_pfx
from lib.lms import Lms
from lib.process import run
from lib.sse import Stream
from lib.wait import until

SUFFIX, AMT, PFX_PASSWORD = "lab.example.org", "Amt-pass-1!", "Pfx-pass-1!"


@pytest.fixture(scope="module")
def pfx(tmp_path_factory):
    """(base64, SHA-256 of its root)"""
    folder = tmp_path_factory.mktemp("pfx")
    text = make_pfx(folder, f"rps.{SUFFIX}", PFX_PASSWORD)
    der = ssl.PEM_cert_to_DER_cert((folder / "root.pem").read_text())
    return text, hashlib.sha256(der).hexdigest()


@pytest.fixture
def server(make_server, pfx):
    """With profiles ccm and acm; devices call home to it."""
    s = make_server(settings={"mps.common_name": "127.0.0.1", "rps.activation_wait_ms": 200})
    s.start()
    s.settings["rps.mps.url"] = f"http://127.0.0.1:{s.rest_port}/"
    s.stop()
    s.start()
    rest = s.rps()
    root = "".join(line for line in (open(s.root()).read()).splitlines() if "CERT" not in line)
    rest.post("ciraconfigs", {"configName": "home", "mpsServerAddress": "127.0.0.1", "mpsPort": s.cira_port,
                              "username": "admin", "commonName": "127.0.0.1", "serverAddressFormat": 3, "authMethod": 2,
                              "mpsRootCertificate": root, "proxyDetails": ""}, 201)
    for mode in ("ccm", "acm"):
        rest.post("profiles", {"profileName": mode, "activation": mode + "activate", "generateRandomPassword": False,
                               "amtPassword": AMT, "generateRandomMEBxPassword": False,
                               **({"mebxPassword": AMT} if mode == "acm" else {}), "ciraConfigName": "home",
                               "dhcpEnabled": True, "tags": ["lab"], "userConsent": "All" if mode == "ccm" else "None",
                               "iderEnabled": True, "kvmEnabled": True, "solEnabled": True}, 201)
    rest.post("domains", {"profileName": "lab", "domainSuffix": SUFFIX, "provisioningCertStorageFormat": "string",
                          "provisioningCertPassword": PFX_PASSWORD, "provisioningCert": pfx[0]}, 201)
    return s


@pytest.fixture
def device(full_device, tmp_path, pfx):
    heci = tmp_path / "heci"
    sim = full_device("factory", "--heci", heci, "--dns-suffix", SUFFIX, "--trust-hash", pfx[1])
    sim.heci = heci
    return sim


def rpc(device, *args, env=None):
    return run("rpc", *args, env={"OUTBAND_HECI": str(device.heci), **(env or {})}, timeout=100)


def mode(device):
    return json.loads(rpc(device, "amtinfo", "--json", "--mode").out)["controlMode"]


class Cutting:
    """A port in front of the server that breaks the n-th connection after so many bytes from it."""

    def __init__(self, port, cuts, at_cut=lambda: None):
        self.port_behind, self.cuts, self.at_cut, self.seen = port, list(cuts), at_cut, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}/activate"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            self.seen += 1
            limit = self.cuts.pop(0) if self.cuts else None
            try:
                behind = socket.create_connection(("127.0.0.1", self.port_behind))
            except OSError:
                client.close()
                continue
            threading.Thread(target=self._copy, args=(client, behind, None), daemon=True).start()
            threading.Thread(target=self._copy, args=(behind, client, limit), daemon=True).start()

    def _copy(self, source, to, limit):
        moved = 0
        try:
            while data := source.recv(4096):
                to.sendall(data)
                moved += len(data)
                if limit is not None and moved >= limit:
                    self.at_cut()
                    break
        except OSError:
            pass
        for s in (source, to):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def test_a_device_that_only_the_mps_knows_is_its_tenants(server, device):
    """Whoever names its GUID does not get to replace its passwords."""
    server.settings["auth.tenancy"] = True
    server.stop()
    server.start()
    url, guid = f"ws://127.0.0.1:{server.rpc_port}/activate", device.state()["uuid"]
    server.import_devices(guid, tenantId="tenant-alpha")
    before = server.ok("secret", "get", f"devices/{guid}")
    refused = rpc(device, "activate", "-u", url, "-profile", "ccm", "-strict")
    assert refused.code != 0 and "belongs to another tenant" in refused.err, refused
    assert server.ok("secret", "get", f"devices/{guid}") == before
    assert mode(device) == "not activated"
    # its passwords without its record are nobody's
    server.rest(tenant="tenant-alpha").delete(f"devices/{guid}", 204)
    assert rpc(device, "activate", "-u", url, "-profile", "ccm", "-strict").code != 0
    server.import_devices(guid)
    there = rpc(device, "activate", "-u", url, "-profile", "ccm", "-strict")
    assert there.code == 0, there


@pytest.mark.parametrize("profile, word", [("ccm", "client control mode"), ("acm", "admin control mode")])
def test_there_and_back(server, device, profile, word):
    url = f"ws://127.0.0.1:{server.rpc_port}/activate"
    there = rpc(device, "activate", "-u", url, "-profile", profile, "-name", "Kiosk", "-strict")
    assert there.code == 0 and 'msg="CIRA: Configured"' in there.err, there
    assert mode(device) == word
    guid = device.state()["uuid"]
    until(lambda: server.rest().connected(guid), 30, "the device calls home")
    assert server.rest().device(guid)["friendlyName"] == "Kiosk"
    until(lambda: "RAS Remote Status\t: connected\n" in rpc(device, "amtinfo", "-ras").out, 20, "amtinfo says so")
    stream = Stream(server.rps_port, server.token(), last_id=0, path="/api/v1/admin/events")
    wrong = rpc(device, "deactivate", "-u", url, "-password", "Wr0ng-pass!", "-strict")
    assert wrong.code == 100 and mode(device) == word, wrong
    back = rpc(device, "deactivate", "-u", url, "-password", AMT)
    assert back.code == 0 and 'msg="Status: Deactivated"' in back.err, back
    assert mode(device) == "not activated"

    def told():
        return [(e["type"], *e["methods"]) for e in stream.events() if e.get("guid") == guid and "CIRA" not in str(e)]

    until(lambda: ("success", "Deactivator", "execute") in told(), 10, "told")
    stream.close()
    assert told() == [("success", "Activator", "execute"), ("fail", "Deactivator"), ("success", "Deactivator", "execute")]
    assert "Device activated in " + word in [e["message"] for e in stream.events()]
    text = server.rps(role="monitor").call("GET", "/metrics").text
    for line in (f'outband_rps_activations_total{{mode="{profile}",outcome="succeeded"}} 1',
                 'outband_rps_flows_started_total{command="deactivate"} 2',
                 'outband_rps_flows_total{command="deactivate",outcome="failed"} 1', "outband_rps_flows 0"):
        assert line + "\n" in text, line


@pytest.mark.parametrize("by_lms", [False, True], ids=["lme", "lms"])
@pytest.mark.parametrize("profile, word", [("ccm", "client control mode"), ("acm", "admin control mode")])
def test_firmware_that_takes_tls_alone(server, full_device, tmp_path, pfx, profile, word, by_lms):
    """AMT 19: the server's TLS goes through the session to the device, whose on-die chain it checks."""
    device = full_device("factory", "--tls", "--version", "19.0.5", "--heci", tmp_path / "heci", "--dns-suffix", SUFFIX,
                         "--trust-hash", pfx[1])
    device.heci, url, way, lms = tmp_path / "heci", f"ws://127.0.0.1:{server.rpc_port}/activate", [], None
    if by_lms:
        lms = Lms(device.heci, tmp_path / "lms.log").ready()
        way = ["-lmsaddress", lms.address]
    stranger = rpc(device, "activate", "-u", url, "-profile", profile, *way, "-strict")
    assert stranger.code != 0 and mode(device) == "not activated", stranger  # its root is not Intel's
    server.settings["rps.odca_root_file"] = str(device.dir / "on-die-root.pem")
    server.stop()
    server.start()
    there = rpc(device, "activate", "-u", url, "-profile", profile, *way, "-strict")
    assert there.code == 0 and 'msg="CIRA: Configured"' in there.err and mode(device) == word, there
    back = rpc(device, "deactivate", "-u", url, "-password", AMT, *way, "-strict")
    assert back.code == 0 and mode(device) == "not activated", back
    if lms:
        assert lms.stop() == 0 and '"served":0' not in lms.output(), lms.output()


@pytest.mark.parametrize("cut", [1500, 4000, 9000, 16000])
def test_activation_goes_on_after_a_broken_connection(server, device, cut):
    """Wherever it breaks: the command is said again, and the server goes on from what the device is."""
    way = Cutting(server.rpc_port, [cut])
    r = rpc(device, "activate", "--url", way.url, "--profile", "ccm", env={"AMT_PASSWORD": AMT})
    assert r.code == 0 and way.seen == 2, r
    assert "connecting again" in r.err and mode(device) == "client control mode"
    guid = device.state()["uuid"]
    until(lambda: server.rest().connected(guid), 30, "the device calls home")


@pytest.mark.parametrize("cut, first_password_is_settled", [(1500, False), (4000, False), (6000, True), (16000, True)])
def test_activation_that_goes_on_without_the_amt_password(server, device, cut, first_password_is_settled):
    """rpc comes back as the local system account, as it had no password to give. While the first password is only noted
    the server may finish with it; one that the device is known to have serves those alone who can say it."""
    way = Cutting(server.rpc_port, [cut])
    r = rpc(device, "activate", "--url", way.url, "--profile", "ccm", "--strict")
    assert way.seen == 2 and mode(device) == "client control mode", r
    url = f"ws://127.0.0.1:{server.rpc_port}/activate"
    if first_password_is_settled:
        assert r.code == 100 and "AMT password DOES NOT match stored version" in r.err, r
        stranger = rpc(device, "activate", "--url", url, "--profile", "ccm", "--strict", env={"AMT_PASSWORD": "Wr0ng-pass!"})
        assert stranger.code == 100 and "AMT password DOES NOT match stored version" in stranger.err, stranger
        r = rpc(device, "activate", "--url", url, "--profile", "ccm", "--strict", env={"AMT_PASSWORD": AMT})
    assert r.code == 0, r
    guid = device.state()["uuid"]
    until(lambda: server.rest().connected(guid), 30, "the device calls home")
    # The password is the profile's, whatever happened on the way.
    assert rpc(device, "configure", "sync-clock", "--password", AMT).code == 0
    assert AMT not in server.process.output()


@pytest.mark.parametrize("profile, cut", [("ccm", 4000), ("acm", 6000), ("acm", 16000)])
def test_kill_9_of_the_server_in_the_middle(server, device, profile, cut):
    """It never was told why: whatever the device took, the server that comes up again knows it."""
    way = Cutting(server.rpc_port, [cut], server.process.kill)
    killed = rpc(device, "activate", "--url", way.url, "--profile", profile, "--strict", env={"AMT_PASSWORD": AMT})
    assert killed.code != 0 and not server.process.running(), killed
    server.process = None
    server.start()
    url, guid = f"ws://127.0.0.1:{server.rpc_port}/activate", device.state()["uuid"]
    again = rpc(device, "activate", "--url", url, "--profile", profile, "--strict", env={"AMT_PASSWORD": AMT})
    assert again.code == 0 and mode(device).startswith("client" if profile == "ccm" else "admin"), again
    secrets = json.loads(server.ok("secret", "get", f"devices/{guid}"))
    assert secrets["AMT_PASSWORD"] == AMT and "NEXT_AMT_PASSWORD" not in secrets
    assert secrets.get("MEBX_PASSWORD") == (AMT if profile == "acm" else None) and "NEXT_MEBX_PASSWORD" not in secrets
    assert rpc(device, "configure", "sync-clock", "--password", AMT).code == 0
    until(lambda: server.rest().connected(guid), 30, "the device calls home")


def test_maintenance(server, device):
    url = f"ws://127.0.0.1:{server.rpc_port}/activate"
    assert rpc(device, "activate", "-u", url, "-profile", "acm", "-strict").code == 0
    for task in ("syncclock", "synchostname", "syncdeviceinfo"):
        r = rpc(device, "maintenance", task, "-u", url, "-password", AMT, "-strict")
        assert r.code == 0, r
    r = rpc(device, "maintenance", "changepassword", "-static", "N3w-pass-1!", "-u", url, "-password", AMT, "-strict")
    assert r.code == 0, r
    old = rpc(device, "deactivate", "-u", url, "-password", AMT, "-strict")
    assert old.code == 100, old
    assert rpc(device, "deactivate", "-u", url, "-password", "N3w-pass-1!", "-strict").code == 0
    assert mode(device) == "not activated"


def test_what_the_server_refuses(server, device):
    url = f"ws://127.0.0.1:{server.rpc_port}/activate"
    unknown = rpc(device, "activate", "-u", url, "-profile", "none")
    assert unknown.code == 0 and "does not match list of available AMT profiles" in unknown.err, unknown
    assert rpc(device, "activate", "--url", url, "--profile", "none").code == 10
    assert rpc(device, "activate", "-u", url, "-profile", "none", "-strict").code == 102
    foreign = rpc(device, "activate", "-u", url, "-profile", "acm", "-d", "other.example.com", "-strict")
    assert foreign.code == 102 and "domain suffix" in foreign.err, foreign
    idle = rpc(device, "deactivate", "-u", url, "-password", AMT, "-strict")
    assert idle.code == 110 and mode(device) == "not activated", idle
