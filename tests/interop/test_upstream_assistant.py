# SPDX-License-Identifier: Apache-2.0
"""Upstream's Enterprise Assistant with our RPS. It needs Windows; what runs elsewhere is a build of its own sources in
which the parts that speak with the directory and the authority were replaced.

OUTBAND_PEER_EA           the program: OUTBAND_PEER_EA URL USER PASSWORD FOLDER, with the authority's ca.pem and ca.key in FOLDER
OUTBAND_PEER_EA_PASSWORD  the password that it gives each computer account"""
import subprocess

from lib.assistant import check_device, make_authority, make_profiles
from lib.rpc import Device
from lib.server import Server
from lib.wait import until


def test_upstreams_assistant_serves_devices(peer, tmp_path):
    program, password = peer("OUTBAND_PEER_EA", "OUTBAND_PEER_EA_PASSWORD")
    server = Server(tmp_path / "server", settings={"rps.activation_wait_ms": 200, "rps.tls_wait_ms": 200}).start()
    make_profiles(server)
    folder = make_authority(tmp_path / "ca")
    with (tmp_path / "assistant.log").open("w") as log:
        assistant = subprocess.Popen([program, f"ws://127.0.0.1:{server.assistant_port}", "ea",
                                      server.token(role="assistant", user="ea"), str(folder)], stdout=log, stderr=log)
    try:
        until(lambda: server.find("an Enterprise Assistant connected"), 30, "the assistant connects")
        device = Device(tmp_path / "device")
        check_device(server, device, "iME", password)
        device.close()
    finally:
        assistant.kill()
        assistant.wait()
        server.close()
