# SPDX-License-Identifier: Apache-2.0
"""Upstream's Enterprise Assistant with our RPS, and with our rpc on the device. It needs Windows; what runs elsewhere is
a build of its own sources in which the parts that speak with the directory and the authority were replaced.

OUTBAND_PEER_EA           the program: OUTBAND_PEER_EA URL USER PASSWORD FOLDER, with the authority's ca.pem and ca.key in
                          FOLDER. ws://: connects to an RPS there; http://: serves rpc as config.txt in its working
                          directory says
OUTBAND_PEER_EA_PASSWORD  the password that it gives each computer account"""
import subprocess

import pytest

from lib.assistant import check_device, make_authority, make_profiles
from lib.postgres import free_port
from lib.rest import Rest
from lib.rpc import PASSWORD, Device
from lib.server import Server
from lib.wait import until


@pytest.fixture
def assistant(peer, tmp_path):
    """assistant(url, password): running."""
    program, _ = peer("OUTBAND_PEER_EA", "OUTBAND_PEER_EA_PASSWORD")
    folder, running = make_authority(tmp_path / "ca"), []

    def start(url, password):
        with (tmp_path / "assistant.log").open("w") as log:
            running.append(subprocess.Popen([program, url, "ea", password, str(folder)], cwd=folder, stdout=log, stderr=log))

    yield start
    for p in running:
        p.kill()
        p.wait()


@pytest.fixture
def device(tmp_path):
    """device(state): ready."""
    made = []

    def make(state):
        made.append(Device(tmp_path / "device", state=state))
        return made[0]

    yield make
    for d in made:
        d.close()


def test_it_serves_our_rps(peer, assistant, device, tmp_path):
    server = Server(tmp_path / "server", settings={"rps.activation_wait_ms": 200, "rps.tls_wait_ms": 200}).start()
    try:
        make_profiles(server)
        assistant(f"ws://127.0.0.1:{server.assistant_port}", server.token(role="assistant", user="ea"))
        until(lambda: server.find("an Enterprise Assistant connected"), 30, "the assistant connects")
        check_device(server, device("factory"), "iME", peer("OUTBAND_PEER_EA_PASSWORD")[0])
    finally:
        server.close()


def answers(port):
    try:
        return Rest(port, base="/").call("GET", "nothing").status == 404
    except OSError:
        return False


def test_it_serves_our_rpc(peer, assistant, device, tmp_path):
    port = free_port()
    (tmp_path / "ca").mkdir(exist_ok=True)
    (tmp_path / "ca/config.txt").write_text(
        f"user=ea\npass=Ea-P@ss1\nsecuritykey={'k' * 32}\naddress=127.0.0.1\nport={port}\n")
    assistant(f"http://127.0.0.1:{port}", "Ea-P@ss1")
    until(lambda: answers(port), 30, "the assistant serves")
    acm = device("acm")

    def configure(*args, password="Ea-P@ss1"):
        return acm.rpc("configure", *args, "--eaAddress", f"http://127.0.0.1:{port}", "--eaUsername", "ea", "--eaPassword",
                          password, "--password", PASSWORD)

    r = configure("tls", "--mode", "ServerAndNonTLS", "--delay", "0")
    assert r.code == 0 and acm.saved()["tls_network"]["enabled"], r
    for protocol, user_password in (("0", None), ("2", peer("OUTBAND_PEER_EA_PASSWORD")[0])):
        r = configure("wired", "--dhcp", "--ieee8021xProfileName", "lan", "--ieee8021xAuthenticationProtocol", protocol)
        wired, = acm.stored("IPS_IEEE8021xSettings")
        assert r.code == 0 and "iME" in wired["Username"] and wired.get("Password") == user_password, (r, wired)
    assert len(acm.stored("AMT_PublicPrivateKeyPair")) == 1
    r = configure("tls", "--mode", "Server", "--delay", "0", password="wrong")
    assert r.code == 105 and "answered HTTP status 401 to /api/authenticate" in r.err, r
