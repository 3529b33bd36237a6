# SPDX-License-Identifier: Apache-2.0
"""An outband server of a test: its folder, settings, ports, log and commands."""
import json
import shutil

from lib.process import Process, run
from lib.rest import Rest
from lib.wait import until

PASSWORD = "Adm1n-of-tests!"
DEVICE_PASSWORD = "D3vice-of-tests!"


class Server:
    """Settings go to the data directory's outband.yaml, where the commands find them too. Ports are
    chosen by the kernel at the first start and kept, so that devices find a restarted server.
    template: the data directory of one that was started before: making its keys took a second."""

    def __init__(self, folder, db_url=None, settings=None, env=None, plain=False, password=PASSWORD, template=None):
        self.folder, self.data, self.plain = folder, folder / "data", plain
        self.env = dict(env or {})
        if password is not None:
            self.env["OUTBAND_ADMIN_PASSWORD"] = password
        self.settings = {"mps.rest.listen": "127.0.0.1:0", "mps.cira.listen": "127.0.0.1:0",
                         "rps.rest.listen": "127.0.0.1:0", "rps.rpc.listen": "127.0.0.1:0",
                         "rps.assistant.listen": "127.0.0.1:0",
                         "mps.instance": "instance-of-test", "log.format": "json", "log.level": "debug"}
        if db_url is not None:
            self.settings["db.url"] = db_url
        self.settings.update(settings or {})
        self.data.mkdir(mode=0o700, parents=True)
        for file in template.iterdir() if template else ():
            if file.name.startswith("secrets.db") or (file.name.startswith("outband.db") and db_url is None):
                shutil.copy2(file, self.data)
        self.process, self.runs, self.root_pem = None, 0, None
        self.rest_port = self.cira_port = self.rps_port = self.rpc_port = self.assistant_port = None

    def write_settings(self):
        (self.data / "outband.yaml").write_text(
            "".join(f"{key}: {json.dumps(value)}\n" for key, value in self.settings.items()))

    # --- life ---

    def launch(self, prefix=()):
        """Without waiting for anything."""
        self.write_settings()
        self.runs += 1
        self.process = Process("outband", ["serve", "--data-dir", self.data], self.folder / f"server-{self.runs}.log",
                               env=self.env, plain=self.plain, prefix=prefix)
        return self

    def start(self, timeout=60, prefix=()):
        self.launch(prefix)
        line = until(lambda: self.find("ready") or not self.process.running(), timeout, "server ready",
                     lambda: self.process.output()[-4000:])
        assert line is not True, f"the server ended at start:\n{self.process.output()[-4000:]}"
        self.rest_port, self.cira_port = line["rest_port"], line["cira_port"]
        self.rps_port, self.rpc_port = line["rps_rest_port"], line["rps_rpc_port"]
        self.assistant_port = line["rps_assistant_port"]
        self.settings["mps.rest.listen"] = f"127.0.0.1:{self.rest_port}"
        self.settings["rps.rest.listen"] = f"127.0.0.1:{self.rps_port}"
        self.settings["rps.rpc.listen"] = f"127.0.0.1:{self.rpc_port}"
        self.settings["rps.assistant.listen"] = f"127.0.0.1:{self.assistant_port}"
        self.settings["mps.cira.listen"] = f"127.0.0.1:{self.cira_port}"
        return self

    def stop(self, timeout=15):
        """As an operator does; a leak or a late end (shutdown_ms and some) fails."""
        code = self.process.stop(timeout)
        assert code == 0, f"the server ended with {code}:\n{self.process.output()[-4000:]}"
        self.process = None

    def kill(self):
        self.process.kill()
        self.process = None

    def close(self):
        if self.process is None:
            return
        if self.process.running():
            self.stop()
        else:
            self.process.check_end()

    # --- log ---

    def lines(self):
        """What it logged, as objects; other lines as {"text": ...}."""
        out = []
        for line in self.process.output().splitlines():
            try:
                out.append(json.loads(line))
            except ValueError:
                out.append({"text": line})
        return [x if isinstance(x, dict) else {"text": str(x)} for x in out]

    def find(self, msg, **fields):
        for line in self.lines():
            if line.get("msg") == msg and all(line.get(k) == v for k, v in fields.items()):
                return line
        return None

    # --- calls ---

    def cli(self, *args, stdin="", timeout=60, env=None):
        self.write_settings()
        return run("outband", *args, "--data-dir", self.data, plain=self.plain, stdin=stdin, timeout=timeout,
                   env={**self.env, **(env or {})})

    def ok(self, *args, **kw):
        r = self.cli(*args, **kw)
        assert r.code == 0, f"outband {' '.join(map(str, args))}: {r}"
        return r.out

    def token(self, tenant="", role="admin", user="operator"):
        return self.ok("token", "--tenant", tenant, "--role", role, "--user", user).strip()

    def rest(self, token=None, **who):
        """A client with a token of its own making (or that one)."""
        return Rest(self.rest_port, token or self.token(**who))

    def rps(self, token=None, **who):
        """The same for the RPS."""
        return Rest(self.rps_port, token or self.token(**who), "/api/v1/admin/")

    def anonymous(self):
        return Rest(self.rest_port)

    def import_devices(self, *guids, **fields):
        rows = [{"guid": g, "mpsusername": "admin", "mpsPassword": DEVICE_PASSWORD, "amtPassword": DEVICE_PASSWORD,
                 "hostname": f"host-{i}", **fields} for i, g in enumerate(guids)]
        self.ok("device", "import", "-", stdin="".join(json.dumps(r) + "\n" for r in rows))

    def root(self):
        if self.root_pem is None:
            a = self.rest().call("GET", "ciracert")
            assert a.status == 200 and "BEGIN CERTIFICATE" in a.text, a
            self.root_pem = self.folder / "root.pem"
            self.root_pem.write_bytes(a.raw)
        return self.root_pem
