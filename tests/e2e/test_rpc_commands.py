# SPDX-License-Identifier: Apache-2.0
"""rpc's commands on this machine, in both forms: what they print, byte by byte where others parse it, and their codes."""
import json
import os
import re
import socket
import stat
import subprocess

import pytest

from lib.mei import shim_library
from lib.process import environment, program, run
from lib.rpc_cases import COMMANDS
from lib.sim import FULL_PASSWORD

HASH = "ab" * 32


@pytest.fixture
def device(full_device, tmp_path):
    def new(state, *options):
        heci = tmp_path / f"heci-{state}"
        sim = full_device(state, "--heci", heci, "--dns-suffix", "corp.example.com", "--trust-hash", HASH, *options)
        sim.heci = heci
        return sim

    return new


def rpc(device, *args, env=None, **kw):
    return run("rpc", *args, env={"OUTBAND_HECI": str(device.heci), **(env or {})}, **kw)


def without_time(text):
    return re.sub(r'time="[^"]*" ', "", text)


# ---- amtinfo ----

V2 = """Version\t\t\t: 16.1.25
Build Number\t\t: {build}
SKU\t\t\t: 16392
Features\t\t: AMT Pro Corporate{blank}
UUID\t\t\t: {uuid}
Control Mode\t\t: {mode}
Operational State\t: enabled
DNS Suffix\t\t: corp.example.com
DNS Suffix (OS)\t\t: {os_suffix}
Hostname (OS)\t\t: {hostname}
RAS Network      \t: direct
RAS Remote Status\t: not connected
RAS Trigger      \t: user initiated
RAS MPS Hostname \t:{blank}
---Wired Adapter---
DHCP Enabled \t\t: true
DHCP Mode    \t\t: {dhcp}
Link Status  \t\t: up
AMT IP Address\t\t: {ip}
OS  IP Address\t\t: Not Found
MAC Address  \t\t: {mac}
---Wireless Adapter---
DHCP Enabled \t\t: true
DHCP Mode    \t\t: {wifi_dhcp}
Link Status  \t\t: down
AMT IP Address\t\t: 0.0.0.0
OS  IP Address\t\t: Not Found
MAC Address  \t\t: {wifi_mac}
"""


def knows_its_name():
    """Whether this machine can look its own name up; amtinfo says when not."""
    try:
        return bool(socket.getaddrinfo(os.uname().nodename, None))
    except socket.gaierror:
        return False


@pytest.mark.parametrize("state, mode, word", [
    ("factory", "pre-provisioning state", "not activated"),
    ("ccm", "activated in client control mode", "client control mode"),
    ("acm", "activated in admin control mode", "admin control mode")])
def test_amtinfo_in_all_forms(device, state, mode, word):
    d = device(state)
    v2 = json.loads(rpc(d, "amtinfo", "-json").out)
    v3 = json.loads(rpc(d, "amtinfo", "--json").out)
    text = rpc(d, "amtinfo")
    assert text.code == 0 and (text.err == "") == knows_its_name(), text
    assert text.out == V2.format(
        build=v2["buildNumber"], blank=" ", uuid=d.state()["uuid"], mode=mode, os_suffix=v2["dnsSuffixOS"],
        hostname=os.uname().nodename, ip=v2["wiredAdapter"]["ipAddress"], mac=v2["wiredAdapter"]["macAddress"],
        wifi_mac=v2["wirelessAdapter"]["macAddress"], dhcp=v2["wiredAdapter"]["dhcpMode"],
        wifi_dhcp=v2["wirelessAdapter"]["dhcpMode"])
    assert list(v2) == sorted(v2) and v2["controlMode"] == mode and v2["features"] == "AMT Pro Corporate"
    assert list(v2["ras"]) == ["networkStatus", "remoteStatus", "remoteTrigger", "mpsHostname"]
    assert v3["controlMode"] == word and v3["heciAvailable"] is True and "provisioningState" in v3
    assert v3["ras"]["networkStatus"] == "direct (LAN)"
    same = ["amt", "buildNumber", "sku", "features", "uuid", "dnsSuffix", "dnsSuffixOS", "hostnameOS", "wiredAdapter"]
    assert all(v2[k] == v3[k] for k in same)


