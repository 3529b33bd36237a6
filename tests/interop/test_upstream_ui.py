# SPDX-License-Identifier: Apache-2.0
"""Upstream's sample web UI, unmodified, in a browser against our server: device list, features, audit log, and its
consoles through our relay.

OUTBAND_PEER_UI          folder of the built UI (index.html, main.js), made with its default server addresses
OUTBAND_PEER_PLAYWRIGHT  folder of playwright-core
OUTBAND_PEER_CHROMIUM    the browser"""
import json
import os
import struct
import subprocess
import uuid
from pathlib import Path

from lib.full import Full
from lib.wait import until

DRIVER = Path(__file__).parent / "ui_driver.js"
PASSWORD = "Sh0wn-in-the-UI!"
RUN_SECONDS = 150
LETTERS = b"Booted from a disc of the console"


def disc(path):
    """El Torito, no emulation; the boot image holds a text, which the virtual BIOS shows."""
    image = bytearray(64 * 2048)
    image[16 * 2048:16 * 2048 + 7] = b"\x01CD001\x01"
    record = b"\0CD001\x01EL TORITO SPECIFICATION"
    image[17 * 2048:17 * 2048 + len(record)] = record
    image[17 * 2048 + 0x47] = 19
    validation = bytearray(struct.pack("<BBH24sHBB", 1, 0, 0, b"outband", 0, 0x55, 0xAA))
    struct.pack_into("<H", validation, 28, -sum(struct.unpack("<16H", validation)) & 0xFFFF)
    entry = validation + struct.pack("<BBHBBHI", 0x88, 0, 0, 0, 0, 8, 20)	# 8 sectors at block 20
    image[19 * 2048:19 * 2048 + len(entry)] = entry
    image[20 * 2048 + 64:20 * 2048 + 64 + len(LETTERS)] = LETTERS
    path.write_bytes(image)
    return path


def test_a_person_walks_through_the_ui(peer, make_server, tmp_path):
    ui, playwright, chromium = peer("OUTBAND_PEER_UI", "OUTBAND_PEER_PLAYWRIGHT", "OUTBAND_PEER_CHROMIUM")
    server = make_server(password=PASSWORD, settings={"auth.admin.user": "standalone"}).start()
    guid = str(uuid.uuid4())
    device = Full(tmp_path / "device", guid, step_ms=500)	# its BIOS waits longer for the browser's drive
    device.join(server, friendlyName="kiosk-7", tags=["lab"])
    rest = server.rest()
    rest.post(f"amt/features/{guid}", {"userConsent": "none", "enableSOL": True, "enableIDER": True, "enableKVM": True})
    image = disc(tmp_path / "boot.iso")
    p = subprocess.Popen(["node", str(DRIVER), ui, guid, str(server.rest_port), str(server.rps_port), "standalone",
                          str(image), str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                         env={**os.environ, "UI_PASSWORD": PASSWORD, "OUTBAND_PEER_PLAYWRIGHT": playwright,
                              "OUTBAND_PEER_CHROMIUM": chromium})

    def asked(what, answer):
        """The driver waits with a file; it goes on with another one."""
        until(lambda: (tmp_path / f"{what}.asked").exists() or p.poll() is not None, RUN_SECONDS, f"the UI came to {what}")
        if p.poll() is None:
            (tmp_path / f"{what}.tmp").write_text(answer())
            (tmp_path / f"{what}.tmp").rename(tmp_path / what)

    def is_in(state):
        until(lambda: device.control("state")["power"] == state, 20, f"power state {state}")
        return ""

    try:
        asked("power_off", lambda: is_in(8))
        asked("power", lambda: is_in(2))
        asked("restart_alt", lambda: is_in(2))
        asked("consent", lambda: device.control("screen")["consent_code"])
        until(lambda: (tmp_path / "ider").exists() or p.poll() is not None, RUN_SECONDS, "the UI attached the image")
        if p.poll() is None:
            rest.post(f"amt/power/bootoptions/{guid}", {"action": 202, "useSOL": False})
            until(lambda: "Running from the redirected drive" in device.control("screen")["text"], 30, "the disc boots")
        out, _ = p.communicate("done\n", timeout=RUN_SECONDS)
    finally:
        if p.poll() is None:
            p.kill()
            p.wait()
        device.close()
    seen = json.loads(out)
    assert "error" not in seen, json.dumps(seen, indent=1)
    # From SOL to KVM it asks for a code once more, by what it read before: the device has one, and says so.
    assert seen["failed"] == [f"400 GET http://127.0.0.1:{server.rest_port}/api/v1/amt/userConsentCode/{guid}"], \
        json.dumps(seen, indent=1)
    assert seen["sockets"] == ["sol", "kvm", "ider"]
    assert guid in seen["devices"] and "host-0 (kiosk-7)" in seen["devices"]
    assert "AMT Build: 1932" in seen["general"] and seen["checked"] == 3	# IDER, KVM, SOL
    assert [c["status"] for c in seen["clicks"]] == [200] * 7, seen["clicks"]
    off, on, consent, *power, code = seen["clicks"]
    assert (off["sent"]["enableSOL"], on["sent"]["enableSOL"]) == (False, True)
    assert consent["sent"]["userConsent"] == "all" == consent["got"]["userConsent"]
    assert [(c["sent"]["action"], c["got"]["Body"]["ReturnValueStr"]) for c in power] == [
        (8, "SUCCESS"), (2, "SUCCESS"), (10, "SUCCESS")]
    assert code["got"]["Body"]["ReturnValue"] == 0
