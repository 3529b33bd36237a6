# SPDX-License-Identifier: Apache-2.0
"""What was acknowledged is there after kill -9, and was on disk before the acknowledgement."""
import asyncio
import json
import os
import re
import signal
import subprocess
import uuid

import pytest

from lib.process import program
from lib.wait import until

CLIENTS = 1000


def creation(rest, guid):
    body = json.dumps({"guid": guid, "hostname": "h-" + guid, "tags": ["load"]}).encode()
    return (f"POST /api/v1/devices HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {rest.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


async def create_and_kill(rest, pid, kill_after):
    """So many clients, each creating device after device; after so many answers the server is killed.
    Gives the GUIDs that were acknowledged, and how many requests were never answered."""
    acknowledged, cut_off, everybody = [], 0, asyncio.Barrier(CLIENTS)

    async def one():
        nonlocal cut_off
        reader, writer = await asyncio.open_connection("127.0.0.1", rest.port)
        await everybody.wait()
        try:
            while True:
                guid = str(uuid.uuid4())
                writer.write(creation(rest, guid))
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 201 "), head
                acknowledged.append(guid)
                if len(acknowledged) == kill_after:
                    os.kill(pid, signal.SIGKILL)
                await reader.readexactly(int(re.search(rb"(?i)content-length: (\d+)", head).group(1)))
        except (OSError, asyncio.IncompleteReadError):
            cut_off += 1
        finally:
            writer.close()

    await asyncio.gather(*(one() for _ in range(CLIENTS)))
    return acknowledged, cut_off


@pytest.mark.parametrize("kill_after", [1, 1500])
def test_kill_9_loses_no_acknowledged_device(make_server, make_sim, database, many_descriptors, new_guid, kill_after):
    assert many_descriptors > CLIENTS + 200, "too few descriptors allowed for this test (ulimit -n)"
    server = make_server(db_url=database, plain=True).start()
    first = new_guid()[:-8] + "00000000"
    fleet = [first[:-8] + f"{i:08x}" for i in range(5)]
    server.import_devices(*fleet)
    rest = server.rest()
    make_sim(server, first, count=5, plain=True)
    until(lambda: rest.get("devices/stats")["connectedCount"] == 5, 20, "the fleet is connected")

    acknowledged, cut_off = asyncio.run(create_and_kill(rest, server.process.pid, kill_after))
    assert len(acknowledged) >= kill_after and cut_off == CLIENTS, "every client had a creation under way"
    assert server.process.popen.wait(10) == -signal.SIGKILL

    server.start()
    rest = server.rest(rest.token)
    rows = {d["guid"]: d for d in rest.get(f"devices?$top={10 * CLIENTS + kill_after}")}
    lost = [g for g in acknowledged if rows.get(g, {}).get("hostname") != "h-" + g]
    assert not lost, f"{len(lost)} of {len(acknowledged)} acknowledged devices are gone"
    assert rest.get("devices/stats")["totalCount"] == len(rows), "the counts match the rows"
    assert len(rest.get("devices?tags=load&$top=100000")) == len(rows) - 5, "so do the tags"
    until(lambda: rest.get("devices/stats")["connectedCount"] == 5, 60, "the fleet comes back by itself")


def test_kill_9_keeps_secrets_and_password(make_server, make_sim, new_guid):
    """The first seconds: what the first start made must survive its end."""
    server = make_server(plain=True, password=None, fresh=True).start()
    password = re.search(r"with password (\S+) ", server.process.output()).group(1)
    root = server.root().read_bytes()
    server.kill()
    server.start()
    a = server.anonymous().call("POST", "authorize", {"username": "admin", "password": password})
    assert a.status == 200
    assert server.rest(a.json["token"]).call("GET", "ciracert").raw == root


# --- on disk before the answer ---

def strace_permitted(tmp_path):
    try:
        p = subprocess.run(["strace", "-o", str(tmp_path / "probe"), "true"], capture_output=True, text=True, timeout=20)
    except FileNotFoundError:
        return "strace is not installed"
    return None if p.returncode == 0 else p.stderr.strip()


class Strace:
    """strace on running processes, until stop()."""

    def __init__(self, pids, out):
        self.out = out
        self.popen = subprocess.Popen(
            ["strace", "-f", "-y", "-s", "48", "-o", str(out), "-e",
             "trace=pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync", *[x for p in pids for x in ("-p", str(p))]],
            stderr=subprocess.PIPE, text=True)
        waiting, told = {str(p) for p in pids}, ""
        while waiting:
            line = self.popen.stderr.readline()
            told += line
            if "Operation not permitted" in line:
                self.popen.kill()
                self.popen.communicate()
                pytest.skip(f"ptrace of another process is not permitted: {line.strip()}")
            assert line, f"strace ended: {told}"
            m = re.search(r"Process (\d+) attached", line)
            if m:
                waiting.discard(m.group(1))

    def stop(self):
        self.popen.send_signal(signal.SIGINT)
        self.popen.communicate(timeout=20)
        return self.out.read_text(errors="replace").splitlines()


def events(lines):
    """(kind, what) in the order in which things happened: a sync counts when it has returned, a write when
    it begins."""
    under_way, out = {}, []
    for line in lines:
        m = re.match(r"(\d+) +(.*)", line)
        pid, text = m.group(1), m.group(2)
        call = re.match(r"(\w+)\((\d+)<([^>]*)>", text)
        if text.startswith("<... "):
            name, path = under_way.pop(pid, (None, None))
            if name in ("fsync", "fdatasync") and text.rstrip().endswith("= 0"):
                out.append(("sync", path))
            continue
        if not call:
            continue
        name, path = call.group(1), call.group(3)
        if "<unfinished" in text:
            under_way[pid] = (name, path)
        if name in ("fsync", "fdatasync"):
            if text.rstrip().endswith("= 0"):
                out.append(("sync", path))
        elif "HTTP/1.1 201" in text:
            out.append(("answer", path))
        else:
            out.append(("write", path))
    return out


def check_order(trace, log):
    """In a trace: the log was written, then synced, then the 201 went out."""
    seen = events(trace)
    answers = [i for i, e in enumerate(seen) if e[0] == "answer"]
    assert len(answers) == 1, f"one 201 in the trace, not {len(answers)}"
    before = seen[:answers[0]]
    writes = [i for i, e in enumerate(before) if e[0] == "write" and re.search(log, e[1])]
    assert writes, f"no write to {log} before the answer: {before}"
    after = before[writes[-1]:]
    assert ("sync", before[writes[-1]][1]) in after, f"the answer went out before its log was synced: {seen}"


def test_the_trace_reader_sees_a_missing_sync():
    wal, sock = "7</d/outband.db-wal>", "9<socket:[1]>"
    good = [f'1 pwrite64({wal}, "x", 24, 0) = 24', f"1 fdatasync({wal} <unfinished ...>", "1 <... fdatasync resumed>) = 0",
            f'2 sendto({sock}, "HTTP/1.1 201 Created", 20, 0, NULL, 0) = 20']
    check_order(good, r"/outband\.db-wal$")
    late = [good[0], good[1], good[3], good[2]]
    for bad in (late, [good[0], good[3]], [good[1], good[2], good[0], good[3]], good[1:]):
        with pytest.raises(AssertionError):
            check_order(bad, r"/outband\.db-wal$")


def test_device_is_on_disk_before_201_sqlite(make_server, tmp_path, new_guid):
    why = strace_permitted(tmp_path)
    if why:
        pytest.skip(f"ptrace is not permitted: {why}")
    server = make_server(plain=True).start()
    rest = server.rest()
    trace = Strace([server.process.pid], tmp_path / "trace")
    rest.post("devices", {"guid": new_guid()}, expect=201)
    check_order(trace.stop(), r"/outband\.db-wal$")


def test_device_is_on_disk_before_201_postgres(make_server, tmp_path, new_guid, postgres):
    why = strace_permitted(tmp_path)
    if why:
        pytest.skip(f"ptrace is not permitted: {why}")
    name = postgres.new()
    if postgres.sql(name, "SHOW fsync").strip() != "on":
        pytest.skip("this PostgreSQL runs without fsync")
    server = make_server(db_url=postgres.at(name), plain=True).start()
    rest = server.rest()
    rest.post("devices", {"guid": new_guid()}, expect=201)
    pids = postgres.sql("postgres", "SELECT pid FROM pg_stat_activity WHERE datname = "
                        f"'{name}' OR backend_type = 'walwriter'").split()
    trace = Strace([server.process.pid, *pids], tmp_path / "trace")
    rest.post("devices", {"guid": new_guid()}, expect=201)
    check_order(trace.stop(), r"/pg_wal/")


def test_secret_is_on_disk_before_the_command_ends(make_server, tmp_path):
    why = strace_permitted(tmp_path)
    if why:
        pytest.skip(f"ptrace is not permitted: {why}")
    server = make_server(plain=True).start()
    out = tmp_path / "trace"
    env = {"PATH": "/usr/bin:/bin"}
    p = subprocess.run(["strace", "-f", "-y", "-s", "48", "-o", str(out), "-e", "trace=pwrite64,fsync,fdatasync",
                        program("outband", plain=True), "secret", "put", "devices/x", "MPS_PASSWORD", "--data-dir",
                        str(server.data)], input="hidden\n", text=True, env=env, timeout=60)
    assert p.returncode == 0
    seen = events(out.read_text(errors="replace").splitlines())
    if not seen and os.geteuid() != 0:
        pytest.skip("strace may not read the paths of a protected process's files without being root")
    writes = [i for i, e in enumerate(seen) if e[0] == "write" and e[1].endswith("/secrets.db-wal")]
    assert writes and ("sync", seen[writes[-1]][1]) in seen[writes[-1]:], seen