def test_amtinfo_shows_what_is_asked_for(device):
    d = device("acm")
    assert rpc(d, "amtinfo", "-ver").out == "Version\t\t\t: 16.1.25\n"
    assert rpc(d, "amtinfo", "-sku", "-ver").out.endswith("Features\t\t: AMT Pro Corporate \n")
    assert rpc(d, "amtinfo", "-cert").out == (
        f"---Certificate Hashes---\nTrusted root 0  (Default, Active)\n   SHA256: {HASH}\n")
    assert rpc(d, "amtinfo", "-password", FULL_PASSWORD).out == ""
    assert rpc(d, "amtinfo", "-userCert", env={"AMT_PASSWORD": FULL_PASSWORD}).out == "---No Public Key Certs Found---\n"
    assert list(json.loads(rpc(d, "amtinfo", "-json", "-mode").out)) == ["controlMode"]
    table = rpc(d, "amtinfo", "--table", "--ver").out
    assert "Category" in table and "16.1.25" in table and "UUID" not in table


def test_amtinfo_asks_for_the_password_of_user_certificates(device):
    d = device("acm")
    typed = rpc(d, "amtinfo", "-userCert", stdin=FULL_PASSWORD + "\n")
    assert typed.out == "Please enter AMT Password: \n---No Public Key Certs Found---\n", typed
    assert rpc(d, "amtinfo", "-userCert").code == 23
    wrong = rpc(d, "amtinfo", "-userCert", "-password", "wr0ng!Pass")
    assert wrong.code == 0 and "wrong AMT password" in wrong.err, wrong
    factory = rpc(device("factory"), "amtinfo", "-userCert")
    assert factory.code == 0 and "pre-provisioning mode" in factory.err


# ---- what EMF's agent looks for ----


def agent_value(out, label):
    """As the agent takes it: the line that begins so, behind its first colon."""
    for line in out.splitlines():
        if line.startswith(label):
            return line.split(":", 1)[1].strip()
    return ""


def test_agents_strings_in_amtinfo(device):
    out = rpc(device("factory"), "amtinfo").out
    assert "amt" in agent_value(out, "Features").lower()
    assert agent_value(out, "RAS Remote Status") in ("not connected", "connecting", "connected")


def test_agent_sees_that_there_is_no_vpro():
    r = run("rpc", "amtinfo")
    assert r.code == 2 and "HECIDriverNotDetected" in r.out + r.err, r
    lines = without_time(r.err).splitlines()
    assert lines[0] == 'level=error msg="AMT not found: MEI/driver is missing or the call to the HECI driver failed"'
    assert lines[1] == ('level=error msg="Failed to execute due to access issues. Please ensure that Intel ME is '
                        'present, the MEI driver is installed, and the runtime has administrator or root privileges."')
    assert lines[-1] == 'level=error msg="Error 2: HECIDriverNotDetected"'


# ---- before set-up ----


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.name.startswith("configure ") and c.name[10:] not in (
    "enable-amt", "disable-amt")], ids=str)
def test_configure_needs_an_activated_device(device, command):
    r = rpc(device("factory"), *command.args)
    assert r.code == (115 if command.form == "v3" else 120) and "activate the device first" in r.err, r


# ---- the MEI driver's own calls, on a stand-in for the device ----


def test_mei_device(device, tmp_path):
    d = device("acm")
    env = environment({"LD_PRELOAD": shim_library(tmp_path), "MEI_SHIM": str(d.heci)})
    p = subprocess.run([program("rpc", plain=True), "amtinfo", "-json"], env=env, capture_output=True, text=True,
                       timeout=60)
    assert p.returncode == 0 and json.loads(p.stdout)["uuid"] == d.state()["uuid"], p
    # LME over it: WS-Management as the local system account
    p = subprocess.run([program("rpc", plain=True), "diagnostics", "wsman", "get", "--class", "AMT_GeneralSettings",
                        "--lmsaddress", "127.1.2.9"], env=env, capture_output=True, text=True, timeout=60)
    assert p.returncode == 0 and "DigestRealm" in p.stdout, p


