# SPDX-License-Identifier: Apache-2.0
"""lms: loopback to a virtual device's AMT over LME."""
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import threading

import pytest

from lib.amt import Amt
from lib.amtterm import log_in_and_look_around
from lib.lms import Lms
from lib.process import environment, program, run
from lib.rps import http, GET, SOAP, AMT
from lib.sim import FULL_PASSWORD
from lib.tls_relay import TlsRelay
from lib.wait import until


@pytest.fixture
def device(full_device, tmp_path):
    heci = tmp_path / "heci"
    sim = full_device("acm", "--heci", heci)
    sim.heci = heci
    return sim


@pytest.fixture
def lms(device, tmp_path):
    service = Lms(device.heci, tmp_path / "lms.log").ready()
    yield service
    assert service.stop() == 0, service.output()


def settings(address, port=16992):
    """AMT_GeneralSettings: the status."""
    assert Amt(port, FULL_PASSWORD, host=address).get("AMT_GeneralSettings")["DigestRealm"]
    return 200


def ask_for_power(address, state):
    """Whether the firmware takes it: that the system runs it learns only after a while."""
    power = Amt(16992, FULL_PASSWORD, host=address)
    xml = power.invoke("CIM_PowerManagementService", "RequestPowerStateChange", f"<p:PowerState>{state}</p:PowerState>", want=None)
    return "ReturnValue>0<" in xml


def test_clients_reach_amt(lms):
    assert settings(lms.address) == 200


