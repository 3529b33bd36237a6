# SPDX-License-Identifier: Apache-2.0
"""Virtual devices (amtsim) that call a test's server."""
import json
import random
import signal

from lib.process import Process, run
from lib.wait import until
from lib.server import DEVICE_PASSWORD


FULL_PASSWORD = "P@ssw0rd1"


class FullSim(Process):
    """One full device on an address of its own, since its clients know one port each. Ready."""

    def __init__(self, state, dir, *options, plain=False):
        self.dir = dir
        self.address = "127." + ".".join(str(random.randint(2, 250)) for _ in range(3))
        self.control = dir.with_suffix(".ctl")
        super().__init__("amtsim", ["--state", state, "--dir", dir, "--listen", self.address, "--control", self.control,
                                    "--step-ms", 50, *options], dir.with_suffix(".log"), plain=plain,
                         env={"AMTSIM_PASSWORD": FULL_PASSWORD})
        until(lambda: "ready" in self.output() or not self.running(), 20, "amtsim ready")
        assert self.running(), self.output()

    def ctl(self, *words):
        """What amtsim ctl prints; it must succeed."""
        result = run("amtsim", "ctl", self.control, *words)
        assert result.code == 0, result
        return result.out

    def state(self):
        return json.loads(self.ctl("state"))

    def close(self):
        assert self.stop() == 0, self.output()


class Sim(Process):
    def __init__(self, server, guid, log, count=1, step_ms=50, plain=False, password=DEVICE_PASSWORD, options=()):
        self.guid = guid
        args = ["--cira", f"localhost:{server.cira_port}", "--cira-ca", server.root(), "--uuid", guid,
                "--count", count, "--step-ms", step_ms, "--json", "--verbose", *options]
        super().__init__("amtsim", args, log, plain=plain,
                         env={"AMTSIM_CIRA_PASSWORD": password, "AMTSIM_PASSWORD": DEVICE_PASSWORD})

    def counts(self):
        """Its newest report."""
        reports = [line for line in self.output().splitlines() if line.startswith('{"devices"') and line.endswith("}")]
        return json.loads(reports[-1]) if reports else {}

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def close(self):
        if self.running():
            code = self.stop()
            assert code == 0, f"amtsim ended with {code}:\n{self.output()[-3000:]}"
        else:
            self.check_end()