# ---- diagnostics ----


def test_diagnostics(device, tmp_path):
    d = device("acm")
    log = rpc(d, "diagnostics", "cira", "--output", tmp_path / "cira.txt")
    assert log.code == 0 and str(tmp_path / "cira.txt") in log.out, log
    text = (tmp_path / "cira.txt").read_text()
    assert text.startswith("Version = ") and "CiraStatusSummary:" in text and "TunnelEstablishmentFailure:" in text
    assert stat.S_IMODE((tmp_path / "cira.txt").stat().st_mode) == 0o600
    flash = rpc(d, "diag", "csme", "-o", tmp_path / "flash.bin")
    assert flash.code == 10 and "keeps no flash log" in flash.err and not (tmp_path / "flash.bin").exists(), flash
    names = rpc(d, "diagnostics", "wsman", "list").out.split()
    assert len(names) == 52 and names == sorted(names)
    both = json.loads(rpc(d, "diagnostics", "wsman", "get", "-c", "AMT_GeneralSettings", "-c", "CIM_Chassis").out)
    assert [x["class"] for x in both] == ["AMT_GeneralSettings", "CIM_Chassis"]
    xml = rpc(d, "diagnostics", "wsman", "get", "-c", "AMT_GeneralSettings", "--format", "xml").out
    assert "<AMT_GeneralSettings>" in xml and xml.startswith("<WSMANClasses>")
    table = rpc(d, "diagnostics", "wsman", "get", "-c", "AMT_GeneralSettings", "-f", "table").out
    assert "Class: AMT_GeneralSettings" in table and "DigestRealm" in table
    for bad in (["-c", "Nonsense"], [], ["--all", "-c", "CIM_Chassis"], ["-c", "CIM_Chassis", "-f", "pdf"]):
        assert rpc(d, "diagnostics", "wsman", "get", *bad).code == 10


# ---- version, help, mistakes ----


def test_version_and_help_need_no_device():
    v2, v3 = run("rpc", "version"), json.loads(run("rpc", "version", "--json").out)
    assert re.fullmatch(r"RPC\nVersion \S+\nProtocol 4\.0\.0\n", v2.out) and v2.code == 0
    assert v3["app"] == "rpc" and v3["protocol"] == "4.0.0"
    assert json.loads(run("rpc", "version", "-json").out)["app"] == "RPC"
    top = run("rpc", "--help")
    assert top.code == 0 and all(w in top.out for w in ("activate", "amtinfo", "configure", "maintenance", "diagnostics"))
    one = run("rpc", "activate", "--help")
    assert one.code == 0 and "--profile" in one.out and "CONFIG_ENCRYPTION_KEY" in one.out
    assert run("rpc").code == run("rpc", "nonsense").code == run("rpc", "activate").code == 28


@pytest.mark.parametrize("line, code, text", [
    (("activate", "-profile", "p"), 20, "-u flag is required and cannot be empty"),
    (("activate", "-u", "ws://x"), 21, "-profile flag is required and cannot be empty"),
    (("activate", "-u", "ws://x", "-local"), 33, "provide either a 'url' or a 'local', but not both"),
    (("activate", "-local"), 33, "must specify -ccm or -acm, but not both"),
    (("activate", "-u", "ws://x", "-profile", "p", "-uuid", "nothing"), 37, "uuid"),
    (("activate", "-u", "ws://x", "-profile", "p", "-uuid", "00000000-0000-0000-0000-000000000000"), 37, "Warning"),
    (("deactivate", "-n"), 20, "-u flag"),
    (("deactivate", "-u", "ws://x", "-partial"), 33, "only supported with local"),
    (("maintenance", "syncclock"), 20, "-u flag"),
    (("maintenance", "syncip", "-u", "ws://x", "-staticip", "1.2.3"), 27, ""),
    (("maintenance", "syncip", "-u", "ws://x", "-netmask", "x"), 29, ""),
    (("activate", "--url", "ws://x"), 10, ""),
    (("activate", "--url", "ws://x", "--profile", "p", "--ccm"), 10, ""),
    (("activate", "--ccm", "--acm"), 10, ""),
    (("activate", "--profile", "p"), 10, ""),
    (("deactivate", "--partial"), 10, ""),
    (("amtinfo", "--sync"), 10, ""),
])
def test_mistakes(device, line, code, text):
    r = rpc(device("factory"), *line, env={"AMT_PASSWORD": FULL_PASSWORD})
    assert r.code == code and text in r.out, r


