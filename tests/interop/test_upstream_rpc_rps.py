# SPDX-License-Identifier: Apache-2.0
"""Upstream's Remote Provisioning Client, v2 and v3, activates, maintains and deactivates virtual devices through our
RPS; an activated device calls home to our MPS by itself and its power can be read and changed.

OUTBAND_PEER_RPC_V2, OUTBAND_PEER_RPC_V3: the programs, their HECI package replaced by one that opens a virtual
device's socket, whose path it takes from OUTBAND_HECI. They reach AMT through an LMS (ours) at its fixed port, since
version 2 closes HECI after its first answer and does not open it again, and version 3 misses answers that come at once
there. So each test has a network of its own, which takes root.

What is said is compared with tests/data/rpc, which tests/e2e/test_rpc_transcripts.py plays; OUTBAND_RECORD=FOLDER writes
it there instead."""
import ctypes
import json
import os
import socket
import subprocess
import uuid
from pathlib import Path

import pytest

from lib import provisioning, transcript
from lib.process import Process
from lib.rps import certificate
from lib.sim import FullSim
from lib.tls_relay import Gateway
from lib.wait import until

RECORDINGS = Path(__file__).resolve().parent.parent / "data/rpc"
RPC_SECONDS = 120
PEERS = {"v2": "OUTBAND_PEER_RPC_V2", "v3": "OUTBAND_PEER_RPC_V3"}


