# SPDX-License-Identifier: Apache-2.0
"""The clients of device-management-toolkit/rpc-go on a virtual device's host. Their package for the MEI device must
have been replaced by one that opens the socket which OUTBAND_HECI names.

OUTBAND_PEER_RPC_V2  such a client of version 2
OUTBAND_PEER_RPC_V3  such a client of version 3
"""
import contextlib
import json
import subprocess
import uuid

import pytest

from lib.network import OWN_NETWORK, beside, can_have_networks, lms_alone
from lib.process import environment
from lib.sim import FULL_PASSWORD, FullSim

ROOT_HASH = "ab" * 32
SUFFIX = "lab.example.org"
SECONDS = 60

ANY_FAILURE = None
IN_FACTORY, IN_CCM, IN_ACM = 0, 1, 2
MODES = {
    "v2": ("pre-provisioning state", "activated in client control mode", "activated in admin control mode"),
    "v3": ("not activated", "client control mode", "admin control mode"),
}


class Client:
    """In a network of its own, since a service on the web port of ours would be taken for an LMS, or in that of lms."""

    def __init__(self, version, path, device, lms=None):
        self.version, self.path, self.device, self.lms = version, path, device, lms

    def run(self, *words, env=None, expect=0):
        cmd = [self.path, *words]
        if self.lms is not None:
            cmd = [*beside(self.lms), *cmd]
        elif can_have_networks():
            cmd = [*OWN_NETWORK, *cmd]
        p = subprocess.run(cmd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, cwd="/",
                           env=environment({"OUTBAND_HECI": str(self.device.dir.with_suffix(".heci")), **(env or {})}))
        assert p.returncode == expect or (expect is ANY_FAILURE and p.returncode > 0), (
            f"{words}: exit {p.returncode}\n{p.stdout}\n{p.stderr}\n{self.device.output()}")
        return p

    def info(self, *words, env=None):
        flag = "-json" if self.version == "v2" else "--json"
        return json.loads(self.run("amtinfo", *words, flag, env=env).stdout)

    def mode(self):
        return MODES[self.version].index(self.info()["controlMode"])

    def activate(self, password=FULL_PASSWORD, expect=0):
        dash = "-" if self.version == "v2" else "--"
        return self.run("activate", dash + "local", dash + "ccm", env={"AMT_PASSWORD": password}, expect=expect)

    def deactivate(self, password=FULL_PASSWORD, expect=0):
        dash = "-" if self.version == "v2" else "--"
        return self.run("deactivate", dash + "local", env={"AMT_PASSWORD": password}, expect=expect)


@pytest.fixture
def device(tmp_path):
    """device(state, *options) as lib.sim.FullSim, with a host; the second call is the same device again."""
    running = []

    def start(state="factory", *options):
        running.append(FullSim(state, tmp_path / "device", "--heci", tmp_path / "device.heci", *options))
        return running[-1]

    yield start
    for d in running:
        if d.running():
            d.close()


@pytest.fixture(params=["v2", "v3"])
def client(peer, request):
    path, = peer("OUTBAND_PEER_RPC_" + request.param.upper())
    return lambda device: Client(request.param, path, device)


@pytest.fixture
def v3(peer):
    """For what goes through LME: version 2 waits 20 s for each of its sessions, and its readers race."""
    path, = peer("OUTBAND_PEER_RPC_V3")
    return lambda device: Client("v3", path, device)


@pytest.fixture
def v2_with_lms(peer, tmp_path):
    """Version 2 beside our LMS."""
    path, = peer("OUTBAND_PEER_RPC_V2")
    with contextlib.ExitStack() as running:
        yield lambda device: Client("v2", path, device, running.enter_context(
            lms_alone(device.dir.with_suffix(".heci"), tmp_path / "lms.log")))


def common(info):
    """What both versions say alike."""
    return {key: info[key] for key in ("amt", "buildNumber", "sku", "features", "uuid", "operationalState")}


@pytest.mark.parametrize("state, mode", [("factory", IN_FACTORY), ("ccm", IN_CCM), ("acm", IN_ACM)])
def test_client_reads_all_of_a_device(client, device, state, mode):
    """Version 2 without the password: it reads users' certificates through LME, where its readers get in each
    other's way. Version 3 has to open the session again for each of its requests."""
    guid = str(uuid.uuid4())
    d = device(state, "--uuid", guid, "--dns-suffix", SUFFIX, "--trust-hash", ROOT_HASH)
    d.ctl("fault", "lme-drops")
    c = client(d)
    info = c.info("-all") if c.version == "v2" else c.info("--all", env={"AMT_PASSWORD": FULL_PASSWORD})
    assert common(info) == {"amt": "16.1.25", "buildNumber": "1932", "sku": "16392", "features": "AMT Pro Corporate",
                            "uuid": guid, "operationalState": "enabled"}
    assert info["controlMode"] == MODES[c.version][mode]
    assert info["dnsSuffix"] == SUFFIX
    assert info["ras"]["remoteStatus"] == "not connected" and info["ras"]["mpsHostname"] == ""
    wired = info["wiredAdapter"]
    assert (wired["linkStatus"], wired["dhcpEnabled"], wired["dhcpMode"]) == (
        "up", True, "passive" if mode == IN_FACTORY else "active")
    assert wired["macAddress"].startswith("02:00:5e:") and wired["ipAddress"].startswith("192.0.2.")
    assert info["wirelessAdapter"]["macAddress"] not in ("00:00:00:00:00:00", wired["macAddress"])
    hashes = list(info["certificateHashes"].values())
    assert [(h["Hash"], h["Algorithm"], h["IsActive"], h["IsDefault"]) for h in hashes] == [
        (ROOT_HASH, "SHA256", True, True)]


def test_client_activates_and_deactivates_by_itself(v3, device):
    d = device()
    live_twice(d, v3(d))


def test_old_client_activates_and_deactivates_through_our_lms(v2_with_lms, device):
    d = device()
    live_twice(d, v2_with_lms(d))


def live_twice(d, c):
    """The second time nothing of the first life is left."""
    realm = d.state()["realm"]
    for _ in range(2):
        done = c.activate()
        assert "Status: Device activated in Client Control Mode" in done.stderr
        assert (c.mode(), d.state()["state"]) == (IN_CCM, "ccm")
        done = c.deactivate()
        assert "Status: Device deactivated" in done.stderr
        assert (c.mode(), d.state()["state"]) == (IN_FACTORY, "factory")
    assert d.state()["realm"] == realm


def test_activation_outlives_power_loss(v3, device):
    d = device()
    v3(d).activate()
    d.kill()
    again = device()
    c = v3(again)
    assert (c.mode(), again.state()["state"]) == (IN_CCM, "ccm")
    c.deactivate()
    again.kill()
    assert v3(device()).mode() == IN_FACTORY


def test_client_is_refused_what_firmware_refuses(client, device):
    d = device("ccm")
    c = client(d)
    c.activate(expect=111 if c.version == "v2" else 10)
    assert (c.mode(), d.state()["state"]) == (IN_CCM, "ccm")
    c.deactivate()
    c.deactivate(expect=109 if c.version == "v2" else 10)
    assert d.state()["state"] == "factory"


def test_admin_control_mode_ends_with_the_password_alone(v3, device):
    d = device("acm")
    c = v3(d)
    c.deactivate("Wr0ng-one!", expect=ANY_FAILURE)
    assert d.state()["state"] == "acm"
    c.deactivate()
    assert (c.mode(), d.state()["state"]) == (IN_FACTORY, "factory")
