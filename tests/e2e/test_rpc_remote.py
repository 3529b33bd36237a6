# SPDX-License-Identifier: Apache-2.0
"""rpc through a server: real rpc, a virtual device, and a server of the protocol's description (lib/rps.py)."""
import json
import os
import pty
import re
import signal
import socket
import subprocess
import termios
import threading
import time

import pytest

from lib.process import environment, program, run
from lib.rps import AMT, GET, SOAP, Gone, Proxy, Rps, Wsman, certificate, http
from lib.sim import FULL_PASSWORD
from lib.wait import until

DONE = dict(Status="Admin control mode.", Network="Wired Network Configured", CIRAConnection="Configured",
            TLSConfiguration="Configured")
LINE = re.compile(r'time="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)" level=(\w+) msg=("(?:[^"\\]|\\.)*"|[\w./@^+-]+)')


@pytest.fixture
def device(full_device, tmp_path):
    """device(state): a virtual device with HECI at .heci"""
    def new(state, *options):
        path = tmp_path / f"heci-{state}"
        sim = full_device(state, "--heci", path, "--dns-suffix", "corp.example.com", *options)
        sim.heci = path
        return sim

    return new


def rpc(device, *args, env=None, **kw):
    return run("rpc", *args, env={"OUTBAND_HECI": str(device.heci), **(env or {})}, **kw)


def records(text):
    """[(level, message)]; every line must be a record."""
    found = []
    for line in text.splitlines():
        m = LINE.fullmatch(line)
        assert m, f"no log record: {line!r}"
        found.append((m[2], json.loads(m[3]) if m[3].startswith('"') else m[3]))
    return found


def finish(**status):
    return lambda conn: conn.success(**status)


# ---- what rpc tells ----


def test_first_message_of_activate(device):
    d, seen = device("factory"), {}

    def session(conn):
        seen.update(conn.hello)
        conn.success(**DONE)

    with Rps(session) as rps:
        result = rpc(d, "activate", "-u", rps.url, "-profile", "acm", "-tenant", "t1", "-h", "node1", "-name", "Kiosk")
    assert result.code == 0, result
    assert seen["method"] == "activate --profile acm" and seen["tenantId"] == "t1"
    assert (seen["apiKey"], seen["protocolVersion"], seen["status"], seen["message"], seen["fqdn"]) == (
        "key", "4.0.0", "ok", "ok", "")
    p = json.loads(seen["bytes"])
    state = d.state()
    assert p["uuid"] == state["uuid"] and p["ver"] == "16.1.25" and p["currentMode"] == 0
    assert p["hostname"] == "node1" and p["friendlyName"] == "Kiosk" and p["client"] == "RPC"
    assert p["fqdn"] == "corp.example.com" and p["username"] == "$$OsAdmin" and p["password"]
    assert p["features"] == "AMT Pro Corporate " and p["progressSupported"] is True
    assert set(p["ipConfiguration"]) >= {"dhcp", "static", "ipsync", "ipAddress", "netmask", "gateway"}
    assert not p["ipConfiguration"]["ipAddress"]


def test_environment_serves_the_agent(device):
    """As EMF's agent calls it: profile and password by the environment."""
    d, seen = device("ccm"), {}

    def session(conn):
        seen.update(conn.hello)
        conn.success(**DONE)

    with Rps(session) as rps:
        result = rpc(d, "activate", "-u", rps.url, "-n",
                     env={"AMT_PASSWORD": FULL_PASSWORD, "PROFILE": "vpro", "DNS_SUFFIX": "other.example.com"})
    p = json.loads(seen["bytes"])
    assert result.code == 0 and seen["method"] == "activate --profile vpro", result
    assert p["password"] == FULL_PASSWORD and p["currentMode"] == 1 and p["fqdn"] == "other.example.com"


