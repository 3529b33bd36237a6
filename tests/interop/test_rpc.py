# SPDX-License-Identifier: Apache-2.0
"""Upstream's Remote Provisioning Client beside ours, on one virtual device.

OUTBAND_PEER_RPC_V2, OUTBAND_PEER_RPC_V3: rpc-go of either generation whose HECI goes to the socket OUTBAND_HECI.
OUTBAND_PEER_RPS_WS: WebSocket of an upstream RPS with profiles ccm, acm and ccm-tls, AMT password P@ssw0rd1;
OUTBAND_PEER_RPS_TRUST: SHA-256 of the root of its domain's provisioning certificate (for acm), for the suffix
lab.example.org."""
import json
import os
import subprocess
import time

import pytest

from lib.process import environment, run
from lib.sim import FULL_PASSWORD, FullSim

RPS_PASSWORD = "P@ssw0rd1"


@pytest.fixture
def device(tmp_path):
    """device(state, *options): a virtual device with HECI at .heci"""
    made = []

    def new(state, *options):
        heci = tmp_path / f"heci{len(made)}"
        made.append(FullSim(state, tmp_path / f"device{len(made)}", "--heci", heci, "--dns-suffix", "lab.example.org",
                            *options))
        made[-1].heci = heci
        return made[-1]

    yield new
    for sim in made:
        sim.close()


def theirs(program, device, *args):
    p = subprocess.run([program, *args], env=environment({"OUTBAND_HECI": str(device.heci), "RPC_LMSADDRESS": ""}),
                       capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
    return p.returncode, p.stdout


def ours(device, *args, env=None):
    r = run("rpc", *args, env={"OUTBAND_HECI": str(device.heci), **(env or {})}, timeout=110)
    return r.code, r.out


HASH = "ab" * 32


@pytest.mark.parametrize("state", ["factory", "ccm", "acm"])
def test_amtinfo_of_v2_byte_by_byte(peer, device, state):
    program, = peer("OUTBAND_PEER_RPC_V2")
    d = device(state, "--trust-hash", HASH)
    for args in ([], ["-json"], ["-all"], ["-json", "-all"], ["-ver", "-sku"], ["-ver"], ["-cert"], ["-lan", "-ras"],
                 ["-mode", "-operationalState"], ["-dns", "-hostname"], ["-json", "-uuid"],
                 ["-password", FULL_PASSWORD]):  # not -userCert: theirs races with itself over LME
        assert ours(d, "amtinfo", *args) == theirs(program, d, "amtinfo", *args), args


@pytest.mark.parametrize("state", ["factory", "acm"])
def test_amtinfo_of_v3_byte_by_byte(peer, device, state):
    program, = peer("OUTBAND_PEER_RPC_V3")
    d = device(state, "--trust-hash", HASH)
    for args in ([], ["--json"], ["-A"], ["--json", "-A"], ["--table"], ["-r", "-s"], ["--cert"]):
        assert ours(d, "amtinfo", *args, env={"OUTBAND_RPC_FORM": "v3"}) == theirs(program, d, "amtinfo", *args), args


# ---- our rpc with upstream's server ----


def rps(device, *args):
    r = run("rpc", *args, "-n", env={"OUTBAND_HECI": str(device.heci)}, timeout=110)
    assert r.code == 0, r
    return r.err


@pytest.mark.parametrize("profile, mode, said", [
    ("ccm", "client control mode", "Status: Client control mode."),
    ("acm", "admin control mode", "Status: Activated to admin control mode."),
])
def test_upstream_rps_activates_and_deactivates(peer, device, profile, mode, said):
    url, = peer("OUTBAND_PEER_RPS_WS")
    trust = peer("OUTBAND_PEER_RPS_TRUST")[0] if profile == "acm" else HASH
    d = device("factory", "--trust-hash", trust)
    began = time.monotonic()
    text = rps(d, "activate", "-u", url, "-profile", profile)
    print(f"{profile}: activated in {time.monotonic() - began:.1f} s")
    assert f'msg="{said}"' in text and 'msg="CIRA: Configured"' in text, text
    assert ours(d, "amtinfo", "-mode") == (0, f"Control Mode\t\t: activated in {mode}\n")
    wrong = rps(d, "deactivate", "-u", url, "-password", "wr0ng!Pass")
    assert "DOES NOT match" in wrong, wrong
    text = rps(d, "deactivate", "-u", url, "-password", RPS_PASSWORD)
    assert 'msg="Status: Deactivated"' in text, text
    assert ours(d, "amtinfo", "-mode") == (0, "Control Mode\t\t: pre-provisioning state\n")


def test_upstream_rps_moves_to_tls_on_the_way(peer, device):
    """Certificates, then the other port, then TLS records through the session (profile ccm-tls)."""
    url, = peer("OUTBAND_PEER_RPS_WS")
    d = device("factory")
    text = rps(d, "activate", "-u", url, "-profile", "ccm-tls", "-tls-tunnel")
    assert "successfully switched to port 16993" in text and 'msg="TLS: Configured"' in text, text
    assert ours(d, "amtinfo", "-mode") == (0, "Control Mode\t\t: activated in client control mode\n")
    text = rps(d, "deactivate", "-u", url, "-password", RPS_PASSWORD)
    assert 'msg="Status: Deactivated"' in text, text


def test_upstream_rps_with_the_v3_form(peer, device):
    url, = peer("OUTBAND_PEER_RPS_WS")
    d = device("factory")
    r = run("rpc", "activate", "--url", url, "--profile", "ccm", "--skip-cert-check", env={"OUTBAND_HECI": str(d.heci)},
            timeout=110)
    assert r.code == 0 and "CIRA: Configured" in r.err, r
    for task in ("syncclock", "synchostname", "syncdeviceinfo"):
        rps(d, "maintenance", task, "-u", url, "-password", RPS_PASSWORD)
    unknown = run("rpc", "activate", "--url", url, "--profile", "none", env={
        "OUTBAND_HECI": str(d.heci), "AMT_PASSWORD": RPS_PASSWORD}, timeout=110)
    assert unknown.code == 10 and "does not match list" in unknown.err, unknown
    r = run("rpc", "deactivate", "--url", url, env={"OUTBAND_HECI": str(d.heci), "AMT_PASSWORD": RPS_PASSWORD})
    assert r.code == 0 and "Deactivated" in r.err, r
    info = json.loads(ours(d, "amtinfo", "--json")[1])
    assert info["controlMode"] == "not activated" and os.path.exists(d.heci)
