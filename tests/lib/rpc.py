# SPDX-License-Identifier: Apache-2.0
"""rpc on a virtual device: commands to their end, and what the device is afterwards."""
import base64
import hashlib
import json
import random
import subprocess

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


def openssl(*args, cwd):
    return subprocess.run(["openssl", *map(str, args)], cwd=cwd, check=True, capture_output=True).stdout


def der(*args, cwd):
    return openssl(*args, "-outform", "DER", cwd=cwd)


class Pki:
    """A root and a provisioning certificate, right or wrong (lib.pki has right ones with an issuer); the file that rpc
    opens."""

    def __init__(self, folder, cn="rps.corp.example.com", usage="serverAuth,2.16.840.1.113741.1.2.3", password="Pfx-1",
                 with_root=True, days=2):
        self.password = password
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj",
                "/CN=Test Root", "-days", "2", cwd=folder)
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", f"/CN={cn}",
                cwd=folder)
        (folder / "ext").write_text(f"extendedKeyUsage={usage}\nbasicConstraints=CA:FALSE\n")
        openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", days,
                "-extfile", "ext", "-out", "leaf.pem", cwd=folder)
        more = ["-certfile", "ca.pem"] if with_root else []
        openssl("pkcs12", "-export", "-inkey", "leaf.key", "-in", "leaf.pem", *more, "-passout", f"pass:{password}", "-out",
                "cert.pfx", cwd=folder)
        self.file = folder / "cert.pfx"
        self.text = base64.b64encode(self.file.read_bytes()).decode()
        self.root, self.leaf = (base64.b64encode(der("x509", "-in", f, cwd=folder)).decode() for f in ("ca.pem", "leaf.pem"))
        self.key = base64.b64encode(der("rsa", "-traditional", "-in", "leaf.key", cwd=folder)).decode()
        self.hash = hashlib.sha256(base64.b64decode(self.root)).hexdigest()

    def env(self, **more):
        """For rpc; the AMT password, too."""
        return {"AMT_PASSWORD": PASSWORD, "PROVISIONING_CERT": self.text, "PROVISIONING_CERT_PASSWORD": self.password,
                **more}