def test_ends_at_once_while_the_firmware_says_nothing(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as silent:
        silent.bind(str(tmp_path / "heci"))
        silent.listen(1)
        silent.settimeout(20)
        service = Lms(tmp_path / "heci", tmp_path / "lms.log")
        conn, _ = silent.accept()
        assert conn.recv(4096)
        service.signal(signal.SIGTERM)
        assert service.wait(5) == 0
        conn.close()


def test_our_rpc_goes_through_it(lms, device):
    through = run("rpc", "diagnostics", "wsman", "get", "--class", "AMT_GeneralSettings", "--lmsaddress", lms.address,
                  env={"OUTBAND_HECI": str(device.heci)})
    assert through.code == 0, through
    assert json.loads(through.out)[0]["data"][0]["DigestRealm"].startswith("Digest:")


def test_amtterm_logs_in_to_the_host_through_it(device, lms, console):
    """Serial over LAN by the machine's own loopback, beside web clients."""
    term = console(lms.address)
    log_in_and_look_around(term)
    assert "outband Linux" in device.ctl("screen")
    assert settings(lms.address) == 200
    term.type("echo still-here\r")
    term.expect("still-here")


def test_amtterm_logs_in_through_it_over_tls(full_device, tmp_path, console):
    heci = tmp_path / "heci-tls"
    device = full_device("acm", "--tls", "--heci", heci)
    service = Lms(heci, tmp_path / "lms-tls.log").ready()
    relay = TlsRelay(service.address, 16995)
    try:
        log_in_and_look_around(console("127.0.0.1", relay.port))
        assert "outband Linux" in device.ctl("screen")
    finally:
        relay.close()
        assert service.stop() == 0, service.output()


def test_redirection_that_is_switched_off_is_closed(full_device, tmp_path):
    """A device that is not set up has none."""
    heci = tmp_path / "heci-new"
    full_device("factory", "--heci", heci)
    service = Lms(heci, tmp_path / "lms-new.log").ready()
    with socket.create_connection((service.address, 16994), 10) as s:
        s.settimeout(30)
        assert s.recv(1) == b""
    assert service.stop() == 0, service.output()
    assert "16994" in service.output()


def test_many_clients_at_once(lms):
    """More than the firmware has channels."""
    done = []
    threads = [threading.Thread(target=lambda: done.append(settings(lms.address))) for _ in range(24)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(100)
    assert done == [200] * 24


def test_thousand_connections_at_random_leave_it_healthy(lms):
    rng, request = random.Random(5), http(SOAP.format(uri=AMT + "AMT_GeneralSettings", action=GET, id=1, body=""))
    assert settings(lms.address) == 200
    held, before = [], descriptors(lms.pid)
    for _ in range(1000):
        s = socket.create_connection((lms.address, 16992), 10)
        kind = rng.randrange(5)
        if kind == 1:
            s.sendall(request[:rng.randrange(1, len(request))])
        elif kind == 2:
            s.sendall(request)
        elif kind == 3:
            s.sendall(rng.randbytes(rng.randrange(1, 300)))
        elif kind == 4:
            s.shutdown(socket.SHUT_WR)
        if rng.random() < 0.2:  # a reset instead of an orderly end
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        held.append(s)
        while len(held) > rng.randrange(1, 12):
            held.pop(rng.randrange(len(held))).close()
    for s in held:
        s.close()
    assert until(lambda: attempt(lms), 60, "the tunnel works") == 200
    assert settings(lms.address) == 200
    until(lambda: descriptors(lms.pid) <= before, 30, "nothing is left of them")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def attempt(lms):
    try:
        return settings(lms.address)
    except OSError:
        return None


def test_firmware_sees_an_lms_all_the_time(device, lms):
    """Without a client, too, and again after the firmware dropped it: graceful power requests need one."""
    assert until(lambda: device.state()["lms"], 10, "lms is seen")
    device.ctl("fault", "lme-drops")
    assert settings(lms.address) == 200
    assert until(lambda: device.state()["lms"], 20, "lms is seen again")
    assert settings(lms.address) == 200


# ---- what firmware tells ----

@pytest.fixture
def power_command(tmp_path):
    """Writes down what it is asked; .status: what it ends with."""
    def new(status=0):
        script, asked = tmp_path / "power", tmp_path / "asked"
        script.write_text(f'#!/bin/sh\necho "$*" >> {asked}\nexit {status}\n')
        script.chmod(0o755)
        return script, lambda: asked.read_text().splitlines() if asked.exists() else []

    return new


@pytest.mark.parametrize("state, verb, after", [(14, "reboot", 2), (12, "poweroff", 8)])
def test_graceful_power_requests_are_carried_out(device, tmp_path, power_command, state, verb, after):
    script, asked = power_command()
    service = Lms(device.heci, tmp_path / "lms-power.log", "--power-command", script).ready()
    until(lambda: device.state()["lms"], 10, "lms is seen")
    until(lambda: ask_for_power(service.address, state), 30, "the request is taken: the system runs")
    until(lambda: asked() == [verb], 20, "the system is asked")
    until(lambda: "carries the power request out" in service.output(), 20, "the journal says so")
    until(lambda: device.state()["power"] == after, 20, "the host follows")
    assert service.stop() == 0, service.output()


def test_power_request_that_the_system_refuses(device, tmp_path, power_command):
    script, asked = power_command(status=4)
    service = Lms(device.heci, tmp_path / "lms-4.log", "--power-command", script).ready()
    until(lambda: device.state()["lms"], 10, "lms is seen")
    until(lambda: ask_for_power(service.address, 14), 30, "taken")
    until(lambda: "refused by the system" in service.output(), 20, "the journal says why")
    assert service.stop() == 0, service.output()
    assert asked() == ["reboot"]


def test_consent_and_sessions_are_told_to_the_journal(full_device, tmp_path, console):
    heci = tmp_path / "heci-ccm"
    full_device("ccm", "--heci", heci)
    service = Lms(heci, tmp_path / "lms-ccm.log").ready()
    amt = Amt(16992, FULL_PASSWORD, host=service.address)
    amt.invoke("IPS_OptInService", "StartOptIn", "")
    until(lambda: "user consent is asked for" in service.output(), 20, "asked")
    amt.invoke("IPS_OptInService", "CancelOptIn", "")
    until(lambda: "user consent ended" in service.output(), 20, "ended")
    term = console(service.address)
    term.expect("serial-over-lan redirection ok")
    until(lambda: "a serial over LAN session began" in service.output(), 20, "began")
    term.close()
    until(lambda: "a serial over LAN session ended" in service.output(), 20, "ended")
    assert settings(service.address) == 200
    assert service.stop() == 0, service.output()


def test_ports_that_firmware_does_not_have_are_closed(lms):
    with socket.create_connection((lms.address, 16995), 10) as s:
        s.settimeout(30)
        assert s.recv(1) == b""


def test_ipv6(device, tmp_path):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 on loopback here")
    port = random.randint(20000, 30000)
    service = Lms(device.heci, tmp_path / "lms6.log", "--port", str(port), address="::1").ready()
    assert settings("::1", port) == 200
    assert service.stop() == 0


def test_says_why_it_does_not_start(device, tmp_path, lms):
    nothing = run("lms", "--heci", tmp_path / "none")
    assert nothing.code == 2 and "AMT does not answer" in nothing.err and "is it running" in nothing.err, nothing
    second = run("lms", "--listen", "127.3.3.3", "--heci", device.heci, timeout=60)
    assert second.code == 2 and "another LMS" in second.err, second
    no_mei = run("lms", "--listen", "127.3.3.3")
    assert no_mei.code == 2 and ("/dev/mei0" in no_mei.err or "AMT" in no_mei.err), no_mei


@pytest.mark.parametrize("closed", ["<&-", "<&- >&- 2>&-"])
def test_started_without_standard_descriptors(device, closed):
    p = subprocess.Popen(["/bin/sh", "-c", f'exec "$@" {closed}', "-", program("lms", plain=True), "--listen", "127.3.3.4",
                          "--heci", device.heci], env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: device.state()["lms"], 20, "lms is there")
    finally:
        p.terminate()
        assert p.wait(20) == 0


def test_port_in_use(device, tmp_path):
    with socket.create_server(("127.9.9.9", 16992)):
        result = run("lms", "--listen", "127.9.9.9", "--heci", device.heci)
    assert result.code == 2 and "another program uses it" in result.err, result


def test_sockets_from_systemd(device, tmp_path):
    """As systemd starts it: descriptor 3 on, and a place to say READY=1."""
    address = "127.8.8.8"
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(tmp_path / "notify"))
    notify.settimeout(30)
    with socket.create_server((address, 16992)) as plain:
        env = environment({"LISTEN_FDS": "1", "NOTIFY_SOCKET": str(tmp_path / "notify")})
        code = ("import os,sys\nos.dup2(int(sys.argv[1]), 3)\nos.set_inheritable(3, True)\n"
                "os.environ['LISTEN_PID'] = str(os.getpid())\nos.execv(sys.argv[2], sys.argv[2:])\n")
        log = open(tmp_path / "lms.log", "wb")
        p = subprocess.Popen(["/usr/bin/python3", "-c", code, str(plain.fileno()), program("lms"), "--heci",
                              str(device.heci)], pass_fds=[plain.fileno()], env=env, stdout=log, stderr=log)
        try:
            assert notify.recv(200).startswith(b"READY=1")
            assert settings(address) == 200
        finally:
            p.terminate()
            assert p.wait(20) == 0
    assert os.path.getsize(tmp_path / "lms.log") > 0


def test_starts_with_its_first_client(device, tmp_path):
    """By systemd's own program for it, on both families as lms.socket has them."""
    if not shutil.which("systemd-socket-activate"):
        pytest.skip("systemd-socket-activate is not there")
    port = random.randint(20000, 30000)
    with open(tmp_path / "lms.log", "wb") as log:
        p = subprocess.Popen(["systemd-socket-activate", "-l", f"127.0.0.1:{port}", "-l", f"[::1]:{port}", "-l",
                              f"127.0.0.1:{port + 1}", program("lms"), "--port", str(port), "--heci", str(device.heci)],
                             env=environment(), stdout=log, stderr=log)
    said = (tmp_path / "lms.log").read_text
    try:
        until(lambda: said().count("Listening on") == 3, 20, "systemd listens")
        assert not device.state()["lms"]
        assert settings("127.0.0.1", port) == settings("::1", port) == 200
        until(lambda: device.state()["lms"], 10, "lms is there")
    finally:
        p.terminate()
        assert p.wait(20) == 0, said()
