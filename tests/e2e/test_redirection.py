# SPDX-License-Identifier: Apache-2.0
"""Redirection of full virtual devices by the distribution's amtterm: a console that was not written here."""
import os
import select
import shutil
import subprocess
import time

import pytest

from lib.process import environment
from lib.sim import FULL_PASSWORD
from lib.tls_relay import TlsRelay


class Console:
    """amtterm, fed and read by pipes."""

    def __init__(self, host, port=16994, password=FULL_PASSWORD):
        self.popen = subprocess.Popen(["amtterm", "-u", "admin", host, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
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
def console():
    if shutil.which("amtterm") is None:
        pytest.skip("amtterm is not installed (scripts/deps installs it)")
    opened = []

    def start(*args, **kw):
        opened.append(Console(*args, **kw))
        return opened[-1]

    yield start
    for c in opened:
        c.close()


def log_in_and_look_around(term):
    term.expect("serial-over-lan redirection ok")
    term.expect("virtual login:")
    term.type("root\r")
    term.expect("Password:")
    term.type("x\r")
    term.expect("$ ")
    term.type("uname\r")
    term.expect("outband Linux")


@pytest.mark.parametrize("state", ["ccm", "acm"])
def test_amtterm_logs_in_to_the_host_over_sol(full_device, console, state):
    device = full_device(state)
    log_in_and_look_around(console(device.address))
    assert "outband Linux" in device.ctl("screen")


def test_amtterm_logs_in_over_tls(full_device, console):
    """amtterm 1.4 has no TLS: a relay puts it around what it says, the device's port 16995 takes it off."""
    device = full_device("acm", "--tls")
    relay = TlsRelay(device.address, 16995)
    try:
        log_in_and_look_around(console("127.0.0.1", relay.port))
        assert relay.version in ("TLSv1.2", "TLSv1.3")
        assert "outband Linux" in device.ctl("screen")
    finally:
        relay.close()


def test_amtterm_with_a_wrong_password_is_refused(full_device, console):
    term = console(full_device("acm").address, password="wrong")
    term.expect("failed")
