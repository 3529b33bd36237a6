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

from lib.console import CONSOLE_PASSWORD, EA_PASSWORD, Assistant, Console
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
    """device(state, own): shared unless own. trusting: the tests' provisioning certificate. tls: its ports take TLS alone;
    set up, it shows a certificate of its own, before that one of a root that is not Intel's."""
    shared, all_of_them = {}, []

    def get(state, own=False, trusting=True, tls=False):
        if not own and (state, trusting, tls) in shared:
            return shared[state, trusting, tls]
        options = (["--trust-hash", pki.hash] if trusting else []) + (["--tls", "--version", "19.0.5"] if tls else [])
        new = Device(folder / f"device{len(all_of_them)}", state, ["--dns-suffix", "corp.example.com", *options])
        all_of_them.append(new)
        if not own:
            shared[state, trusting, tls] = new
        return new

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

    def start(self, url=None, password=PASSWORD, secret=None, env=None, plain=False):
        form = {"AMT_PASSWORD": password, "PATH": "/usr/bin:/bin"}
        if self.command.pki:
            form.update(self.pki.env(AMT_PASSWORD=password))
        form.update(env or {})
        words = {"url": url or NOWHERE[self.command.server], "root": self.pki.root, "file": str(self.folder / "out.bin"),
                 "secret": secret or SECRET.get(self.command.server)}
        args = [re.sub(r"\{(url|root|file|secret)\}", lambda m: words[m[1]], a) for a in self.command.args]
        return subprocess.Popen([program("rpc", plain), *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=environment(form), cwd="/")

    def end(self, p):
        """Code and all that was said, which holds no secret."""
        out, err = p.communicate(timeout=60)
        said = out + FIBERS.sub("", err)
        check_sanitizers(said, str(self.command))
        for secret in (PASSWORD, WRONG, self.pki.password, *SECRET.values()):
            assert secret not in said, said
        return p.returncode, said

    def __call__(self, **kw):
        return self.end(self.start(**kw))


def heci(device):
    return {"OUTBAND_HECI": str(device.heci)}


NOWHERE = {"": None, "rps": "ws://127.0.0.1:9", "console": "http://127.0.0.1:9", "assistant": "http://127.0.0.1:9"}
SECRET = {"console": CONSOLE_PASSWORD, "assistant": EA_PASSWORD}
PROFILE = {"configuration": {"amtSpecific": {"controlMode": "ccmactivate", "adminPassword": PASSWORD}}}


def server(c, folder, pki, certificate=None):
    """Says yes."""
    if c.server == "rps":
        return Rps(lambda conn: conn.success(Status="Done"), certificate=certificate)
    if c.server == "console":
        return Console(json.dumps(PROFILE), certificate=certificate)
    return Assistant(folder, pki.root, certificate=certificate)


def success(c, run, devices, folder, pki, **_):
    env = heci(devices(c.state, c.own))
    if not c.server:
        return run(env=env)
    with server(c, folder, pki) as s:
        return run(url=s.url, env=env)


def wrong_password(c, run, devices, folder, pki, **_):
    env = heci(devices(c.state, c.server and c.own))
    if not c.server:
        return run(password=WRONG, env=env)
    if c.server != "rps":
        with server(c, folder, pki) as s:
            return run(url=s.url, secret=WRONG, env=env)
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
    scheme = "ws" if c.server == "rps" else "http"
    return run(url=f"{scheme}://localhost:{port}", env=heci(devices(c.state, c.own)))


def certificate_wrong(c, run, devices, folder, pki, **_):
    """The server's, of nobody who is trusted; the provisioning certificate, of no root that the firmware trusts; AMT's."""
    if c.server:
        with server(c, folder, pki, certificate(folder)) as s:
            return run(url=s.url, env=heci(devices(c.state, c.own)))
    device = devices(c.state, trusting=False) if c.pki else devices(c.state, tls=True)
    result = run(env=heci(device))
    assert device.mode() == c.state
    return result


def has_a_socket(p):
    try:
        return any(str(fd.readlink()).startswith("socket:") for fd in Path(f"/proc/{p.pid}/fd").iterdir())
    except OSError:
        return False


def cancelled(c, run, devices, stalled, **_):
    """Ctrl-C while it waits: for the server, or for a firmware that does not answer."""
    if c.server in ("console", "assistant"):
        with socket.create_server(("127.0.0.1", 0)) as s:
            s.settimeout(30)
            p = run.start(url=f"http://localhost:{s.getsockname()[1]}", env=heci(devices(c.state, c.own)))
            with s.accept()[0]:
                return interrupt(run, p)
    if c.server:
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
SAYS = {"wrong password": ("uthenticate with AMT", "wrong AMT password", "HTTP status 401"), "no device": ("HECIDriverNotDetected", "HECI driver not detected", "is it running"),
        "no permission": ("may not open /dev/mei0", "IncorrectPermissions"), "server down": ("error connecting to RPS", "cannot connect to"),
        "certificate wrong": ("certificate",), "cancelled": ("interrupt",)}


@pytest.mark.parametrize("case, command", [(k, c) for c in COMMANDS for k in CASES if k in c.codes],
                         ids=lambda x: str(x)[:90])
def test_case(case, command, devices, stalled, folder, pki, shim):
    run = Run(command, folder, pki)
    code, said = HOW[case](command, run, devices=devices, stalled=stalled, folder=folder, shim=shim, pki=pki)
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
