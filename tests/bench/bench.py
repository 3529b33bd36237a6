#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the server with virtual devices on this machine and prints the table of docs/architecture.md.
Everything runs on loopback and is stopped at the end. Load generator, devices and server share the machine's
cores: figures are lower bounds for the server. --quick: a tenth of everything, for a look."""
import argparse
import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "tests" / "bench"))
from instances import UPSTREAM as instances_upstream  # noqa: E402
from instances import instances, relay  # noqa: E402
from lib.postgres import free_port  # noqa: E402
from lib.provisioning import AMT_PASSWORD, SUFFIX, prepare  # noqa: E402
from lib.rest import Rest  # noqa: E402
from lib.rps import Rps  # noqa: E402

UUID_BASE = "be000000-0000-4000-8000-000000000000"
PASSWORD, DEVICE_PASSWORD = "Bench-admin-1!", "Bench-device-1!"
TICKS = os.sysconf("SC_CLK_TCK")
# Upstream's figures on such a machine (docs/architecture.md says how they were measured).
UPSTREAM = {
    "KiB resident per idle CIRA connection": ("46", "<= 16"),
    "server CPU ms per accepted device": ("4.1", "<= 0.9"),
    "power reads/s, 512 clients, 5000 devices": ("430", ">= 4300"),
    "power read p50 ms, 1 client": ("507", "< 3"),
    "GET devices, 25 of 20000, 16 clients: /s": ("1806", ">= 18060"),
    "GET devices, 25 of 20000, 16 clients: p99 ms": ("107", "< 5"),
    "stats over 20000 rows: /s": ("48", "independent of rows"),
    "$count over 20000 rows: /s": ("65", "independent of rows"),
    "ready after exec, later start, s": ("0.53", "< 0.1"),
    "ready after exec, first start, s": ("1.3-2.3", "< 1.5"),
    "memory growth over 10000 calls, MiB": ("50", "0"),
    "rpc: binary, KiB": ("14374", "< 1024"),
    "rpc: resident while activating, KiB": ("10316", "< 10240"),
    "rpc: amtinfo, ms": ("4-11", ""),
    "RPS: POST ciraconfigs, 16 clients: /s": ("880", ">= 4400"),
    "RPS: GET ciraconfigs, 16 clients: /s": ("2270", ">= 22700"),
}
CIRA = {"configName": "bench-{n}", "mpsServerAddress": "mps.example.com", "mpsPort": 4433, "username": "admin",
        "serverAddressFormat": 201, "authMethod": 2, "mpsRootCertificate": "MII" + "x" * 1400, "proxyDetails": ""}

UPSTREAM.update(instances_upstream)


def guid(n):
    return UUID_BASE[:-8] + f"{n:08x}"


class Proc:
    def __init__(self, args, env=None, log=None):
        out = open(log, "ab") if log else subprocess.DEVNULL
        self.p = subprocess.Popen([str(a) for a in args], env=env, stdout=out, stderr=out,
                                  stdin=subprocess.DEVNULL)

    def cpu(self):
        f = Path(f"/proc/{self.p.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(f[11]) + int(f[12])) / TICKS

    def rss_kib(self):
        for line in Path(f"/proc/{self.p.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])
        return 0

    def stop(self):
        if self.p.poll() is None:
            self.p.send_signal(signal.SIGTERM)
            try:
                self.p.wait(60)
            except subprocess.TimeoutExpired:
                self.p.kill()
                self.p.wait()


class Bench:
    def __init__(self, build, quick, ramp, directory):
        self.build, self.quick, self.ramp, self.dir = build, quick, ramp, directory
        self.dir.mkdir(exist_ok=True)
        self.rest, self.cira, self.rps = free_port(), free_port(), free_port()
        self.server = None
        self.sims = []
        self.token = None
        self.rows = []

    def scale(self, n):
        return max(n // 10, 1) if self.quick else n

    def outband(self, *args, **kw):
        return subprocess.run([str(self.build / "src/outband/outband"), *map(str, args), "--data-dir",
                               str(self.dir / "data")], check=True, capture_output=True, text=True,
                              env=self.env(), **kw).stdout

    def env(self):
        return {"PATH": os.environ["PATH"], "OUTBAND_ADMIN_PASSWORD": PASSWORD,
                "AMTSIM_CIRA_PASSWORD": DEVICE_PASSWORD, "AMTSIM_PASSWORD": DEVICE_PASSWORD}

    def start(self, *sets):
        """Seconds from exec until REST answers."""
        args = [self.build / "src/outband/outband", "serve", "--data-dir", self.dir / "data",
                "--set", f"mps.rest.listen=127.0.0.1:{self.rest}", "--set", f"mps.cira.listen=0.0.0.0:{self.cira}",
                "--set", f"rps.rest.listen=127.0.0.1:{self.rps}", "--set", "rps.assistant.listen=127.0.0.1:0",
                "--set", "log.level=warn"]
        for s in sets:
            args += ["--set", s]
        since = time.monotonic()
        self.server = Proc(args, self.env(), self.dir / "server.log")
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.rest}/api/v1/health", timeout=5).read()
                break
            except OSError:
                if self.server.p.poll() is not None or time.monotonic() - since > 60:
                    raise RuntimeError((self.dir / "server.log").read_text()[-3000:])
                time.sleep(0.002)
        took = time.monotonic() - since
        self.token = self.call("POST", "authorize", {"username": "admin", "password": PASSWORD})["token"]
        return took

    def stop(self):
        for s in self.sims:
            s.stop()
        self.sims = []
        if self.server:
            self.server.stop()
            self.server = None

    def call(self, method, path, body=None):
        r = urllib.request.Request(f"http://127.0.0.1:{self.rest}/api/v1/{path}", method=method,
                                   data=json.dumps(body).encode() if body is not None else None)
        r.add_header("Content-Type", "application/json")
        if self.token:
            r.add_header("Authorization", f"Bearer {self.token}")
        data = urllib.request.urlopen(r, timeout=60).read()
        return json.loads(data) if data[:1] in b"{[" else data.decode()

    def import_devices(self, n):
        lines = "".join(json.dumps({"guid": guid(i), "hostname": f"h{i}", "tags": [f"site{i % 50}"],
                                    "mpsusername": "admin", "mpsPassword": DEVICE_PASSWORD,
                                    "amtPassword": DEVICE_PASSWORD}) + "\n" for i in range(n))
        since = time.monotonic()
        self.outband("device", "import", "-", input=lines)
        return time.monotonic() - since

    def connect(self, first, n, ramp, source="127.0.0.1"):
        root = self.dir / "root.pem"
        root.write_text(self.call("GET", "ciracert"))
        sim = Proc([self.build / "src/sim/amtsim", "--cira", f"localhost:{self.cira}", "--cira-ca", root,
                    "--cira-user", "admin", "--uuid", guid(first), "--count", n, "--ramp", ramp, "--source",
                    source, "--json"], self.env(), self.dir / "sim.log")
        self.sims.append(sim)
        return sim

    def await_connected(self, n, seconds=300):
        until = time.monotonic() + seconds
        while self.call("GET", "devices/stats")["connectedCount"] < n:
            if time.monotonic() > until:
                raise RuntimeError(f"not all devices connected: {self.call('GET', 'devices/stats')}")
            time.sleep(0.2)

    def load(self, path, clients, seconds, count=1, requests=None, method="GET", body=None, port=None):
        args = [self.build / "tests/bench/load", "--port", port or self.rest, "--clients", clients, "--seconds", seconds,
                "--path", path, "--uuid", UUID_BASE, "--count", count, "--method", method]
        if requests:
            args += ["--requests", requests]
        if body:
            args += ["--body", body]
        out = subprocess.run([str(a) for a in args], env={**self.env(), "LOAD_TOKEN": self.token},
                             capture_output=True, text=True)
        r = json.loads(out.stdout)
        if r["errors"] or r["failed"]:
            print(f"   ! {path}: {r['failed']} failed, {r['errors']} errors {r['first_error']}", flush=True)
        return r

    def row(self, name, value, note=""):
        up, aim = UPSTREAM.get(name, ("", ""))
        self.rows.append((name, value, up, aim, note))
        print(f"   {name}: {value} {note}", flush=True)


def ready(b):
    print("== time to ready", flush=True)
    first = b.start()
    b.stop()
    later = []
    for _ in range(5):
        later.append(b.start())
        b.stop()
    b.row("ready after exec, first start, s", f"{first:.3f}", "makes keys and certificates")
    b.row("ready after exec, later start, s", f"{statistics.median(later):.3f}", "median of 5")


def connections(b):
    n = b.scale(10000)
    print(f"== {n} idle CIRA connections", flush=True)
    took = b.import_devices(b.scale(20000))
    b.row("device import, rows/s", f"{b.scale(20000) / took:.0f}", "each with its secret, synced")
    b.start()
    time.sleep(1)
    rss, cpu = b.server.rss_kib(), b.server.cpu()
    sim = b.connect(0, n, 400)
    since = time.monotonic()
    b.await_connected(n)
    wall = time.monotonic() - since
    cpu = b.server.cpu() - cpu
    time.sleep(3)
    b.row("KiB resident per idle CIRA connection", f"{(b.server.rss_kib() - rss) / n:.1f}", f"{n} connections")
    b.row("server CPU ms per accepted device", f"{1000 * cpu / n:.2f}",
          f"{n / wall:.0f}/s asked 400/s; the devices' side cost {1000 * sim.cpu() / n:.2f} ms each")
    b.row("KiB resident per light virtual device", f"{sim.rss_kib() / n:.1f}")
    b.stop()


def fleet(b):
    """As many light devices as one server process may have descriptors for, in two processes on two addresses."""
    first = b.scale(15000)
    second = b.scale(resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 500) - first
    print(f"== {first} and {second} light devices in two processes", flush=True)
    b.start()
    sims = [b.connect(0, first, b.ramp)]
    b.await_connected(first, 300 + first / b.ramp)
    sims.append(b.connect(first, second, b.ramp, "127.0.0.2"))
    b.await_connected(first + second, 300 + second / b.ramp)
    b.row("light devices connected at once", first + second,
          f"{first} from 127.0.0.1 at {sims[0].rss_kib() / first:.1f} KiB each, {second} from 127.0.0.2 at "
          f"{sims[1].rss_kib() / second:.1f}; one server, {b.server.rss_kib() / 1024:.0f} MiB")
    b.stop()


def power(b, devices):
    n = b.scale(devices)
    seconds = 2 if b.quick else 8
    print(f"== power reads, {n} devices", flush=True)
    for limiter in ([] if b.quick else ["on"]) + ["off"]:
        sets = ["mps.limiter.concurrent=0"] if limiter == "off" else []
        b.start(*sets)
        b.connect(0, n, 400)
        b.await_connected(n)
        # Every device once: the first call to each pays for its secret and the digest challenge.
        b.load("/api/v1/amt/power/state/{guid}", 64, 60, n, requests=3 * n)
        for clients in (1, 16, 64, 512):
            if limiter == "on" and clients not in (1, 512):
                continue
            cpu = b.server.cpu()
            r = b.load("/api/v1/amt/power/state/{guid}", clients, seconds, n)
            used = (b.server.cpu() - cpu) / max(r["requests"], 1)
            name = f"power reads/s, {clients} clients, {n} devices"
            if limiter == "on":
                name += ", limiter on"
            b.row(name, f"{r['rate']:.0f}", f"p50 {r['p50_ms']:.2f} ms, p99 {r['p99_ms']:.2f} ms, limiter {limiter}, "
                  f"server {1e6 * used:.0f} us CPU each")
            if clients == 1 and limiter == "off":
                b.row("power read p50 ms, 1 client", f"{r['p50_ms']:.2f}", f"{n} devices")
        b.stop()


def lists(b):
    rows = b.scale(20000)
    seconds = 2 if b.quick else 5
    print(f"== lists over {rows} rows", flush=True)
    b.start()
    total = b.call("GET", "devices/stats")["totalCount"]
    r = b.load("/api/v1/devices?$top=25", 16, seconds)
    b.row(f"GET devices, 25 of {total}, 16 clients: /s", f"{r['rate']:.0f}", f"p50 {r['p50_ms']:.2f} ms")
    b.row(f"GET devices, 25 of {total}, 16 clients: p99 ms", f"{r['p99_ms']:.2f}")
    r = b.load("/api/v1/devices?$top=25&$skip=10000", 16, seconds)
    b.row(f"GET devices, 25 from the middle of {total}, 16 clients: /s", f"{r['rate']:.0f}", f"p99 {r['p99_ms']:.2f} ms")
    r = b.load("/api/v1/devices/stats", 16, seconds)
    b.row(f"stats over {total} rows: /s", f"{r['rate']:.0f}", f"p99 {r['p99_ms']:.2f} ms")
    r = b.load("/api/v1/devices?$top=1&$count=true", 16, seconds)
    b.row(f"$count over {total} rows: /s", f"{r['rate']:.0f}", f"p99 {r['p99_ms']:.2f} ms")
    b.load("/api/v1/devices?$top=25", 16, 60, requests=2000)
    rss = b.server.rss_kib()
    b.load("/api/v1/devices?$top=25", 16, 60, requests=b.scale(10000))
    b.row("memory growth over 10000 calls, MiB", f"{(b.server.rss_kib() - rss) / 1024:.2f}", "after 2000 to warm up")
    b.stop()


def client(b):
    """rpc on a virtual device: sizes, memory while a server has it activate, time to amtinfo. Upstream's programs beside
    it when OUTBAND_PEER_RPC_V2 and _V3 name them (with HECI by the socket OUTBAND_HECI)."""
    print("== rpc", flush=True)
    rpc = b.build / "src/agent/rpc"
    small = b.dir / "rpc"
    subprocess.run(["strip", "-o", small, rpc], check=True)
    heci = b.dir / "heci"
    device = Proc([b.build / "src/sim/amtsim", "--state", "factory", "--dir", b.dir / "device", "--heci", heci])
    env = {"PATH": "/usr/bin:/bin", "OUTBAND_HECI": str(heci)}
    while not heci.exists():
        time.sleep(0.01)
    programs = [("rpc", small)] + [(f"rpc-go {v}", Path(os.environ["OUTBAND_PEER_RPC_" + v.upper()]))
                                   for v in ("v2", "v3") if os.environ.get("OUTBAND_PEER_RPC_" + v.upper())]
    measured = {name: client_figures(path, env, 3 if b.quick else 15) for name, path in programs}
    device.p.terminate()
    device.p.wait()
    lms = b.dir / "lms"
    subprocess.run(["strip", "-o", lms, b.build / "src/agent/lms"], check=True)
    for i, figure in enumerate(("binary, KiB", "resident while activating, KiB", "amtinfo, ms")):
        theirs = ", ".join(f"{name} {m[i]}" for name, m in measured.items() if name != "rpc")
        b.row(f"rpc: {figure}", measured["rpc"][i], theirs)
    b.row("lms: binary, KiB", lms.stat().st_size // 1024)


def client_figures(path, env, runs):
    """(KiB of the file, KiB resident while the server is silent, ms of amtinfo in the middle)"""
    times = []
    for _ in range(runs):
        began = time.monotonic()
        subprocess.run([path, "amtinfo"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        times.append((time.monotonic() - began) * 1000)
    greeted, done = threading.Event(), threading.Event()

    def silent(conn):
        greeted.set()
        done.wait(60)
        conn.success(Status="Done")

    dash = "--" if path.name.endswith("v3") else "-"
    with Rps(silent) as rps:
        p = Proc([path, "activate", "-u", rps.url, dash + "profile", "x"], env=env)
        greeted.wait(60)
        rss = p.rss_kib()
        done.set()
        p.p.wait()
    return path.stat().st_size // 1024, rss, f"{statistics.median(times):.0f}"


def provisioning(b):
    """Devices that are activated at the same time: RPS, MPS, full virtual devices and their clients in one process; then a
    server by itself, ours and upstream's with the same devices when OUTBAND_PEER_RPS_WS (a WebSocket on 127.0.0.1),
    OUTBAND_PEER_RPS_TRUST name it (profiles and all as tests/interop/test_rpc.py says)."""
    print("== provisioning", flush=True)
    n = b.scale(500)
    for profile in ("ccm-random", "acm-random"):
        r = activate(b, n, profile)
        b.row(f"activations/s, {n} at once, {profile}", f"{r['per_s']:.1f}",
              f"p99 {r['p99_ms']} ms; {r['resident_mib'] - r['resident_before_mib']:.0f} MiB more than before, devices included")
    port = free_port()
    b.start("mps.common_name=127.0.0.1", f"rps.rpc.listen=127.0.0.1:{port}", f"rps.mps.url=http://127.0.0.1:{b.rest}")
    cert = prepare(ForProfiles(b), b.dir / "pki")
    for profile in ("ccm", "acm"):
        cpu = b.server.cpu()
        r = activate(b, n, profile, port, SUFFIX, cert.root_sha256, AMT_PASSWORD)
        each = (b.server.cpu() - cpu) / n * 1e3
        theirs = beside(b, n, profile)
        b.row(f"activations/s, {n} at once, server by itself, {profile}", f"{r['per_s']:.1f}",
              f"p50 {r['p50_ms'] / 1000:.1f} s, p99 {r['p99_ms'] / 1000:.1f} s, of which the firmware is given 12 s; server "
              f"{each:.0f} ms CPU each (with deactivation), {b.server.rss_kib() / 1024:.0f} MiB{theirs}")
    b.stop()


class ForProfiles:
    """What lib.provisioning asks of a server."""

    def __init__(self, b):
        self.b, self.cira_port = b, b.cira

    def rps(self):
        return Rest(self.b.rps, self.b.token, "/api/v1/admin/")

    def root(self):
        file = self.b.dir / "root.pem"
        file.write_text(Rest(self.b.rest, self.b.token).call("GET", "ciracert").text)
        return file


def activate(b, n, profile, *server):
    """What rps_many_test measured."""
    p = subprocess.run([b.build / "tests/rps/rps_many_test", *map(str, (n, profile, *server))], capture_output=True, text=True)
    line = next((x for x in (p.stdout + p.stderr).splitlines() if x.startswith("{")), None)
    if line is None:
        raise RuntimeError((p.stdout + p.stderr)[-3000:])
    return json.loads(line)


def beside(b, n, profile):
    """Upstream's figures as text, empty without it."""
    url, trust = os.environ.get("OUTBAND_PEER_RPS_WS"), os.environ.get("OUTBAND_PEER_RPS_TRUST")
    if not url or not trust:
        return ""
    r = activate(b, n, profile, urllib.parse.urlsplit(url).port, "lab.example.org", trust, "P@ssw0rd1")
    failed = f", {r['failed']} failed" if r["failed"] else ""
    return f"; upstream's RPS {r['per_s']:.1f}/s, p50 {r['p50_ms'] / 1000:.1f} s, p99 {r['p99_ms'] / 1000:.1f} s{failed}"


