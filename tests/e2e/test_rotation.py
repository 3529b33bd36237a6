# SPDX-License-Identifier: Apache-2.0
"""Generated AMT passwords that are too old are replaced, wherever the server is killed meanwhile."""
import json
import sqlite3
import subprocess
import time

import pytest

from lib import provisioning
from lib.amt import Amt
from lib.process import run
from lib.wait import until

HOURS = 24
AUTHORIZATION = "AMT_AuthorizationService"


class Site:
    """A server whose devices are due when the test makes them old, and its activated devices."""

    def __init__(self, server, full_device, tmp_path, postgres):
        self.server, self.full_device, self.folder, self.postgres, self.devices = server, full_device, tmp_path, postgres, 0
        self.cert = provisioning.prepare(server, tmp_path / "pki")

    def activated(self, profile):
        heci = self.folder / f"heci{self.devices}"
        self.devices += 1
        device = self.full_device("factory", "--dns-suffix", provisioning.SUFFIX, "--trust-hash", self.cert.root_sha256,
                                  "--heci", heci)
        r = run("rpc", "activate", "-u", f"ws://127.0.0.1:{self.server.rpc_port}/activate", "-n", "-profile", profile,
                env={"OUTBAND_HECI": str(heci)}, timeout=100)
        assert r.code == 0, r
        device.guid, device.heci = device.state()["uuid"], heci
        self.at_home(device)
        return device

    def at_home(self, device):
        rest = self.server.rest()
        until(lambda: rest.call("GET", f"devices/{device.guid}").json.get("connectionStatus"), 60, "device at home")

    def secret(self, device):
        return json.loads(self.server.ok("secret", "get", f"devices/{device.guid}"))

    def sql(self, text):
        if self.postgres is None:
            with sqlite3.connect(self.server.data / "outband.db", timeout=20) as db:
                return db.execute(text).fetchall()
        return subprocess.run(["psql", self.postgres, "-v", "ON_ERROR_STOP=1", "-AtX", "-c", text], check=True, timeout=60,
                              capture_output=True, text=True).stdout

    def age(self, device):
        """Its password is from the day before yesterday."""
        then = f"now() - interval '{2 * HOURS} hours'" if self.postgres else str(int((time.time() - 2 * HOURS * 3600) * 1000))
        self.sql(f"UPDATE rps_devices SET password_set_at = {then} WHERE guid = '{device.guid}'")

    def has(self, device, password):
        """Asked at its own port."""
        return Amt(16992, password, host=device.address).admits()

    def rotated(self, device, old):
        """Waits for the end of a rotation; its new password."""
        until(lambda: self.secret(device)["AMT_PASSWORD"] != old, 60, "another password")
        secret = self.secret(device)
        assert not [key for key in secret if key.startswith("NEXT_AMT")], secret.keys()
        assert self.has(device, secret["AMT_PASSWORD"]) and not self.has(device, old)
        return secret["AMT_PASSWORD"]


@pytest.fixture
def rotation(make_server, database, full_device, tmp_path):
    """(a site, started with that instance's settings)"""
    server = make_server(db_url=database, plain=True, settings={
        "mps.common_name": "127.0.0.1", "rps.activation_wait_ms": 200, "rps.rotation.interval_h": HOURS,
        "rps.rotation.retry_s": 1}).start()
    return Site(server, full_device, tmp_path, database)


def test_old_generated_passwords_are_replaced(rotation):
    generated, chosen = rotation.activated("acm-random"), rotation.activated("acm")
    old = rotation.secret(generated)["AMT_PASSWORD"]
    mebx = rotation.secret(generated)["MEBX_PASSWORD"]
    rotation.age(chosen)
    rotation.age(generated)
    new = rotation.rotated(generated, old)
    assert rotation.secret(generated)["MEBX_PASSWORD"] == mebx
    assert rotation.secret(chosen)["AMT_PASSWORD"] == provisioning.AMT_PASSWORD, "that one somebody chose"
    rest = rotation.server.rest()
    assert rest.get(f"amt/power/state/{generated.guid}")["powerstate"] == 2
    done = until(lambda: [r for r in rotation.server.rps().get("audit")["records"]
                          if r["user"] == "password rotation"], 10, "the audit's record")
    assert [(r["guid"], r["outcome"]) for r in done] == [(generated.guid, "done")]
    figures = rotation.server.rest(role="monitor").call("GET", "/metrics").text
    assert 'outband_rps_rotations_total{result="done"} 1\n' in figures, figures
    assert new not in rotation.server.process.output() and old not in rotation.server.process.output()


