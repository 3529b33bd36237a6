# SPDX-License-Identifier: Apache-2.0
"""Consoles through the relay while the device's host is reset, switched off and on again: AMT keeps them, and so does
the relay."""
import pytest

from lib.redirection import Kvm, Sol
from lib.wait import until

ON = {"userConsent": "none", "enableSOL": True, "enableIDER": True, "enableKVM": True}


@pytest.fixture
def consoles(site):
    site.rest.post(f"amt/features/{site.acm.guid}", ON)
    opened = []

    def new(kind):
        token = site.rest.get(f"authorize/redirection/{site.acm.guid}")["token"]
        opened.append(kind("127.0.0.1", site.server.rest_port, site.acm.guid, protocol=token))
        return opened[-1]

    yield new
    for c in opened:
        c.close()
    until(lambda: site.rest.get("redirection/sessions") == [], 10, "closed")


def act(site, action):
    site.rest.post(f"amt/power/action/{site.acm.guid}", {"action": action})


def ids(site):
    return {s["mode"]: s["id"] for s in site.rest.get("redirection/sessions")}


def test_sol_shows_the_boot_after_a_reset(site, consoles):
    sol = consoles(Sol)
    before = ids(site)
    sol.expect("login:")
    act(site, 10)
    sol.expect("login:")
    sol.type("root\r")
    sol.expect("Password:")
    assert ids(site) == before, "one session all along"


def test_sol_lasts_over_off_and_on(site, consoles):
    sol = consoles(Sol)
    before = ids(site)
    act(site, 8)
    until(lambda: site.acm.control("state")["power"] == 8, 10, "off")
    assert site.rest.get(f"devices/redirectstatus/{site.acm.guid}")["isSOLConnected"]
    sol.seen = ""
    act(site, 2)
    sol.expect("login:")
    assert ids(site) == before


def test_kvm_shows_the_boot_after_a_reset(site, consoles):
    kvm = consoles(Kvm)
    before = ids(site)
    kvm.draw()
    first = list(kvm.screen)
    act(site, 10)
    # BIOS and boot menu come by on the same session, then the desktop is there again.
    changed = set()

    def again():
        kvm.ask()
        kvm.update()
        changed.add(kvm.screen != first)
        return changed == {True, False} or (True in changed and kvm.screen == first)

    until(again, 30, "other pictures, then the first one")
    kvm.key(0x61)
    assert ids(site) == before
    assert site.rest.get(f"devices/redirectstatus/{site.acm.guid}")["isKVMConnected"]


def test_a_console_at_the_setup_is_told_nothing_and_stays(site, consoles):
    """mps#2472: KVM was lost after Reset to BIOS."""
    kvm = consoles(Kvm)
    kvm.draw()
    before, picture = ids(site), list(kvm.screen)
    site.rest.post(f"amt/power/bootOptions/{site.acm.guid}", {"action": 101, "useSOL": False})

    def setup():
        kvm.ask()
        kvm.update()
        return kvm.screen != picture and "etup" in site.acm.control("screen")["text"]

    until(setup, 30, "the setup is on the screen")
    assert ids(site) == before
    kvm.key(0xFF1B)
    act(site, 10)
