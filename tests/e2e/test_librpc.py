# SPDX-License-Identifier: Apache-2.0
"""librpc from a C program (librpc_host.c) under sanitizers, its header, and what it exports."""
import os
import re
import shutil
import socket
import struct
import subprocess
import threading
from pathlib import Path

import pytest

from lib.process import FIBERS, ROOT, check_sanitizers, environment, program
from lib.rpc import Device

HEADER = ROOT / "src/agent/rpc/librpc.h"


@pytest.fixture
def device(tmp_path):
    device = Device(tmp_path / "device", "acm", ["--version", "16.1.25"])
    yield device
    device.close()


@pytest.fixture
def rude():
    """ws://... of a server that breaks every connection once it has heard something: SIGPIPE is the host's, and deadly."""
    s = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                c, _ = s.accept()
            except OSError:
                return
            c.recv(100)
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            c.close()

    threading.Thread(target=serve, daemon=True).start()
    yield f"ws://127.0.0.1:{s.getsockname()[1]}/activate"
    s.close()


def folder_of_library(sanitized=False):
    return Path(program("rpc", plain=not sanitized)).parent


@pytest.mark.parametrize("sanitized", [False, True], ids=["plain", "sanitizers"])
def test_a_program_in_c(device, rude, tmp_path, sanitized):
    """Results, errors, threads, upstream's names; no descriptor or byte is lost, no signal handler changed."""
    if sanitized and not os.environ.get("OUTBAND_TEST_ASAN"):
        pytest.skip("no build with sanitizers here: OUTBAND_TEST_ASAN is not set")
    folder, host = folder_of_library(sanitized), tmp_path / "host"
    flags = ["-fsanitize=address,undefined"] if sanitized else []
    subprocess.run(["cc", "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror", "-pedantic", "-g", *flags,
                    "-I", HEADER.parent, ROOT / "tests/e2e/librpc_host.c", "-o", host, folder / "librpc.so.3",
                    f"-Wl,-rpath,{folder}", "-pthread"], check=True, timeout=100)
    p = subprocess.run([host, rude], capture_output=True, text=True, timeout=200,
                       env=environment({"OUTBAND_HECI": str(device.heci)}))
    said = p.stdout + FIBERS.sub("", p.stderr)
    check_sanitizers(said, "host")
    assert p.returncode == 0 and said == "", (p.returncode, said)


@pytest.mark.parametrize("compiler, language", [("cc", ["-xc", "-std=c99", "-pedantic"]), ("c++", ["-xc++", "-std=c++11"])])
def test_header_alone(compiler, language):
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not there")
    subprocess.run([compiler, *language, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", HEADER], check=True, timeout=60)


def test_exports_what_the_header_declares_and_nothing_else():
    out = subprocess.run(["nm", "-D", "--defined-only", folder_of_library() / "librpc.so.3"], capture_output=True, text=True,
                         check=True).stdout
    exported = {line.split()[-1].split("@")[0] for line in out.splitlines()} - {"LIBRPC_3"}
    assert exported == set(re.findall(r"^(?:int|void) (\w+)\(", HEADER.read_text(), re.M))
