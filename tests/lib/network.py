# SPDX-License-Identifier: Apache-2.0
"""Networks of processes' own: what listens on a port there is not met by anybody else, nor meets what listens here."""
import contextlib
import os
import shutil

import pytest

from lib.process import Process
from lib.wait import until

# Prefix of a command: a network of its own, for it and its children.
OWN_NETWORK = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]


def can_have_networks():
    return os.geteuid() == 0 and all(map(shutil.which, ("unshare", "nsenter", "ip")))


def beside(process):
    """Prefix of a command that runs in the process's network."""
    return ["nsenter", "--net", "--target", str(process.pid)]


@contextlib.contextmanager
def lms_alone(heci, log):
    """Our lms on 127.0.0.1 of a network of its own, as clients with fixed addresses look for it."""
    if not can_have_networks():
        pytest.skip("a network of its own for lms needs root, unshare, nsenter and ip")
    lms = Process("lms", ["--listen", "127.0.0.1", "--heci", heci], log, prefix=OWN_NETWORK)
    until(lambda: "ready" in lms.output() or not lms.running(), 20, "lms is ready")
    assert lms.running(), lms.output()
    yield lms
    assert lms.stop() == 0, lms.output()
