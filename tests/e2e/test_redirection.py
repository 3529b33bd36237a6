# SPDX-License-Identifier: Apache-2.0
"""Redirection of full virtual devices by the distribution's amtterm: a console that was not written here."""
import os
import random
import select
import shutil
import subprocess
import time

import pytest

from lib.process import Process, environment, run

PASSWORD = "P@ssw0rd1"


class Console:
    """amtterm, fed and read by pipes."""

    def __init__(self, host, password=PASSWORD):
        self.popen = subprocess.Popen(["amtterm", "-u", "admin", host], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, env=environment({"AMT_PASSWORD": password}))
        self.seen = ""

    def expect(self, text, timeout=30):
        """Output up to the text; what came before is done with."""
        until = time.monotonic() + timeout
        while text not in self.seen:
            ready, _, _ = select.select([self.popen.stdout], [], [], max(until - time.monotonic(), 0))
            data = os.read(self.popen.stdout.fileno(), 4096) if ready else b""
            assert data, f"amtterm did not show {text!r}, but:\n{self.seen}"
            self.seen += data.decode(errors="replace")
        self.seen = self.seen.split(text, 1)[1]

    def type(self, text):
        self.popen.stdin.write(text.encode())
        self.popen.stdin.flush()

    def close(self):
        self.popen.kill()
        self.popen.communicate()


@pytest.fixture
def device(tmp_path):
    """device(state): a full device on an address of its own, since amtterm knows one port."""
    if shutil.which("amtterm") is None:
        pytest.skip("amtterm is not installed (scripts/deps installs it)")
    running, address = [], "127." + ".".join(str(random.randint(2, 250)) for _ in range(3))

    def start(state):
        sim = Process("amtsim", ["--state", state, "--dir", tmp_path / "device", "--listen", address,
                                 "--control", tmp_path / "ctl", "--step-ms", 50], tmp_path / "amtsim.log",
                      env={"AMTSIM_PASSWORD": PASSWORD})
        running.append(sim)
        until = time.monotonic() + 20
        while "ready" not in sim.output():
            assert sim.running() and time.monotonic() < until, sim.output()
            time.sleep(0.05)
        return address

    yield start
    for sim in running:
        assert sim.stop() == 0, sim.output()


@pytest.fixture
def console():
    opened = []

    def start(*args):
        opened.append(Console(*args))
        return opened[-1]

    yield start
    for c in opened:
        c.close()


@pytest.mark.parametrize("state", ["ccm", "acm"])
def test_amtterm_logs_in_to_the_host_over_sol(device, console, tmp_path, state):
    term = console(device(state))
    term.expect("serial-over-lan redirection ok")
    term.expect("virtual login:")
    term.type("root\r")
    term.expect("Password:")
    term.type("x\r")
    term.expect("$ ")
    term.type("uname\r")
    term.expect("outband Linux")
    screen = run("amtsim", "ctl", tmp_path / "ctl", "screen")
    assert screen.code == 0 and "outband Linux" in screen.out, screen


def test_amtterm_with_a_wrong_password_is_refused(device, console):
    term = console(device("acm"), "wrong")
    term.expect("failed")
