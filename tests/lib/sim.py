# SPDX-License-Identifier: Apache-2.0
"""Virtual devices (amtsim) that call a test's server."""
import json
import signal

from lib.process import Process
from lib.server import DEVICE_PASSWORD


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