@pytest.mark.parametrize("how, code", [(">/dev/full", 10), (">&-", 10), ("<&-", 0), ("2>&-", 0), ("<&- >/dev/null 2>&-", 0),
                                       ("| true", 0)])
@pytest.mark.parametrize("args", [("amtinfo", "-all"), ("amtinfo", "--json")])
def test_output_that_cannot_be_written(device, how, code, args):
    p = subprocess.run(["/bin/bash", "-c", f'"$@" {how}; exit ${{PIPESTATUS[0]}}', "-", program("rpc", plain=True), *args],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                       env=environment({"OUTBAND_HECI": str(device("acm").heci)}))
    assert p.returncode == code and ("cannot write standard output" in p.stderr) == (code == 10), p


# ---- the library ----

LIBRARY = r"""
import ctypes, json, os, sys
lib = ctypes.CDLL(sys.argv[1])
class Result(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("out", ctypes.c_char_p), ("err", ctypes.c_char_p)]
def execute(*args):
    r = Result()
    code = lib.librpc_exec(len(args), (ctypes.c_char_p * len(args))(*[a.encode() for a in args]), ctypes.byref(r))
    text = r.out.decode(), r.err.decode()
    lib.librpc_free(ctypes.byref(r))
    return [code, *text]
def upstream(line):
    out, err = ctypes.c_void_p(), ctypes.c_void_p()
    code = lib.rpcExec(line.encode(), ctypes.byref(out), ctypes.byref(err))
    text = ctypes.string_at(out).decode(), ctypes.string_at(err).decode()
    lib.rpcFree(out), lib.rpcFree(err)
    return [code, *text]
results = [execute("amtinfo", "-ver"), execute("amtinfo", "--json"), execute("deactivate", "-u", "ws://127.0.0.1:9"),
           upstream('amtinfo -ver'), upstream('activate -u "ws://127.0.0.1:9" -profile "my profile" -strict'),
           upstream('amtinfo "-ver'), [lib.rpcCheckAccess()], [lib.librpc_check_access()]]
results += [execute("amtinfo", "-ver") for _ in range(20)]
lib.rpcFree(None)
print(json.dumps(results))
"""


def test_library(device):
    d = device("acm")
    build = os.path.dirname(program("rpc", plain=True))
    p = subprocess.run(["/usr/bin/python3", "-c", LIBRARY, f"{build}/librpc.so.3"], capture_output=True, text=True,
                       timeout=100, env=environment({"OUTBAND_HECI": str(d.heci)}))
    assert p.returncode == 0 and p.stderr == "", p
    ver, info, no_password, same, quoted, unbalanced, *rest = json.loads(p.stdout)
    assert ver == same == [0, "Version\t\t\t: 16.1.25\n", ""]
    assert info[0] == 0 and json.loads(info[1])["amt"] == "16.1.25"
    assert no_password[0] == 23 and "Error 23" in no_password[2]
    assert quoted[0] == 23 and unbalanced[0] == 33 and unbalanced[2]
    assert rest[:2] == [[0], [0]] and all(r == ver for r in rest[2:])


def test_library_without_a_device():
    build = os.path.dirname(program("rpc", plain=True))
    code = "import ctypes,sys;sys.exit(ctypes.CDLL(sys.argv[1]).rpcCheckAccess())"
    p = subprocess.run(["/usr/bin/python3", "-c", code, f"{build}/librpc.so.3"], env=environment(), timeout=60)
    assert p.returncode == 2
