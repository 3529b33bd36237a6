# SPDX-License-Identifier: Apache-2.0
"""Clients of upstream's as they were recorded (tests/data/rpc): each message that they sent is sent again, byte for byte but
for what is the machine's own, and each of the server's answers is as it was: method, status, texts, order, the requests for
AMT in all but what chance and time decide (lib.transcript says which). tests/interop/test_upstream_rpc_rps.py made the
recordings, and compares them with the real programs where there are some."""
import json
import random
import socket
from pathlib import Path

import pytest

from lib import provisioning, transcript
from lib.heci import local_account
from lib.process import Process
from lib.wait import until

FOLDER = Path(__file__).resolve().parent.parent / "data/rpc"
FILES = sorted(f.stem for f in FOLDER.glob("*.json"))


def load(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def is_open(address):
    try:
        socket.create_connection(address, 1).close()
        return True
    except OSError:
        return False


class Machine:
    """A virtual device, its LMS, and what stands in the recordings for a machine's own."""

    def __init__(self, full_device, folder, trust, password=None):
        self.heci = folder / "heci"
        self.device = full_device("factory", "--dns-suffix", provisioning.SUFFIX, "--trust-hash", trust, "--heci", self.heci)
        self.uuid = self.device.state()["uuid"]
        self.trust = trust
        self.lms = ("127." + ".".join(str(random.randint(2, 250)) for _ in range(3)), 17992)
        self.process = Process("lms", ["--heci", self.heci, "--listen", self.lms[0], "--port", self.lms[1]],
                               folder / "lms.log")
        until(lambda: is_open(self.lms) or not self.process.running(), 20, "LMS at its port")
        assert self.process.running(), self.process.output()

    def values(self, password):
        """password: of an activated device; None: the operating system's account."""
        return {"$UUID": self.uuid, "$HOSTNAME": "host-1", "$FQDN": provisioning.SUFFIX, "$ADDRESS": "192.168.7.8",
                "$MAC": "", "$HASHES": [self.trust], "$URL": "wss://rps.example.com/activate",
                "$PASSWORD": password or local_account(self.heci)[1]}

    def close(self):
        self.process.stop()


@pytest.fixture
def server(make_server):
    return make_server(settings={"mps.common_name": "127.0.0.1", "rps.activation_wait_ms": 0}).start()


@pytest.fixture
def machine(server, full_device, tmp_path):
    cert = provisioning.prepare(server, tmp_path / "pki")
    m = Machine(full_device, tmp_path, cert.root_sha256)
    yield m
    m.close()


def played(machine, server, name, password=None):
    """Plays it; the server must say what was recorded. The last message."""
    recorded = load(name)
    messages = recorded["messages"]
    heard = transcript.play(messages, server.rpc_port, machine.lms, machine.values(password))
    for all_heard, all_wanted in zip(transcript.apart(heard), transcript.apart(messages)):
        for i, (got, wanted) in enumerate(zip(all_heard, all_wanted, strict=True)):
            assert list(got) == list(wanted), f"{name}, message {i}: members and their order"
            for key in wanted:
                assert got[key] == wanted[key], f"{name}, message {i} of {len(all_wanted)}, {key}"
    return heard[-1]


def test_there_are_recordings_of_both_generations():
    assert {name.split("-")[0] for name in FILES} == {"v2", "v3"} and len(FILES) >= 10, FILES


@pytest.mark.parametrize("version", ["v2", "v3"])
@pytest.mark.parametrize("mode", ["ccm", "acm"])
def test_activation_and_back(machine, server, version, mode):
    last = played(machine, server, f"{version}-activate-{mode}")
    assert last["method"] == "success" and last["message"]["CIRAConnection"] == "Configured", last
    assert machine.device.state()["state"] == mode
    rest = server.rest()
    until(lambda: rest.call("GET", f"devices/{machine.uuid}").json.get("connectionStatus"), 60, "the device calls home")
    last = played(machine, server, f"{version}-deactivate", provisioning.AMT_PASSWORD)
    assert last["message"] == {"Status": "Deactivated"}, last
    assert machine.device.state()["state"] == "factory"


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_upgrade(machine, server, version):
    played(machine, server, f"{version}-activate-ccm")
    last = played(machine, server, f"{version}-upgrade", provisioning.AMT_PASSWORD)
    assert machine.device.state()["state"] == "acm" and "Upgraded" in last["message"]["Status"], last


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_refusal(machine, server, version):
    server.rps().delete("domains/corp", expect=204)
    last = played(machine, server, f"{version}-wrong-suffix")
    assert last["method"] == "error" and last["status"] == "failed", last
    assert machine.device.state()["state"] == "factory"


def test_maintenance(machine, server):
    played(machine, server, "v2-activate-ccm")
    for task in ("syncclock", "synchostname", "syncip", "syncdeviceinfo", "changepassword"):
        last = played(machine, server, f"v2-{task}", provisioning.AMT_PASSWORD)
        assert last["method"] == "success" and "completed succesfully" in last["message"]["Status"], last
