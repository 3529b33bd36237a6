# SPDX-License-Identifier: Apache-2.0
"""Redirection of full virtual devices by the distribution's amtterm: a console that was not written here."""
import pytest

from lib.amtterm import log_in_and_look_around
from lib.tls_relay import TlsRelay


@pytest.mark.parametrize("state", ["ccm", "acm"])
def test_amtterm_logs_in_to_the_host_over_sol(full_device, console, state):
    device = full_device(state)
    log_in_and_look_around(console(device.address))
    assert "outband Linux" in device.ctl("screen")


def test_amtterm_logs_in_over_tls(full_device, console):
    """amtterm 1.4 has no TLS: a relay puts it around what it says, the device's port 16995 takes it off."""
    device = full_device("acm", "--tls")
    relay = TlsRelay(device.address, 16995)
    try:
        log_in_and_look_around(console("127.0.0.1", relay.port))
        assert relay.version in ("TLSv1.2", "TLSv1.3")
        assert "outband Linux" in device.ctl("screen")
    finally:
        relay.close()


def test_amtterm_with_a_wrong_password_is_refused(full_device, console):
    term = console(full_device("acm").address, password="wrong")
    term.expect("failed")