class Client:
    def __init__(self, path, version, heci, port):
        self.path, self.version, self.heci = path, version, heci
        self.recorder = transcript.Recorder(port)
        self.url = f"ws://127.0.0.1:{self.recorder.port}/activate"

    def said(self, name, device):
        """What was said since the last time is what was recorded under that name."""
        now = transcript.transcript(self.recorder.take(), device.state()["uuid"])
        file = f"{self.version}-{name}.json"
        if os.environ.get("OUTBAND_RECORD"):
            lines = ",\n".join(json.dumps(m) for m in now)
            (Path(os.environ["OUTBAND_RECORD"]) / file).write_text(f'{{"messages": [\n{lines}\n]}}\n')
            return
        recorded = json.loads((RECORDINGS / file).read_text())["messages"]
        for what in (lambda all: [m for m in all if m["from"] == "client"], lambda all: transcript.apart(all)[0],
                     lambda all: transcript.apart(all)[1]):
            assert [transcript.form(m) for m in what(now)] == [transcript.form(m) for m in what(recorded)], file

    def run(self, *args, password=None, more_env=None):
        env = {**os.environ, "OUTBAND_HECI": str(self.heci), **(more_env or {})}
        if password:
            env["AMT_PASSWORD"] = password
        p = subprocess.Popen([self.path, *args], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            out, _ = p.communicate(timeout=RPC_SECONDS)
        except subprocess.TimeoutExpired:
            p.kill()
            out, _ = p.communicate()
            raise AssertionError(f"{self.path} {' '.join(args)} did not end:\n{out[-20000:]}") from None
        return p.returncode, out

    def good(self, *args, **kw):
        code, out = self.run(*args, **kw)
        assert code == 0, f"{self.version} {' '.join(args)}: exit {code}\n{out}"
        return out

    def activate(self, profile, password=None):
        return self.good("activate", "-u", self.url, "-n", "-profile" if self.version == "v2" else "--profile", profile,
                         password=password)

    def deactivate(self, password):
        if self.version == "v2":
            return self.good("deactivate", "-u", self.url, "-n", "-password", password)
        return self.good("deactivate", "-u", self.url, "-n", "--password", password)


@pytest.fixture(params=["v2", "v3"])
def version(request):
    return request.param


CLONE_NEWNET = 0x40000000


@pytest.fixture
def own_network():
    """A network namespace with nothing but loopback, for this process and those it starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        if libc.unshare(CLONE_NEWNET) != 0:
            pytest.skip(f"no network of its own: {os.strerror(ctypes.get_errno())} (it takes root)")
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        yield
    finally:
        libc.setns(before, CLONE_NEWNET)
        os.close(before)


@pytest.fixture
def site(peer, version, own_network, make_server, tmp_path):
    """(server, device, client) with profiles that make the device call home."""
    [path] = peer(PEERS[version])
    server = make_server(settings={"mps.common_name": "127.0.0.1", "rps.activation_wait_ms": 1000,
                                   "rps.tls_wait_ms": 1000}).start()
    cert = provisioning.prepare(server, tmp_path / "pki")
    heci = tmp_path / "heci"
    device = FullSim("factory", tmp_path / "device", "--uuid", str(uuid.uuid4()), "--dns-suffix", provisioning.SUFFIX,
                     "--trust-hash", cert.root_sha256, "--heci", heci)
    lms = Process("lms", ["--heci", heci], tmp_path / "lms.log")
    until(lambda: is_open(16992) or not lms.running(), 20, "LMS at its port")
    assert lms.running(), lms.output()
    yield server, device, Client(path, version, heci, server.rpc_port)
    lms.stop()
    device.close()


def is_open(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def check_at_home(server, device):
    """Connected by itself; power is read and changed."""
    rest, guid = server.rest(), device.state()["uuid"]
    until(lambda: rest.call("GET", f"devices/{guid}").json.get("connectionStatus"), 60, "the device calls home")
    assert rest.get(f"amt/power/state/{guid}")["powerstate"] == 2
    assert rest.post(f"amt/power/action/{guid}", {"action": 8})["Body"]["ReturnValue"] == 0
    until(lambda: rest.get(f"amt/power/state/{guid}")["powerstate"] == 8, 30, "the device is off")
    rest.post(f"amt/power/action/{guid}", {"action": 2})


@pytest.mark.parametrize("profile,mode", [("ccm", "ccm"), ("acm", "acm")])
def test_device_is_activated_calls_home_and_goes_back_to_factory(site, profile, mode):
    server, device, client = site
    out = client.activate(profile)
    client.said(f"activate-{profile}", device)
    assert device.state()["state"] == mode
    # v2 shows a table of parts, v3 upstream's four lines
    cira, wired = (("CIRA Connection: CIRA connection configured", "Wired Network:   Wired Network Configured")
                   if client.version == "v2" else ("CIRA: Configured", "Network: Wired Network Configured"))
    assert cira in out and wired in out, out
    assert ("Client control mode" if mode == "ccm" else "Activated to admin control mode") in out, out
    assert "websocket: close" not in out, out
    check_at_home(server, device)
    out = client.deactivate(provisioning.AMT_PASSWORD)
    client.said("deactivate", device)
    assert device.state()["state"] == "factory"
    assert "Deactivated" in out, out
    assert server.rest().call("GET", f"devices/{device.state()['uuid']}").status == 404


def test_client_control_mode_is_upgraded(site):
    _, device, client = site
    client.activate("ccm")
    client.recorder.take()
    out = client.activate("acm", password=provisioning.AMT_PASSWORD)
    client.said("upgrade", device)
    assert device.state()["state"] == "acm"
    assert "Upgraded to admin control mode" in out, out


def test_wrong_suffix_is_told(site, tmp_path):
    server, device, client = site
    server.rps().delete("domains/corp", expect=204)
    code, out = client.run("activate", "-u", client.url, "-n", "-profile" if client.version == "v2" else "--profile",
                           "acm")
    client.said("wrong-suffix", device)
    assert code != 0 or client.version == "v2"  # which tells it in words only
    assert "does not match list of available AMT domain suffixes" in out, out
    assert device.state()["state"] == "factory"


TASKS = {"syncclock": "synctime", "synchostname": "synchostname", "syncip": "syncip", "syncdeviceinfo": "syncdeviceinfo",
         "changepassword": "changepassword"}


def test_maintenance(peer, site):
    """Only v2 has these commands."""
    server, device, client = site
    if client.version != "v2":
        pytest.skip("v3 has no remote maintenance commands")
    client.activate("ccm")
    client.recorder.take()
    guid, password = device.state()["uuid"], provisioning.AMT_PASSWORD
    for task, name in TASKS.items():
        more = ["-netmask", "255.255.255.0", "-staticip", "192.168.7.8"] if task == "syncip" else []
        more = ["-static", "N3w!Passw0rd"] if task == "changepassword" else more
        code, out = client.run("maintenance", task, "-u", client.url, "-n", "-password", password, *more)
        client.said(task, device)
        assert code == 0 and f"{name} completed succesfully" in out, f"{task}: exit {code}\n{out}"
    secret = json.loads(server.ok("secret", "get", f"devices/{guid}"))
    assert secret["AMT_PASSWORD"] == "N3w!Passw0rd"
    client.deactivate("N3w!Passw0rd")
    assert device.state()["state"] == "factory"


# --- over TLS, as it is used: a gateway in front ---

@pytest.fixture
def gateway(site, tmp_path):
    """(certificate's file, URL)"""
    server, *_ = site
    files = certificate(tmp_path)
    g = Gateway(files, server.rpc_port)
    yield files[0], f"wss://localhost:{g.port}/activate"
    g.close()


def test_over_tls_with_a_certificate_that_is_trusted(site, gateway):
    """rpc-go has no option for a CA; Go's own roots come from SSL_CERT_FILE."""
    server, device, client = site
    cert, url = gateway
    profile = ("-profile" if client.version == "v2" else "--profile", "acm")
    code, out = client.run("activate", "-u", url, *profile)
    assert "certificate signed by unknown authority" in out and device.state()["state"] == "factory", f"{code}\n{out}"
    assert code != 0, out
    code, out = client.run("activate", "-u", url, *profile, more_env={"SSL_CERT_FILE": str(cert)})
    assert code == 0 and device.state()["state"] == "acm", out
    check_at_home(server, device)


def test_over_tls_as_the_edge_agent_does(site, gateway):
    """Its command lines, and what it looks for (version 2's words: version 3 has neither its options nor its environment)."""
    server, device, client = site
    if client.version != "v2":
        pytest.skip("the agent calls version 2")
    server.stop()
    server.settings["rps.rpc.components"] = False
    server.start()
    env = {"AMT_PASSWORD": provisioning.AMT_PASSWORD, "PROFILE": "acm"}
    code, out = client.run("activate", "-u", gateway[1], "-n", more_env=env)
    assert code == 0 and 'msg="CIRA: Configured"' in out, out
    check_at_home(server, device)
    code, out = client.run("amtinfo")
    lines = dict(line.split(":", 1) for line in out.splitlines() if ":" in line)
    status = {k.strip(): v.strip() for k, v in lines.items()}
    assert status["RAS Remote Status"] == "connected" and "AMT" in status["Features"], out
    code, out = client.run("deactivate", "-u", gateway[1], "-n", more_env=env)
    assert code == 0 and 'msg="Status: Deactivated"' in out, out
    assert device.state()["state"] == "factory"
    code, out = client.run("amtinfo")
    assert "RAS Remote Status" in out and "not connected" in out, out
