# SPDX-License-Identifier: Apache-2.0
"""A host's questions to a virtual device over its HECI socket (wire form from the public interface, not from our codec)."""
import socket
import struct
import uuid

AMTHI = uuid.UUID("12f80028-b4b7-4b2d-aca8-46e0ff65814c").bytes_le
GET_LOCAL_SYSTEM_ACCOUNT = 0x04000067


def local_account(path):
    """(user, password) of the operating system's own account."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.settimeout(20)
        s.connect(str(path))
        s.send(AMTHI)
        s.recv(64)
        s.send(struct.pack("<BBHII", 1, 1, 0, GET_LOCAL_SYSTEM_ACCOUNT, 40) + bytes(40))
        answer = s.recv(4096)
    status, = struct.unpack_from("<I", answer, 12)
    assert status == 0, f"AMTHI status {status}"
    return tuple(answer[at:at + 33].split(b"\0")[0].decode() for at in (16, 49))
