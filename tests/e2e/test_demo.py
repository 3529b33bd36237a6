# SPDX-License-Identifier: Apache-2.0
"""`outband demo`: the main job in one command."""
import glob
import json
import re
import signal
import subprocess
import urllib.request

import pytest

from lib.process import Process, check_sanitizers, environment, program, run
from lib.wait import until

STEP = re.compile(r"^ *(\d+)\. (.+?)\s+ok (.+) \(\d+ ms\)$", re.M)


def test_demo_once_shows_each_step_and_ends():
    before = set(glob.glob("/tmp/outband-demo-*"))
    r = run("outband", "demo", "--once", timeout=90)
    assert r.code == 0, r
    steps = STEP.findall(r.out)
    assert [int(n) for n, _, _ in steps] == list(range(1, len(steps) + 1)) and len(steps) >= 8, r
    text = " ".join(what for _, what, _ in steps)
    for part in ("start the server", "sign in", "profiles", "domain", "factory", "kiosk-2: rpc activate --profile admin-mode",
                 "kiosk-3: rpc activate --profile client-mode", "call home", "power state", "power off", "power on",
                 "kiosk-3: rpc deactivate"):
        assert part in text, part
    [sol] = [held for _, what, held in steps if "SOL" in what]
    assert re.fullmatch(r"\S.*login: root \| Password: \* \| .*\$ uname \| outband Linux", sol), sol
    assert f"All {len(steps)} steps held." in r.out
    assert set(glob.glob("/tmp/outband-demo-*")) <= before, "it leaves nothing behind"


def test_demo_speaks_json_to_programs():
    r = run("outband", "demo", "--once", "--json", timeout=90)
    assert r.code == 0, r
    lines = [json.loads(line) for line in r.out.splitlines()]
    assert [x["step"] for x in lines[:-1]] == list(range(1, len(lines))) and lines[-1] == {"held": len(lines) - 1}
    assert all(set(x) == {"step", "what", "result", "ms"} for x in lines[:-1])


def test_demo_that_fails_says_so_and_ends_with_1(tmp_path):
    """Without the virtual devices' program: a copy of the binary that has no neighbour."""
    alone = tmp_path / "outband"
    alone.write_bytes(open(program("outband"), "rb").read())
    alone.chmod(0o755)
    p = subprocess.run([alone, "demo", "--once"], capture_output=True, text=True, env=environment(), timeout=60)
    check_sanitizers(p.stdout + p.stderr, "demo")
    assert p.returncode == 1 and "amtsim is not beside" in p.stdout, p


def test_demo_serves_until_it_is_stopped(tmp_path):
    demo = Process("outband", ["demo"], tmp_path / "demo.log")
    try:
        until(lambda: "Ctrl-C stops" in demo.output() or not demo.running(), 60, "the demo serves")
        url, user, password = re.search(r"REST API  (\S+)   user (\S+)   password (\S+)", demo.output()).groups()
        request = urllib.request.Request(url + "/authorize", json.dumps({"username": user, "password": password}).encode(),
                                         {"Content-Type": "application/json"})
        token = json.load(urllib.request.urlopen(request, timeout=10))["token"]
        request = urllib.request.Request(url + "/devices/stats", headers={"Authorization": "Bearer " + token})
        assert json.load(urllib.request.urlopen(request, timeout=10))["connectedCount"] == 2  # the third was deactivated
    finally:
        demo.signal(signal.SIGINT)
        code = demo.wait(30)
    assert code == 0


@pytest.mark.parametrize("option", [("--set", "mps.rest.listen=127.0.0.1:1"), ("--data-dir", "/tmp/x")])
def test_demo_takes_no_settings(option):
    """They would have no effect."""
    r = run("outband", "demo", "--once", *option)
    assert r.code == 2 and "are not for the demo" in r.err and r.out == ""
