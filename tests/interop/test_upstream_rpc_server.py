# SPDX-License-Identifier: Apache-2.0
"""The client of device-management-toolkit/rpc-go version 3 activates virtual devices through our RPS into our MPS.

OUTBAND_PEER_RPC_V3  such a client whose package for the MEI device opens the socket that OUTBAND_HECI names
"""
import hashlib
import ssl
import subprocess

import pytest

from lib.pfx import make_pfx
from lib.process import environment
from lib.sim import FullSim
from lib.wait import until

AMT_PASSWORD, PFX_PASSWORD, SUFFIX = "P@ssw0rd1", "Pfx-pass-1!", "lab.example.org"
MODES = {"ccm": ("Client control mode", "all"), "acm": ("Admin control mode", "none")}


@pytest.fixture
def server(make_server, database):
    """Both targets in one process; its RPS knows where its MPS is."""
    s = make_server(db_url=database, settings={"mps.common_name": "127.0.0.1", "rps.activation_wait_ms": 1000,
                                              "rps.tls_wait_ms": 1000}).start()
    s.stop()
    s.settings["rps.mps.url"] = f"http://127.0.0.1:{s.rest_port}"
    return s.start()


@pytest.fixture
def client(peer, tmp_path):
    """client(server): with a device from the factory, its command against the server's RPS."""
    path, = peer("OUTBAND_PEER_RPC_V3")
    pfx = make_pfx(tmp_path / "pfx", f"rps.{SUFFIX}", PFX_PASSWORD)
    root = hashlib.sha256(ssl.PEM_cert_to_DER_cert((tmp_path / "pfx/root.pem").read_text())).hexdigest()
    sim = FullSim("factory", tmp_path / "device", "--heci", tmp_path / "device.heci", "--dns-suffix", SUFFIX,
                  "--trust-hash", root)
    # Firmware takes its time. Without that the client's reader of the last request takes parts of the next answer.
    sim.ctl("fault", "latency", 30)

    def run(server, *words):
        p = subprocess.run([path, *words, "-u", f"ws://127.0.0.1:{server.rpc_port}/activate", "-n"],
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, cwd="/",
                           env=environment({"OUTBAND_HECI": str(tmp_path / "device.heci"), "AMT_PASSWORD": AMT_PASSWORD}))
        return p.returncode, p.stdout + p.stderr

    run.sim, run.pfx = sim, pfx
    yield run
    sim.close()


def make_profiles(server, pfx):
    rest = server.rps()
    pem = server.rest().call("GET", "ciracert").text
    rest.post("ciraconfigs", {"configName": "cira", "mpsServerAddress": "127.0.0.1", "mpsPort": server.cira_port,
                              "username": "admin", "serverAddressFormat": 3, "authMethod": 2, "commonName": "127.0.0.1",
                              "mpsRootCertificate": "".join(x for x in pem.split("\n") if "-----" not in x),
                              "proxyDetails": ""}, 201)
    rest.post("domains", {"profileName": "lab", "domainSuffix": SUFFIX, "provisioningCertStorageFormat": "string",
                          "provisioningCertPassword": PFX_PASSWORD, "provisioningCert": pfx}, 201)
    for mode, (_, consent) in MODES.items():
        for name, connection in ((mode, {"ciraConfigName": "cira"}),
                                 (mode + "-tls", {"tlsMode": 1, "tlsSigningAuthority": "SelfSigned"})):
            body = {"profileName": name, "activation": mode + "activate", "generateRandomPassword": False,
                    "amtPassword": AMT_PASSWORD, "generateRandomMEBxPassword": False, "dhcpEnabled": True,
                    "tags": ["lab"], "userConsent": consent.capitalize(), "iderEnabled": True, "kvmEnabled": True,
                    "solEnabled": True, **connection}
            if mode == "acm":
                body["mebxPassword"] = "Mebx-pass-1!"
            rest.post("profiles", body, 201)


@pytest.mark.parametrize("mode", ["ccm", "acm"])
def test_client_brings_a_device_from_the_factory_to_our_server(client, server, mode):
    make_profiles(server, client.pfx)
    code, said = client(server, "activate", "--profile", mode)
    assert code == 0 and MODES[mode][0].lower() in said.lower() and "CIRA: Configured" in said, said
    guid, rest = client.sim.state()["uuid"], server.rest()
    assert client.sim.state()["state"] == mode
    until(lambda: rest.connected(guid), 30, "the device calls our MPS")
    assert rest.device(guid)["tags"] == ["lab"] and rest.device(guid)["dnsSuffix"] == SUFFIX
    assert rest.get(f"amt/power/state/{guid}")["powerstate"] == 2
    assert rest.get(f"amt/features/{guid}")["userConsent"] == MODES[mode][1]
    code, said = client(server, "deactivate", "--force")
    assert code == 0, said
    assert client.sim.state()["state"] == "factory"


@pytest.mark.parametrize("mode", ["ccm", "acm"])
def test_client_brings_a_device_to_tls(client, server, mode):
    make_profiles(server, client.pfx)
    code, said = client(server, "activate", "--profile", mode + "-tls")
    assert code == 0 and MODES[mode][0].lower() in said.lower(), said
    state = client.sim.state()
    assert (state["state"], state["tls"]) == (mode, True)
