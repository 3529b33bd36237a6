# SPDX-License-Identifier: Apache-2.0
"""lms on an address of its own: beside others, and beside one that the machine runs."""
import random

from lib.process import Process
from lib.wait import until


class Lms(Process):
    def __init__(self, heci, log, *options, address=None):
        self.address = address or "127." + ".".join(str(random.randint(2, 250)) for _ in range(3))  # its ports are fixed
        super().__init__("lms", ["--listen", self.address, "--heci", heci, *options], log)

    def ready(self):
        until(lambda: "ready" in self.output() or not self.running(), 30, "lms ready")
        assert self.running(), self.output()
        return self