@pytest.mark.parametrize("args, method", [
    (["deactivate"], f"deactivate --password {FULL_PASSWORD}"),
    (["deactivate", "-f"], f"deactivate --password {FULL_PASSWORD} -f"),
    (["maintenance", "syncclock"], f"maintenance -password {FULL_PASSWORD} --synctime"),
    (["maintenance", "synchostname"], f"maintenance -password {FULL_PASSWORD} --synchostname"),
    (["maintenance", "syncdeviceinfo", "-f"], f"maintenance -password {FULL_PASSWORD} --syncdeviceinfo -f"),
    (["maintenance", "changepassword"], f"maintenance -password {FULL_PASSWORD} --changepassword"),
    (["maintenance", "changepassword", "-static", "N3w!pass"],
     f"maintenance -password {FULL_PASSWORD} --changepassword N3w!pass"),
    (["maintenance", "syncip", "-staticip", "192.0.2.9", "-netmask", "255.255.255.0"],
     f"maintenance -password {FULL_PASSWORD} --syncip"),
])
def test_command_lines_for_the_server(device, args, method):
    d, seen = device("acm"), {}

    def session(conn):
        seen.update(conn.hello)
        conn.success(Status="Done")

    with Rps(session) as rps:
        result = rpc(d, *args, "-u", rps.url, "-password", FULL_PASSWORD)
    assert result.code == 0 and seen["method"] == method, result
    ip = json.loads(seen["bytes"])["ipConfiguration"]
    assert ip["ipAddress"] == ("192.0.2.9" if "syncip" in args else "")
    host = json.loads(seen["bytes"])["hostnameInfo"]
    assert bool(host["hostname"]) == ("synchostname" in args)
    assert FULL_PASSWORD not in result.out + result.err


# ---- what the server says ----


def test_success_is_shown_as_agents_look_for_it(device):
    d = device("factory")
    with Rps(finish(**DONE)) as rps:
        result = rpc(d, "activate", "-u", rps.url, "-profile", "acm")
        url = rps.url
    assert result.code == 0 and result.out == ""
    assert records(result.err) == [
        ("info", f"connecting to {url}"), ("info", f"connected to {url}"), ("info", "Status: Admin control mode."),
        ("info", "Network: Wired Network Configured"), ("info", "CIRA: Configured"), ("info", "TLS: Configured")]
    assert 'msg="CIRA: Configured"' in result.err


def test_components_come_after_the_flat_lines(device):
    d = device("factory")
    components = {"Activation": {"Result": "Success", "Mode": "ACM", "Details": "Admin control mode"},
                  "WiredNetwork": {"Result": "Success", "Details": "Wired Network Configured"},
                  "WirelessNetwork": {"Result": "NotApplicable"},
                  "CIRAConnection": {"Result": "Failure", "Details": "Failed"}}

    def session(conn):
        conn.send("progress", message="Starting provisioning")
        conn.success(**DONE, Components=components)

    with Rps(session) as rps:
        plain = rpc(d, "activate", "-u", rps.url, "-profile", "acm")
        strict = rpc(d, "activate", "-u", rps.url, "-profile", "acm", "-strict")
    assert records(plain.err)[2] == ("info", "Starting provisioning")
    assert records(plain.err)[5] == ("info", "CIRA: Configured")
    assert records(plain.err)[7:] == [
        ("info", "Provisioning and Configuration Result : "),
        ("info", "  Activation:      Admin control mode [ACM]"), ("info", "  Wired Network:   Wired Network Configured"),
        ("error", "  CIRA Connection: Failed")]
    assert (plain.code, strict.code) == (0, 104)
    assert records(strict.err)[-1] == ("error", "Error 104: CIRAConfigurationFailed")


@pytest.mark.parametrize("text, strict", [
    (json.dumps({"Status": "Unable to authenticate with AMT"}), 100),
    ("Device x activation failed. Specified AMT profile is unknown", 102),
])
def test_failure_by_form(device, text, strict):
    d = device("factory")
    shown = json.loads(text)["Status"] if text.startswith("{") else text
    with Rps(lambda conn: conn.error(text)) as rps:
        v2 = rpc(d, "activate", "-u", rps.url, "-profile", "acm")
        v2_strict = rpc(d, "activate", "-u", rps.url, "-profile", "acm", env={"RPC_STRICT": "true"})
        v3 = rpc(d, "activate", "--url", rps.url, "--profile", "acm")
        v3_strict = rpc(d, "activate", "--url", rps.url, "--profile", "acm", "--strict")
    assert records(v2.err)[-1] == ("error", shown)
    assert (v2.code, v2_strict.code, v3.code, v3_strict.code) == (0, strict, 10, strict)


