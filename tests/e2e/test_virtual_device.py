# SPDX-License-Identifier: Apache-2.0
"""The virtual device as its users start it: options, control socket, and the distribution's wsl, a WS-Management client
that was not written here."""
import hashlib
import json
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import time
import zlib
from xml.etree import ElementTree

import pytest

from lib.amt import Amt, uri
from lib.process import run
from lib.sim import FULL_PASSWORD
from lib.wait import until

AMT = "http://intel.com/wbem/wscim/1/amt-schema/1/"
CIM = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"


def opens(address, port):
    try:
        socket.create_connection((address, port), timeout=5).close()
        return True
    except ConnectionRefusedError:
        return False


# ---- options ----


def test_help_names_every_option():
    light, full = run("amtsim", "--help"), run("amtsim", "--state", "acm", "--help")
    assert light.code == full.code == 0
    for option in ("cira", "cira-ca", "count", "source", "state", "abilities"):
        assert f"--{option}" in light.out, light
    for option in ("state", "dir", "heci", "listen", "tls", "trust-hash", "dns-suffix", "control"):
        assert f"--{option}" in full.out, full
    assert "--png" in run("amtsim", "ctl", "--help").out


def test_trusted_hashes_and_suffix_are_a_new_devices(full_device):
    hashes = [hashlib.sha256(bytes([i])).hexdigest() for i in range(2)]
    device = full_device("factory", "--trust-hash", hashes[0], "--trust-hash", hashes[1], "--dns-suffix",
                         "corp.example.com")
    assert device.state()["dns_suffix"] == "corp.example.com"
    saved = json.loads((device.dir / "state.json").read_text())
    assert [h["digest"] for h in saved["trusted_hashes"]] == hashes
    assert saved["network_suffix"] == "corp.example.com"


@pytest.mark.parametrize("option, value, why", [
    ("--trust-hash", "abc", "SHA-256"),
    ("--trust-hash", "g" * 64, "SHA-256"),
    ("--dns-suffix", "x" * 300, "suffix"),
    ("--dns-suffix", "caf\u00e9.example", "suffix"),
    ("--uuid", "nothing", "UUID"),
    ("--step-ms", "soon", "--step-ms takes a number"),
    ("--count", "4", "does not know that option"),
    ("--verbose", "word", "no other words"),
])
def test_wrong_values_are_refused_with_a_reason(tmp_path, option, value, why):
    result = run("amtsim", "--state", "factory", "--dir", tmp_path / "device", option, value)
    assert result.code == 2 and why in result.err, result


@pytest.mark.parametrize("password, why", [(None, "must be set"), ("password", "8 to 32"), ("Sh0rt!", "8 to 32")])
def test_the_administrator_has_a_password_that_firmware_takes(tmp_path, password, why):
    result = run("amtsim", "--state", "acm", "--dir", tmp_path / "device",
                 env={"AMTSIM_PASSWORD": password} if password else None)
    assert result.code == 2 and why in result.err, result
    assert not password or password not in result.err


def test_a_device_needs_its_directory():
    for args in (["--state", "acm"], ["--dir", "x"]):
        result = run("amtsim", *args)
        assert result.code == 2 and ("--dir DIR is needed" in result.err or "--state" in result.err), result


def test_control_socket_refuses_what_is_no_command(full_device):
    device = full_device("acm")

    def said(raw):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(str(device.control))
            s.sendall(raw)
            return json.loads(s.makefile().readline())

    assert "too long" in said(b"x" * 5000)["error"]
    assert "commands:" in said(b"\xff\x00\n")["error"]
    assert "DNS name" in said(b"network suffix \xff\n")["error"]
    assert device.state()["state"] == "acm"