def profiles(b):
    seconds = 2 if b.quick else 5
    print("== profiles", flush=True)
    b.start()
    at = "/api/v1/admin/ciraconfigs"
    for name, more in (("", {}), (" with a secret", {"password": "Bench-mps-1!"})):
        body = json.dumps({**CIRA, "configName": f"bench{name.replace(' ', '-')}-{{n}}", **more})
        cpu = b.server.cpu()
        r = b.load(at, 16, seconds, method="POST", body=body, port=b.rps)
        each = (b.server.cpu() - cpu) / max(r["ok"], 1) * 1e6
        b.row(f"RPS: POST ciraconfigs{name}, 16 clients: /s", f"{r['rate']:.0f}",
              f"p99 {r['p99_ms']:.2f} ms, audited, server {each:.0f} us CPU each")
    cpu = b.server.cpu()
    r = b.load(at + "?$top=25", 16, seconds, port=b.rps)
    each = (b.server.cpu() - cpu) / max(r["ok"], 1) * 1e6
    b.row("RPS: GET ciraconfigs, 16 clients: /s", f"{r['rate']:.0f}",
          f"25 of 1.4 KiB each, p99 {r['p99_ms']:.2f} ms, server {each:.0f} us CPU each")
    b.stop()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--build", default="build")
    ap.add_argument("--quick", action="store_true")
    ap.add_argument("--only", help="ready, connections, fleet, power, lists, client, provisioning, profiles, "
                                   "relay, instances (comma separated)")
    ap.add_argument("--ramp", type=int, default=400, help="devices that start per second, of the fleet")
    args = ap.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    b = Bench((ROOT / args.build).resolve(), args.quick, args.ramp, Path(tempfile.mkdtemp(prefix="outband-bench-")))
    only = args.only.split(",") if args.only else ["ready", "connections", "fleet", "power", "lists", "client",
                                                   "provisioning", "profiles", "relay", "instances"]
    try:
        if "ready" in only:
            ready(b)
        if "connections" in only:
            connections(b)
        elif {"fleet", "power", "lists"} & set(only):
            b.import_devices(b.scale(20000))
        if "fleet" in only:
            fleet(b)
        if "power" in only:
            power(b, 1000)
            power(b, 5000)
        if "lists" in only:
            lists(b)
        if "client" in only:
            client(b)
        if "provisioning" in only:
            provisioning(b)
        if "profiles" in only:
            profiles(b)
        if "relay" in only:
            relay(b)
        if "instances" in only:
            instances(b)
    finally:
        b.stop()
        shutil.rmtree(b.dir, ignore_errors=True)
    widths = [max(len(str(r[i])) for r in b.rows + [("figure", "here", "upstream", "aim", "")]) for i in range(4)]
    print()
    for r in [("figure", "here", "upstream", "aim", "")] + b.rows:
        print("  ".join(str(c).ljust(w) for c, w in zip(r, widths)) + "  " + r[4])


if __name__ == "__main__":
    main()