def test_json_log(device):
    d = device("factory")
    with Rps(finish(**DONE)) as rps:
        result = rpc(d, "activate", "-u", rps.url, "-profile", "acm", "-json")
    lines = [json.loads(line) for line in result.err.splitlines()]
    assert result.code == 0 and {"level", "msg", "time"} == set(lines[0])
    assert [x["msg"] for x in lines][-2:] == ["CIRA: Configured", "TLS: Configured"]


# ---- bytes between server and firmware ----


def test_set_up_in_client_mode_through_the_relay(device):
    """A real set-up: digest, GeneralSettings, Setup, all inside the session."""
    d, password = device("factory"), "N3w!Passw0rd"

    def session(conn):
        Wsman(conn, conn.payload["username"], conn.payload["password"]).set_up_client(password)
        conn.success(**DONE)

    with Rps(session) as rps:
        result = rpc(d, "activate", "-u", rps.url, "-profile", "ccm")
    assert result.code == 0, result
    again = rpc(d, "amtinfo", "-mode")
    assert again.out == "Control Mode\t\t: activated in client control mode\n", again


def test_heartbeat_is_echoed(device):
    d, seen = device("factory"), []

    def session(conn):
        conn.send("heartbeat_request")
        seen.append(conn.recv())
        conn.success(**DONE)

    with Rps(session) as rps:
        assert rpc(d, "activate", "-u", rps.url, "-profile", "acm").code == 0
    assert seen[0]["method"] == "heartbeat_response" and seen[0]["status"] == "success"


def test_tls_records_reach_a_device_that_takes_nothing_else(device):
    d = device("ccm", "--tls")
    seen = []

    def session(conn):
        assert conn.payload["tlsEnforced"] is True
        hello = client_hello()
        answer = conn.ask(hello, "tls_data")
        seen.append(answer[:3])
        conn.success(**DONE)

    with Rps(session) as rps:
        result = rpc(d, "activate", "-u", rps.url, "-profile", "x", "-password", FULL_PASSWORD)
    assert result.code == 0 and seen == [b"\x16\x03\x03"], result


def client_hello():
    """As OpenSSL says it."""
    import ssl
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    out = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), out).do_handshake()
    return out.read()


def test_a_lost_connection_is_made_again(device):
    d, said = device("factory"), []

    def session(conn):
        said.append(conn.payload["currentMode"])
        if len(said) == 1:
            Wsman(conn, conn.payload["username"], conn.payload["password"]).set_up_client("N3w!Passw0rd")
            conn.sock.close()
            raise Gone
        conn.success(**DONE)

    with Rps(session) as rps:
        result = rpc(d, "activate", "-u", rps.url, "-profile", "ccm")
    assert result.code == 0 and said == [0, 1], result
    assert any("connecting again" in m for _, m in records(result.err))


# ---- ways to the server ----


def test_server_down(device):
    d = device("factory")
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    url = f"ws://localhost:{port}/activate"
    result = rpc(d, "activate", "-u", url, "-profile", "acm")
    assert result.code == 10
    assert records(result.err)[:2] == [("info", f"connecting to {url}"), ("error", "error connecting to RPS")]
    assert rpc(d, "activate", "--url", url, "--profile", "acm").code == 10


def test_certificates_are_verified(device, tmp_path):
    d, files = device("factory"), certificate(tmp_path)
    with Rps(finish(**DONE), certificate=files) as rps:
        unknown = rpc(d, "activate", "-u", rps.url, "-profile", "acm")
        known = rpc(d, "activate", "-u", rps.url, "-profile", "acm", "-ca-file", files[0])
        skipped = rpc(d, "activate", "-u", rps.url, "-profile", "acm", "-n")
        v3 = rpc(d, "activate", "--url", rps.url, "--profile", "acm")
        v3_known = rpc(d, "activate", "--url", rps.url, "--profile", "acm", "--ca-file", files[0])
        (tmp_path / "empty.pem").touch()  # not the system's roots then
        for file, why in (("empty.pem", "empty.pem is empty"), ("none.pem", "none.pem cannot be opened")):
            wrong = rpc(d, "activate", "-u", rps.url, "-profile", "acm", "-ca-file", tmp_path / file)
            assert wrong.code == 10 and why in wrong.err, wrong
    assert (unknown.code, known.code, skipped.code, v3.code, v3_known.code) == (10, 0, 0, 10, 0)
    assert "certificate" in unknown.err, unknown