def test_tls_closes_the_plain_ports(full_device):
    plain, tls = full_device("acm"), full_device("acm", "--tls")
    assert [opens(plain.address, port) for port in range(16992, 16996)] == [True, False, True, False]
    assert [opens(tls.address, port) for port in range(16992, 16996)] == [False, True, False, True]

    def greet():
        """A handshake that trusts whatever certificate is shown, if it is in its time."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(cadata=ssl.get_server_certificate((tls.address, 16993)))
        try:
            with socket.create_connection((tls.address, 16993)) as s, context.wrap_socket(s) as t:
                return t.version()
        except ssl.SSLCertVerificationError as e:
            return e.verify_message

    assert greet() in ("TLSv1.2", "TLSv1.3")
    tls.ctl("fault", "expired-certificate")
    until(lambda: "expired" in greet(), 10, "the certificate has ended")
    tls.ctl("clear-faults")
    until(lambda: greet() in ("TLSv1.2", "TLSv1.3"), 10, "the certificate is good again")


# ---- faults, as a client sees them ----


def test_a_skewed_clock_is_told(full_device):
    device = full_device("acm")
    amt = Amt(16992, FULL_PASSWORD, host=device.address)

    def off():
        """Seconds that its clock is ahead of ours."""
        cls = "AMT_TimeSynchronizationService"
        xml = amt.exchange(f"{uri(cls)}/GetLowAccuracyTimeSynch", cls,
                           f'<p:GetLowAccuracyTimeSynch_INPUT xmlns:p="{uri(cls)}"/>')
        return int(re.search(r"Ta0>(\d+)<", xml).group(1)) - time.time()

    assert abs(off()) < 60
    device.ctl("fault", "clock-skew", -3600)
    assert abs(off() + 3600) < 60
    device.ctl("fault", "clock-skew", "off")
    assert abs(off()) < 60


def test_answers_are_cut_in_the_middle(full_device):
    device = full_device("acm")

    def answer():
        with socket.create_connection((device.address, 16992), timeout=20) as s:
            s.sendall(b"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            return b"".join(iter(lambda: s.recv(4096), b""))

    whole = len(answer())
    device.ctl("fault", "reset")
    assert 0 < len(answer()) < whole - 10
    device.ctl("clear-faults")
    assert len(answer()) == whole


# ---- the screen as a picture ----


def read_png(path):
    """Width, height and rows of RGB triples, by the format's rules."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, []
    while at < len(data):
        n, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + n]
        assert struct.unpack_from(">I", data, at + 8 + n)[0] == zlib.crc32(kind + body)
        chunks.append((kind, body))
        at += 12 + n
    assert [kind for kind, _ in chunks] == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, colour = struct.unpack_from(">IIBB", chunks[0][1])
    assert (depth, colour) == (8, 2)
    raw = zlib.decompress(chunks[1][1])
    step = 1 + 3 * width
    assert len(raw) == height * step
    return width, height, [raw[y * step + 1:(y + 1) * step] for y in range(height)]


def test_the_screen_is_seen_as_text_and_as_a_picture(full_device, tmp_path):
    device, picture = full_device("acm"), tmp_path / "screen.png"
    until(lambda: "login:" in device.ctl("screen"), 20, "the host is up")
    device.ctl("screen", "--png", picture)
    width, height, rows = read_png(picture)
    assert (width, height) == (640, 400)
    lit = sum(any(row) for row in rows)
    assert 0 < lit < height, "some rows have letters, some have none"
    for display, size in ((1, (800, 600)), (2, (1024, 768))):
        device.ctl("screen", "--png", picture, display)
        assert read_png(picture)[:2] == size
    device.ctl("power", 8)
    until(lambda: device.state()["power"] == 8, 20, "off")
    device.ctl("screen", "--png", picture)
    assert not any(any(row) for row in read_png(picture)[2])
    refused = run("amtsim", "ctl", device.control, "screen", "--png", picture, 7)
    assert refused.code == 1 and "display" in refused.out, refused
    nowhere = run("amtsim", "ctl", device.control, "screen", "--png", tmp_path / "no" / "where.png")
    assert nowhere.code == 1 and "cannot write" in nowhere.err, nowhere


# ---- a client of the distribution ----


@pytest.fixture
def wsl(tmp_path):
    """wsl(device, tls, command, *words): what Debian's wsl (bash, curl) prints. It asks for Basic authentication, so
    curl is told by its settings file that the password goes by digest alone."""
    for program in ("wslget", "curl", "xmllint", "uuidgen"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (scripts/deps installs it)")
    home = tmp_path / "home"
    home.mkdir()
    (home / ".curlrc").write_text("digest\n")
    (home / ".wsl-config").write_text("")

    def ask(device, tls, command, *words):
        env = {"PATH": os.environ["PATH"], "HOME": str(home), "WSENDPOINT": f"{device.address}:{16993 if tls else 16992}",
               "WSUSER": "admin", "WSPASS": FULL_PASSWORD, "KEEPHISTORY": "0", "WSAUTOMATED": "1"}
        if not tls:
            env["WSNOSSL"] = "true"
        p = subprocess.run([command, *words], env=env, cwd=home, capture_output=True, text=True, timeout=60)
        return p.stdout

    return ask


def replies(text):
    """The envelopes in it, each with RelatesTo."""
    return [ElementTree.fromstring("<?xml" + part[:part.rindex(">") + 1]) for part in text.split("<?xml")[1:]]


@pytest.mark.parametrize("tls", [False, True])
def test_wsl_reads_the_device(full_device, wsl, tls):
    device = full_device("acm", *(["--tls"] if tls else []))
    (got,) = replies(wsl(device, tls, "wslget", AMT + "AMT_GeneralSettings"))
    settings = got.find(f".//{{{AMT}AMT_GeneralSettings}}AMT_GeneralSettings")
    assert settings.find(f"{{{AMT}AMT_GeneralSettings}}DigestRealm").text == device.state()["realm"]
    listed = replies(wsl(device, tls, "wslenum", AMT + "AMT_TLSSettingData"))
    enabled = [e.text for e in listed[-1].iter(f"{{{AMT}AMT_TLSSettingData}}Enabled")]
    assert enabled == ["true" if tls else "false"] * 2
    (fault,) = replies(wsl(device, tls, "wslget", CIM + "CIM_NoSuchClass"))
    assert "DestinationUnreachable" in ElementTree.tostring(fault, encoding="unicode")
