# SPDX-License-Identifier: Apache-2.0
"""Every command of rpc in both forms through every case that it can meet: lib/rpc_cases.py."""
import json
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from lib.mei import shim_library
from lib.process import FIBERS, ROOT, check_sanitizers, environment, program
from lib.rpc import PASSWORD, Device, Pki
from lib.rpc_cases import CASES, COMMANDS, INTERRUPTED, WRONG
from lib.rps import Rps, certificate
from lib.wait import until


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cases")


@pytest.fixture(scope="module")
def pki(folder):
    return Pki(folder)


@pytest.fixture(scope="module")
def devices(folder, pki):
    """device(state, own): shared unless own."""
    shared, all_of_them = {}, []

    def get(state, own=False, trusting=True):
        if own or not trusting or state not in shared:
            trust = ["--trust-hash", pki.hash] if trusting else []
            new = Device(folder / f"device{len(all_of_them)}", state, ["--dns-suffix", "corp.example.com", *trust])
            all_of_them.append(new)
            if own or not trusting:
                return new
            shared[state] = new
        return shared[state]

    yield get
    for device in all_of_them:
        device.close()


@pytest.fixture(scope="module")
def stalled(devices):
    """Takes what it is asked and never answers."""
    device = devices("acm", own=True)
    device.control("fault", "stall")
    yield device
    device.control("clear-faults")


@pytest.fixture(scope="module")
def shim(folder):
    return shim_library(folder)


class Run:
    """rpc with one command's arguments filled in."""

    def __init__(self, command, folder, pki):
        self.command, self.folder, self.pki = command, folder, pki

    def start(self, url="ws://127.0.0.1:9", password=PASSWORD, env=None, plain=False, pki=None):
        form = {"AMT_PASSWORD": password, "PATH": "/usr/bin:/bin"}
        if self.command.pki:
            form.update((pki or self.pki).env(AMT_PASSWORD=password))
        form.update(env or {})
        words = {"url": url, "root": self.pki.root, "file": str(self.folder / "out.bin")}
        args = [re.sub(r"\{(url|root|file)\}", lambda m: words[m[1]], a) for a in self.command.args]
        return subprocess.Popen([program("rpc", plain), *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=environment(form), cwd="/")

    def end(self, p):
        """Code and all that was said, which holds no secret."""
        out, err = p.communicate(timeout=60)
        said = out + FIBERS.sub("", err)
        check_sanitizers(said, str(self.command))
        for secret in (PASSWORD, WRONG, self.pki.password):
            assert secret not in said, said
        return p.returncode, said

    def __call__(self, **kw):
        return self.end(self.start(**kw))


def heci(device):
    return {"OUTBAND_HECI": str(device.heci)}


def success(c, run, devices, **_):
    env = heci(devices(c.state, c.own))
    if not c.remote:
        return run(env=env)
    with Rps(lambda conn: conn.success(Status="Done")) as rps:
        return run(url=rps.url, env=env)


def wrong_password(c, run, devices, **_):
    env = heci(devices(c.state))
    if not c.remote:
        return run(password=WRONG, env=env)
    refusal = json.dumps({"Status": "Unable to authenticate with AMT"})
    with Rps(lambda conn: conn.error(refusal)) as rps:
        code, said = run(url=rps.url, password=WRONG, env=env)
        strict, _ = run(url=rps.url, password=WRONG, env={**env, "RPC_STRICT": "true"})
    assert strict == 100
    return code, said


def no_device(c, run, folder, **_):
    return run(env={"OUTBAND_HECI": str(folder / "none")})


def no_permission(c, run, shim, **_):
    return run(env={"LD_PRELOAD": shim, "MEI_SHIM": "EACCES"}, plain=True)


def server_down(c, run, devices, **_):
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    return run(url=f"ws://localhost:{port}/activate", env=heci(devices(c.state)))


def certificate_wrong(c, run, devices, folder, **_):
    """The server's, of nobody who is trusted; the provisioning certificate, of no root that the firmware trusts."""
    if c.pki:
        device = devices(c.state, trusting=False)
        result = run(env=heci(device))
        assert device.mode() == c.state
        return result
    with Rps(lambda conn: conn.success(Status="Done"), certificate=certificate(folder)) as rps:
        return run(url=rps.url, env=heci(devices(c.state)))


def has_a_socket(p):
    try:
        return any(str(fd.readlink()).startswith("socket:") for fd in Path(f"/proc/{p.pid}/fd").iterdir())
    except OSError:
        return False


def cancelled(c, run, devices, stalled, **_):
    """Ctrl-C while it waits: for the server, or for a firmware that does not answer."""
    if c.remote:
        sessions = []

        def hang(conn):
            sessions.append(conn)
            while True:
                conn.recv()

        with Rps(hang) as rps:
            p = run.start(url=rps.url, env=heci(devices(c.state)))
            until(lambda: sessions, 30, "session")
            return interrupt(run, p)
    p = run.start(env=heci(stalled))
    until(lambda: has_a_socket(p), 30, "rpc asks the firmware")
    return interrupt(run, p)


def interrupt(run, p):
    began = time.monotonic()
    p.send_signal(signal.SIGINT)
    result = run.end(p)
    assert time.monotonic() - began < 10
    return result


HOW = dict(zip(CASES, (success, wrong_password, no_device, no_permission, server_down, certificate_wrong, cancelled)))
# What is said beside the code, for people and for scripts.
SAYS = {"wrong password": ("uthenticate with AMT", "wrong AMT password"), "no device": ("HECIDriverNotDetected", "HECI driver not detected"),
        "no permission": ("may not open /dev/mei0", "IncorrectPermissions"), "server down": ("error connecting to RPS",),
        "certificate wrong": ("certificate",), "cancelled": ("interrupt",)}


@pytest.mark.parametrize("case, command", [(k, c) for c in COMMANDS for k in CASES if k in c.codes],
                         ids=lambda x: str(x)[:90])
def test_case(case, command, devices, stalled, folder, pki, shim):
    run = Run(command, folder, pki)
    code, said = HOW[case](command, run, devices=devices, stalled=stalled, folder=folder, shim=shim)
    assert code == command.codes[case], said
    if case in SAYS:
        assert any(text in said for text in SAYS[case]), said
    else:
        assert command.says in said, said


def test_every_command_is_here_with_every_case():
    """As the program's own tables have them."""
    source = (ROOT / "src/agent/rpc/commands.c").read_text()
    for form in ("v2", "v3"):
        table = re.search(rf"rpc_{form}_commands\[\] = {{(.*?)\n}};", source, re.S)[1]
        names = {name for name, rest in re.findall(r'{"([^"]+)",(.*?)(?=\n\t{|\Z)', table, re.S)
                 if re.search(r"\brpc_(?!v[23]_)\w+", rest)}
        assert len(names) > 15 and {c.name for c in COMMANDS if c.form == form} == names
    for c in COMMANDS:
        assert set(c.codes) | set(c.why_not) == set(CASES) and not set(c.codes) & set(c.why_not), c
        assert all(c.why_not.values()) and c.codes.get("cancelled", INTERRUPTED) == INTERRUPTED
