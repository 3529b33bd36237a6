# SPDX-License-Identifier: Apache-2.0
"""Full virtual devices that call a test's server: state on disk, every class, every refusal of firmware."""
import json
import random
import socket

from lib.amt import Amt
from lib.process import Process
from lib.server import DEVICE_PASSWORD
from lib.wait import until


class Full(Process):
    """One in state ccm or acm, with an address of its own and a control socket, calling the server once joined."""

    def __init__(self, folder, guid, state="acm", step_ms=20, plain=False, options=()):
        self.guid, self.folder = guid, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.control_path = folder / "ctl"
        self.address = "127." + ".".join(str(random.randint(2, 250)) for _ in range(3))	# its ports are fixed
        super().__init__("amtsim", ["--state", state, "--dir", folder / "device", "--listen", self.address, "--control",
                                    self.control_path, "--uuid", guid, "--step-ms", step_ms, *options],
                         folder / "amtsim.log", plain=plain, env={"AMTSIM_PASSWORD": DEVICE_PASSWORD})
        until(lambda: self.listens() or not self.running(), 20, "control socket")
        assert self.running(), self.output()
        self.amt = Amt(self.control("state")["port"], DEVICE_PASSWORD, host=self.address)

    def listens(self):
        """The socket's file is there a moment before."""
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(str(self.control_path)) == 0

    def control(self, *words):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(str(self.control_path))
            s.sendall(" ".join(map(str, words)).encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                more = s.recv(65536)
                assert more, f"control socket closed after {words}"
                answer += more
        answer = json.loads(answer)
        assert answer["ok"], f"{words}: {answer}"
        return answer

    def join(self, server, **fields):
        """Known to the server, connected to it."""
        server.import_devices(self.guid, **fields)
        self.amt.call_home("localhost", server.cira_port, server.root().read_text(), "admin", DEVICE_PASSWORD)
        until(lambda: self.control("state")["tunnel"], 30, "the device's tunnel is up")
        return self

    def close(self):
        if self.running():
            code = self.stop()
            assert code == 0, f"amtsim ended with {code}:\n{self.output()[-3000:]}"
        else:
            self.check_end()

    def saved(self):
        """Its state as it is on disk."""
        return json.loads((self.folder / "device" / "state.json").read_text())

    def last_boot(self):
        """How its host booted last."""
        return self.saved()["subjects"]["last_boot"]

    def power(self, state, timeout=20):
        self.control("power", state)
        until(lambda: self.control("state")["power"] == state, timeout, f"power state {state}")
