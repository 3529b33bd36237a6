# SPDX-License-Identifier: Apache-2.0
"""rpc on a virtual device: commands to their end, and what the device is afterwards."""
import json
import random

from lib.process import Process, run
from lib.wait import until

PASSWORD = "P@ssw0rd1"


class Device(Process):
    """A full virtual device with a HECI socket; no server."""

    def __init__(self, folder, state="factory", options=(), plain=False):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.heci, self.ctl = folder, folder / "heci", folder / "ctl"
        address = "127." + ".".join(str(random.randint(2, 250)) for _ in range(3))	# its ports are fixed
        super().__init__("amtsim", ["--state", state, "--dir", folder / "device", "--listen", address, "--control", self.ctl,
                                    "--heci", self.heci, "--step-ms", 20, *options], folder / "amtsim.log", plain=plain,
                         env={"AMTSIM_PASSWORD": PASSWORD})
        until(lambda: "ready" in self.output() or not self.running(), 20, "amtsim ready")
        assert self.running(), self.output()

    def control(self, *words):
        result = run("amtsim", "ctl", self.ctl, *words)
        assert result.code == 0, result
        return json.loads(result.out) if result.out.strip().startswith("{") else result.out

    def rpc(self, *args, env=None, stdin="", timeout=120):
        form = {"OUTBAND_HECI": str(self.heci)}
        form.update(env or {})
        return run("rpc", *args, env=form, stdin=stdin, timeout=timeout)

    def saved(self):
        return json.loads((self.folder / "device/state.json").read_text())

    def stored(self, name):
        """Properties of the instances of a class."""
        return [o["properties"] for o in self.saved()["instances"] if o["class"] == name]

    def mode(self):
        return self.control("state")["state"]

    def close(self):
        if self.running():
            code = self.stop()
            assert code == 0, f"amtsim ended with {code}:\n{self.output()[-3000:]}"
        else:
            self.check_end()