def test_certificate_for_another_name(device, tmp_path):
    d, files = device("factory"), certificate(tmp_path, "DNS:other.example.com")
    with Rps(finish(**DONE), certificate=files) as rps:
        result = rpc(d, "activate", "-u", rps.url, "-profile", "acm", "-ca-file", files[0])
    assert result.code == 10, result


def test_token_goes_into_the_handshake(device):
    d = device("factory")
    with Rps(finish(**DONE)) as rps:
        result = rpc(d, "activate", "-u", rps.url, "-profile", "acm", "-token", "abc.def.ghi")
        assert result.code == 0 and rps.connections[0].headers["authorization"] == "Bearer abc.def.ghi"
        assert "abc.def.ghi" not in result.out + result.err
        rpc(d, "activate", "-u", rps.url, "-profile", "acm")
        assert "authorization" not in rps.connections[1].headers
    with Rps(finish(**DONE), refuse=401) as rps:
        refused = rpc(d, "activate", "-u", rps.url, "-profile", "acm", "-strict")
    assert refused.code == 70, refused


def test_proxy(device):
    d, proxy = device("factory"), Proxy()
    with Rps(finish(**DONE)) as rps:
        given = rpc(d, "activate", "-u", rps.url, "-profile", "acm", "-p", proxy.url.replace("://", "://me:s3cret@"))
        local = rpc(d, "activate", "-u", rps.url, "-profile", "acm", env={"HTTP_PROXY": "http://127.0.0.1:9"})
        refused = rpc(d, "activate", "-u", rps.url, "-profile", "acm", "-p", Proxy(403).url)
    assert (given.code, local.code, refused.code) == (0, 0, 10), (given, local, refused)
    assert proxy.asked[0].startswith(f"CONNECT localhost:{rps.port} HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic bWU6czNjcmV0" in proxy.asked[0]
    assert "403" in refused.err and "s3cret" not in given.err


@pytest.mark.parametrize("url", ["wss//x", "ftp://x/y", "wss://", "wss://a b/c", "wss://h:99999/"])
def test_addresses_that_are_none(device, url):
    assert rpc(device("factory"), "activate", "-u", url, "-profile", "acm").code == 10


# ---- Ctrl-C ----


@pytest.mark.parametrize("form", [["-u", "-profile"], ["--url", "--profile"]])
def test_interrupt_ends_at_once_and_says_so(device, form, tmp_path):
    d, started = device("factory"), []

    def session(conn):
        started.append(conn)
        while True:
            conn.recv()

    with Rps(session) as rps, open(tmp_path / "err", "w+") as err:
        p = subprocess.Popen([program("rpc"), "activate", form[0], rps.url, form[1], "acm"], stderr=err,
                             stdin=subprocess.DEVNULL, env=environment({"OUTBAND_HECI": str(d.heci)}))
        until(lambda: started, 20, "session")
        p.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert p.wait(20) == 130 and time.monotonic() - began < 5
        err.seek(0)
        assert "msg=interrupt\n" in err.read()


def connecting_to(port):
    """How many connections to it wait for an answer (SYN_SENT)."""
    return sum(f":{port:04X} 02 " in line for line in open("/proc/net/tcp"))


@pytest.mark.parametrize("where", ["connection", "proxy", "tls", "websocket"])
def test_interrupt_before_there_is_a_session(device, where):
    """The server is there and says nothing."""
    d = device("factory")
    full, held = where == "connection", []
    with socket.create_server(("127.0.0.1", 0), backlog=0 if full else 5) as s:
        port = s.getsockname()[1]
        s.settimeout(30)
        if full:
            for _ in range(2):
                held.append(socket.socket())
                held[-1].setblocking(False)
                held[-1].connect_ex(("127.0.0.1", port))
        url = f"{'wss' if where == 'tls' else 'ws'}://127.0.0.1:{port}/activate"
        args = ["-u", "ws://rps.example.com", "-p", f"http://127.0.0.1:{port}"] if where == "proxy" else ["-u", url]
        before = connecting_to(port)
        p = subprocess.Popen([program("rpc"), "activate", *args, "-profile", "acm"], stderr=subprocess.PIPE, text=True,
                             stdin=subprocess.DEVNULL, env=environment({"OUTBAND_HECI": str(d.heci)}))
        if full:
            until(lambda: connecting_to(port) > before, 30, "it connects")
        else:
            held.append(s.accept()[0])
        began = time.monotonic()
        p.send_signal(signal.SIGINT)
        err = p.communicate(timeout=30)[1]
        assert p.returncode == 130 and time.monotonic() - began < 5 and "msg=interrupt\n" in err, err
    for one in held:
        one.close()


def test_interrupt_lets_an_exchange_with_amt_end(device):
    """Half of a set-up is the worst place: what AMT was asked it answers, and what is left to do is said."""
    d, asked, answers = device("factory"), threading.Event(), []

    def session(conn):
        conn.send("wsman", http(SOAP.format(uri=AMT + "AMT_GeneralSettings", action=GET, id=1, body="")))
        asked.set()
        answers.append(conn.recv())

    d.ctl("fault", "latency", "1500")
    with Rps(session) as rps:
        p = subprocess.Popen([program("rpc"), "activate", "-u", rps.url, "-profile", "acm"], stderr=subprocess.PIPE, text=True,
                             stdin=subprocess.DEVNULL, env=environment({"OUTBAND_HECI": str(d.heci)}))
        assert asked.wait(30)
        p.send_signal(signal.SIGINT)
        err = p.communicate(timeout=30)[1]
    assert p.returncode == 130 and "stopped on the way" in err and answers[0]["method"] == "response", err


# ---- secrets ----


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_prompt_that_is_interrupted(device, sig):
    """It ends, and the terminal shows again what is typed."""
    d = device("factory")
    ours, theirs = pty.openpty()
    p = subprocess.Popen([program("rpc"), "activate", "--local", "--ccm"], stdin=theirs, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=environment({"OUTBAND_HECI": str(d.heci)}))
    until(lambda: not termios.tcgetattr(ours)[3] & termios.ECHO, 20, "the prompt")
    os.write(ours, b"hid")
    p.send_signal(sig)
    out, _ = p.communicate(timeout=20)
    assert p.returncode == 130 and out == b"AMT Password: \n", out
    assert termios.tcgetattr(ours)[3] & termios.ECHO
    os.set_blocking(ours, False)
    with pytest.raises(BlockingIOError):
        os.read(ours, 100)
    os.close(ours)
    os.close(theirs)


def test_password_leaves_the_command_line_at_once(device):
    d, started = device("acm"), []

    def session(conn):
        started.append(conn)
        while True:
            conn.recv()

    with Rps(session) as rps:
        p = subprocess.Popen([program("rpc", plain=True), "deactivate", "-u", rps.url, "-password", FULL_PASSWORD],
                             stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             env=environment({"OUTBAND_HECI": str(d.heci)}))
        try:
            until(lambda: started, 20, "session")
            line = open(f"/proc/{p.pid}/cmdline", "rb").read()
            assert rps.url.encode() in line and FULL_PASSWORD.encode() not in line
            assert started[0].payload["password"] == FULL_PASSWORD
        finally:
            p.terminate()
            p.wait(20)


def test_password_by_descriptor_and_by_prompt(device):
    d, seen = device("acm"), []

    def session(conn):
        seen.append(conn.payload["password"])
        conn.success(Status="Deactivated")

    with Rps(session) as rps:
        typed = rpc(d, "deactivate", "-u", rps.url, stdin=FULL_PASSWORD + "\r\n")
        assert typed.code == 0 and typed.out.startswith("Please enter AMT Password: \n"), typed
        read, write = os.pipe()
        os.write(write, FULL_PASSWORD.encode() + b"\n")
        os.close(write)
        p = subprocess.run([program("rpc"), "deactivate", "-u", rps.url, "-password-fd", str(read)], pass_fds=[read],
                           capture_output=True, timeout=60, env=environment({"OUTBAND_HECI": str(d.heci)}))
        os.close(read)
        assert p.returncode == 0, p.stderr
        nothing = rpc(d, "deactivate", "-u", rps.url)
    assert seen == [FULL_PASSWORD] * 2 and nothing.code == 23
