# SPDX-License-Identifier: Apache-2.0
"""The distribution's amtterm: a console of redirection that was not written here."""
import os
import select
import subprocess
import time

from lib.process import environment
from lib.sim import FULL_PASSWORD


class Console:
    """One, fed and read by pipes."""

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


def log_in_and_look_around(term):
    """To the virtual host, as somebody who types would."""
    term.expect("serial-over-lan redirection ok")
    term.expect("virtual login:")
    term.type("root\r")
    term.expect("Password:")
    term.type("x\r")
    term.expect("$ ")
    term.type("uname\r")
    term.expect("outband Linux")
