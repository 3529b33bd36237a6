# SPDX-License-Identifier: Apache-2.0
"""What is installed on managed devices beside the programs: units, rules, scripts, and the packages themselves.

OUTBAND_TEST_ROOT: folder of a Debian system (debootstrap) that packages may be installed in, by root.
OUTBAND_TEST_DEBS: folder with the packages (make deb)."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lib.amt import Amt
from lib.process import ROOT, environment, program
from lib.rpc import PASSWORD, Device
from lib.wait import until

DEPLOY = ROOT / "deploy/deb"


def needs(*programs):
    missing = [p for p in programs if not shutil.which(p)]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not there")


def setting(unit, key):
    return re.search(rf"^{key}=(.*)$", (DEPLOY / unit).read_text(), re.M)[1]


def system_calls(filter_words):
    """Names, those of groups included."""
    names, todo, seen = set(), filter_words.split(), set()
    while todo:
        word = todo.pop()
        if not word.startswith("@"):
            names.add(word)
        elif word not in seen:
            seen.add(word)
            out = subprocess.run(["systemd-analyze", "syscall-filter", word], capture_output=True, text=True, check=True).stdout
            todo += re.findall(r"^ +(@?[a-z0-9_-]+)$", out, re.M)
    return names


def test_lms_makes_no_system_call_that_its_unit_forbids(tmp_path):
    """Start, a client, a power request by another program, end."""
    needs("strace", "systemd-analyze")
    device = Device(tmp_path / "device", "acm")
    command = tmp_path / "power"
    command.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\n")
    command.chmod(0o755)
    trace = tmp_path / "trace"
    p = subprocess.Popen(["strace", "-D", "-qq", "-o", trace, program("lms", plain=True), "--listen", "127.9.8.7", "--heci",
                          device.heci, "--power-command", command], env=environment(), stderr=subprocess.PIPE)
    try:
        until(lambda: device.control("state")["lms"], 30, "lms is there")
        amt = Amt(16992, PASSWORD, host="127.9.8.7")
        until(lambda: ">0<" in amt.invoke("CIM_PowerManagementService", "RequestPowerStateChange",
                                          "<p:PowerState>12</p:PowerState>", want=None), 30, "the request is taken")
        until(lambda: (tmp_path / "asked").exists(), 30, "the system is asked")
    finally:
        p.terminate()
        p.communicate(timeout=30)
        device.close()
    until(lambda: "exit_group(" in trace.read_text(), 20, "all of it is written down")
    made = set(re.findall(r"^([a-z0-9_]+)\(", trace.read_text(), re.M))
    assert {"socket", "accept4", "exit_group"} <= made, made
    assert made - system_calls(setting("lms.service", "SystemCallFilter")) == set()


def test_units_are_understood(tmp_path):
    needs("systemd-analyze")
    for unit in ("lms.service", "lms.socket"):
        text = (DEPLOY / unit).read_text().replace("/usr/sbin/lms", program("lms", plain=True))
        (tmp_path / unit).write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.M))
    p = subprocess.run(["systemd-analyze", "verify", tmp_path / "lms.service", tmp_path / "lms.socket"], capture_output=True,
                       text=True, timeout=60)
    complaints = [line for line in (p.stdout + p.stderr).splitlines() if "lms" in line and "IPv6" not in line]
    assert p.returncode == 0 and complaints == [], p


def test_scripts_of_packages_are_scripts(tmp_path):
    service = (DEPLOY / "service").read_text()
    (tmp_path / "postinst").write_text((DEPLOY / "postinst").read_text().replace("\t@SERVICE@\n", service))
    for script in (tmp_path / "postinst", DEPLOY / "prerm", DEPLOY / "postrm"):
        subprocess.run(["sh", "-n", script], check=True)
    assert "enable" not in service.split("\n", 2)[2], "services of AMT are off until somebody wants them"


def test_packages_come_and_go(tmp_path):
    """In a system of its own: users, files and services, and nothing of them afterwards."""
    root, debs = os.environ.get("OUTBAND_TEST_ROOT"), os.environ.get("OUTBAND_TEST_DEBS")
    if not root or not debs or os.geteuid() != 0:
        pytest.skip("needs root, OUTBAND_TEST_ROOT and OUTBAND_TEST_DEBS")

    def inside(*args, code=0):
        p = subprocess.run(["chroot", root, *args], capture_output=True, text=True, timeout=300,
                           env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"})
        assert p.returncode == code, p
        return p.stdout

    def files():
        skip = {"proc", "sys", "dev", "run", "tmp", "var"}
        return {str(p) for top in Path(root).iterdir() if top.name not in skip and not top.is_symlink()
                for p in top.rglob("*") if not str(p).endswith(("-", ".cache"))}

    for deb in Path(debs).glob("outband-*.deb"):
        shutil.copy(deb, Path(root) / "root")
    names = [f"/root/{p.name}" for p in Path(root, "root").glob("outband-*.deb")]
    assert len(names) == 2, names
    inside("apt-get", "install", "-y", "--no-install-recommends", *names)
    inside("apt-get", "purge", "-y", "outband-rpc", "outband-lms")  # what they depend on stays
    before = files()
    inside("apt-get", "install", "-y", "--no-install-recommends", *names)
    assert inside("getent", "group", "mei") and inside("getent", "passwd", "lms")
    assert "Version" in inside("rpc", "version")
    assert "no MEI device" not in inside("rpc", "--help")
    inside("rpc", "amtinfo", code=2)
    inside("lms", code=2)
    assert inside("systemctl", "is-enabled", "lms.service", "lms.socket", code=1).split() == ["disabled"] * 2
    inside("systemctl", "enable", "lms.service")
    inside("apt-get", "install", "-y", "--reinstall", "--no-install-recommends", *names)
    assert inside("systemctl", "is-enabled", "lms.service").split() == ["enabled"]
    inside("apt-get", "purge", "-y", "outband-lms")
    assert inside("getent", "group", "mei")  # rpc's still
    inside("apt-get", "purge", "-y", "outband-rpc")
    for kind, name in (("group", "mei"), ("passwd", "lms"), ("group", "lms")):
        inside("getent", kind, name, code=2)
    assert files() == before
