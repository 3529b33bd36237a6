# SPDX-License-Identifier: Apache-2.0
"""The measurements of bench.py that are about redirection and about several instances."""
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from lib import apf  # noqa: E402
from lib.postgres import Postgres  # noqa: E402
from lib.websocket import WebSocket  # noqa: E402

DEVICE_PASSWORD = "Bench-device-1!"
# What upstream does on such a machine, and the aim.
UPSTREAM = {
    "relay down in 16 KiB chunks, MB/s": ("400", ">= 80% of raw TLS"),
    "relay down in 1 KiB chunks, MB/s": ("84", ">= 336"),
    "relay up in 1 KiB frames, MB/s": ("< 0.33", "as down"),
    "relay echo p99, ms": ("42", "< 0.5"),
    "devices over several instances": ("-", "100000"),
}


def guid(n):
    return f"be000000-0000-4000-8000-0000{n:08x}"


def relay(b):
    """Beside raw TLS of the same run. The device's side and the client's share the cores with the server."""
    print("== redirection relay", flush=True)
    b.import_devices(100)
    b.start()
    root = b.dir / "root.pem"
    root.write_text(b.call("GET", "ciracert"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", b.dir / "raw.key", "-out", b.dir / "raw.pem"], check=True, capture_output=True)
    out = {}
    for more in ([], ["--text"]):
        token = b.call("GET", f"authorize/redirection/{guid(0)}")["token"]
        p = subprocess.run([str(a) for a in [b.build / "tests/bench/relay", "--rest", b.rest, "--cira", b.cira, "--ca", root,
                                             "--guid", guid(0), "--mib", b.scale(512), *more]],
                           env={**b.env(), "RELAY_TOKEN": token, "RELAY_PASSWORD": DEVICE_PASSWORD,
                                "RELAY_RAW_CERT": str(b.dir / "raw.pem"), "RELAY_RAW_KEY": str(b.dir / "raw.key")},
                           capture_output=True, text=True, timeout=600)
        if p.returncode:
            raise RuntimeError(f"relay: {p.stderr}")
        out.update(json.loads(p.stdout))
    raw, here, text = out["raw_tls"], out["relay"], out["relay_text"]
    for key, name in (("down_16k", "relay down in 16 KiB chunks"), ("down_1k", "relay down in 1 KiB chunks"),
                      ("up_16k", "relay up in 16 KiB frames"), ("up_1k", "relay up in 1 KiB frames")):
        b.row(f"{name}, MB/s", here[key], f"{100 * here[key] / raw[key]:.0f}% of raw TLS ({raw[key]}); as text {text[key]}")
    b.row("relay echo p99, ms", here["echo_p99_ms"], f"p50 {here['echo_p50_ms']}; raw TLS {raw['echo_p50_ms']}, "
          f"{raw['echo_p99_ms']}")
    sessions(b)
    b.stop()


def sessions(b):
    """What an open KVM session costs the server beside its device's link."""
    n = 100
    devices, consoles = [], []
    for i in range(n):
        d = apf.Cira(b.cira)
        if not d.login(guid(i), "admin", DEVICE_PASSWORD):
            raise RuntimeError("login refused")
        d.forward()
        devices.append(d)
    b.await_connected(n)
    rss = b.server.rss_kib()
    for i, d in enumerate(devices):
        token = b.call("GET", f"authorize/redirection/{guid(i)}")["token"]
        path = f"/relay/webrelay.ashx?p=2&host={guid(i)}&port=16994&tls=0&mode=kvm&frames=binary"
        ws = WebSocket("127.0.0.1", b.rest, path, token)
        _, peer, *_ = d.expect(apf.CHANNEL_OPEN)
        d.send(bytes([apf.CHANNEL_OPEN_CONFIRMATION]) + apf.u32(peer) + apf.u32(1) + apf.u32(65536) + apf.u32(0xFFFFFFFF))
        ws.send(b"\x10\x01\0\0KVMR\x13\0\0\0\x04\x08\0\0\0" + bytes(8))
        d.expect(apf.CHANNEL_DATA)
        d.send(apf.channel_data(peer, b"\x14\0\0\0\x04\0\0\0\0" + bytes(60000)))
        ws.read(60009)
        consoles.append(ws)
    b.row("KiB resident per KVM session", f"{(b.server.rss_kib() - rss) / n:.0f}",
          f"{n} sessions, each passed 60 kB; when stuck at most 470 more")
    for c in consoles + devices:
        c.close()


def instances(b):
    """Many devices over as many instances as descriptors make necessary, all on one PostgreSQL."""
    each, total = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 600, 19000), b.scale(100000)
    n = -(-total // each)
    print(f"== {total} devices over {n} instances", flush=True)
    with Postgres() as pg:
        url, made, stopped = pg.database("bench"), [], ""
        for k in range(n):
            one = type(b)(b.build, b.quick, b.ramp, b.dir / f"instance{k}")
            if k > 0:  # they share what the first one made
                (one.dir / "data").mkdir(mode=0o700)
                for f in (b.dir / "instance0" / "data").glob("secrets.db*"):
                    shutil.copy2(f, one.dir / "data")
            made.append(one)
            if k == 0:
                one.outband("migrate", "--set", f"db.url={url}")
                lines = "".join(json.dumps({"guid": guid(i), "mpsusername": "admin", "mpsPassword": DEVICE_PASSWORD,
                                            "amtPassword": DEVICE_PASSWORD}) + "\n" for i in range(total))
                one.outband("device", "import", "-", "--set", f"db.url={url}", input=lines)
            one.start(f"db.url={url}", f"mps.instance=instance{k}", "targets=mps")
        since, done = time.monotonic(), 0
        try:
            for k, one in enumerate(made):
                count = min(each, total - k * each)
                for half in range(2):  # an address has 28,000 ports, a process 20,000 descriptors
                    first, more = k * each + half * (count // 2), (count - count // 2) if half else count // 2
                    one.connect(first, more, 400, f"127.0.{k + 1}.{half + 1}")
                    done += more
                    made[0].await_connected(done, 900)
        except RuntimeError as e:
            stopped = f"; stopped by: {e}"
        held = made[0].call("GET", "devices/stats")["connectedCount"]
        mib = sum(one.server.rss_kib() for one in made) / 1024
        owners = pg.sql("bench", "SELECT count(DISTINCT mpsinstance) FROM devices WHERE connectionstatus").strip()
        b.row("devices over several instances", held, f"{n} instances, {owners} owners in the database, {mib:.0f} MiB of "
              f"servers, {sum(s.rss_kib() for o in made for s in o.sims) / 1024:.0f} MiB of devices, in "
              f"{time.monotonic() - since:.0f} s{stopped}")
        for one in made:
            one.stop()