def test_a_device_that_is_away_is_asked_when_it_is_back(rotation):
    device = rotation.activated("acm-random")
    old = rotation.secret(device)["AMT_PASSWORD"]
    device.ctl("network", "down")
    rest = rotation.server.rest()
    until(lambda: not rest.call("GET", f"devices/{device.guid}").json["connectionStatus"], 60, "gone")
    rotation.age(device)
    monitor = rotation.server.rest(role="monitor")
    until(lambda: 'outband_rps_rotations_total{result="not_connected"} 0\n' not in monitor.call("GET", "/metrics").text, 30,
          "an attempt")
    assert rotation.secret(device)["AMT_PASSWORD"] == old
    device.ctl("network", "up")
    rotation.rotated(device, old)


@pytest.mark.parametrize("fault, taken", [("silent", False), ("mute", True)])
def test_kill_9_in_the_middle(rotation, fault, taken):
    """The new password is stored, and the device has it or not: nobody knows but the device."""
    device = rotation.activated("acm-random")
    old = rotation.secret(device)["AMT_PASSWORD"]
    device.ctl("fault", "class", AUTHORIZATION, fault)
    rotation.age(device)
    ahead = until(lambda: rotation.secret(device).get("NEXT_AMT_PASSWORD"), 30, "the next password")
    if taken:
        until(lambda: rotation.has(device, ahead), 20, "the device has it")
    rotation.server.kill()
    device.ctl("clear-faults")
    assert rotation.has(device, ahead if taken else old)
    rotation.server.start()
    rotation.at_home(device)
    # whoever uses the device next finds out
    assert rotation.server.rest().get(f"amt/power/state/{device.guid}")["powerstate"] == 2
    secret = rotation.secret(device)
    assert secret["AMT_PASSWORD"] == (ahead if taken else old)
    rotation.sql("UPDATE rps_devices SET rotate_after = NULL")  # the dead instance's lease ends after minutes
    if taken:
        rotation.rotated(device, secret["AMT_PASSWORD"])
    else:  # the attempt that died may still be under way, for all that the next one knows
        until(lambda: rotation.server.find("a device's password was not rotated; it will be tried again", status=409), 30,
              "it waits")


def test_kill_9_at_any_time_leaves_no_device_behind(rotation):
    """Many at once, killed as soon as the first is done: the others are somewhere on the way."""
    devices = [rotation.activated("acm-random") for _ in range(6)]
    old = {d.guid: rotation.secret(d)["AMT_PASSWORD"] for d in devices}
    for d in devices:
        d.ctl("fault", "latency", "30")
        rotation.age(d)
    until(lambda: any(rotation.secret(d)["AMT_PASSWORD"] != old[d.guid] for d in devices), 60, "one is done")
    rotation.server.kill()
    for d in devices:
        secret = rotation.secret(d)
        known = [secret[k] for k in ("AMT_PASSWORD", "NEXT_AMT_PASSWORD") if k in secret]
        assert any(rotation.has(d, p) for p in known), f"nobody knows the password of {d.guid}: {list(secret)}"
    rotation.server.start()
    for d in devices:
        rotation.at_home(d)
        assert rotation.server.rest().get(f"amt/power/state/{d.guid}")["powerstate"] == 2


def test_two_instances_rotate_a_password_once(rotation, make_server, database):
    if database is None:
        pytest.skip("instances share a PostgreSQL")
    device = rotation.activated("acm-random")
    old = rotation.secret(device)["AMT_PASSWORD"]
    first = rotation.server
    other = make_server(db_url=database, plain=True, settings={
        **first.settings, "mps.rest.listen": "127.0.0.1:0", "mps.cira.listen": "127.0.0.1:0",
        "rps.rest.listen": "127.0.0.1:0", "rps.rpc.listen": "127.0.0.1:0", "rps.assistant.listen": "127.0.0.1:0",
        "targets": "rps",
        "secrets.url": f"file:{first.data}/secrets.db", "rps.mps.url": f"http://127.0.0.1:{first.rest_port}"}).start()
    rotation.age(device)
    rotation.rotated(device, old)
    until(lambda: other.find("ready"), 10, "both look")
    done = [r for r in first.rps().get("audit")["records"] if r["user"] == "password rotation"]
    assert len(done) == 1, done


def test_on_demand_by_who_may_change_devices(rotation):
    device = rotation.activated("acm")
    path = f"amt/password/{device.guid}"
    old = rotation.secret(device)["AMT_PASSWORD"]
    assert rotation.server.rest(role="viewer").call("POST", path).status == 403
    assert rotation.server.anonymous().call("POST", path).status == 401
    answer = rotation.server.rest().call("POST", path)
    assert answer.status == 200 and answer.json == {"status": "SUCCESS"}, answer
    rotation.rotated(device, old)
