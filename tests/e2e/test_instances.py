# SPDX-License-Identifier: Apache-2.0
"""Two instances on one PostgreSQL and one Vault: they agree on keys, and on who has a device.

OUTBAND_TEST_MOVES=1000 for the full number of moves; OUTBAND_TEST_SEED repeats a run."""
import os
import random
import signal
import time

import pytest

from lib import apf
from lib.server import DEVICE_PASSWORD, PASSWORD
from lib.vault import Vault
from lib.wait import until

TOKEN = "t.first-token-of-tests"
MOVES = int(os.environ.get("OUTBAND_TEST_MOVES", 60))
OWNER_SECONDS = 1.0


@pytest.fixture
def pair(make_server, new_database, tmp_path):
    """Both started for the first time at the same moment."""
    vault = Vault(TOKEN).start()
    file = tmp_path / "vault-token"
    file.write_text(TOKEN + "\n")
    file.chmod(0o600)
    url = new_database("postgres")
    servers = [make_server(fresh=True, plain=True, db_url=url,
                           settings={"mps.instance": name, "secrets.url": vault.url, "log.level": "info",
                                     "secrets.vault.token_file": str(file)}) for name in ("one", "two")]
    for s in servers:
        s.launch()
    for s in servers:
        line = until(lambda: s.find("ready") or not s.process.running(), 60, "ready")
        assert line is not True, s.process.output()[-3000:]
        s.rest_port, s.cira_port = line["rest_port"], line["cira_port"]
        s.settings["mps.rest.listen"] = f"127.0.0.1:{s.rest_port}"
        s.settings["mps.cira.listen"] = f"127.0.0.1:{s.cira_port}"
    yield servers
    for s in servers:
        s.close()
    vault.stop()


def test_first_starts_at_once_make_one_set_of_keys(pair):
    one, two = pair
    assert one.root().read_bytes() == two.root().read_bytes()
    token = one.token()
    assert two.rest(token).call("GET", "devices").status == 200
    assert one.rest(two.token()).call("GET", "devices").status == 200


def test_a_logout_at_one_counts_at_the_other(pair):
    one, two = pair
    token = one.anonymous().call("POST", "authorize", {"username": "admin", "password": PASSWORD}).json["token"]
    at_one, at_two = one.rest(token), two.rest(token)
    assert at_two.call("GET", "devices").status == 200, "known there by now"
    assert at_one.call("POST", "authorize/logout").status == 200
    assert at_one.call("GET", "devices").status == 401
    until(lambda: at_two.call("GET", "devices").status == 401, 4, "the other one knows")
    two.kill()
    two.start()
    assert at_two.call("GET", "devices").status == 401


def owner(server, token, guid):
    row = server.rest(token).device(guid)
    return row["mpsInstance"] if row["connectionStatus"] else None


def connect(server, guid):
    cira = apf.Cira(server.cira_port)
    assert cira.login(guid, "admin", DEVICE_PASSWORD)
    return cira


def test_owner_is_the_one_that_has_the_device(pair, new_guid):
    signal.setitimer(signal.ITIMER_REAL, 120 + 3 * MOVES)
    seed = int(os.environ.get("OUTBAND_TEST_SEED", random.randrange(1 << 30)))
    print("OUTBAND_TEST_SEED", seed)
    chance, guid = random.Random(seed), new_guid()
    pair[0].import_devices(guid)
    token, links, slowest, kills = pair[0].token(), [], 0.0, 0
    for move in range(MOVES):
        at = pair[move % 2]
        links.append((at, connect(at, guid)))
        since = time.monotonic()
        until(lambda: owner(at, token, guid) == at.settings["mps.instance"], OWNER_SECONDS + 4,
              f"move {move}, seed {seed}: its owner is in the database")
        slowest = max(slowest, time.monotonic() - since)
        # The instance it left notices late, or never, or dies and comes back.
        if len(links) > 1 and chance.random() < 0.5:
            links.pop(chance.randrange(len(links) - 1))[1].close()
        if chance.random() < 0.1:
            victim = chance.choice(pair)
            victim.kill()
            kills += 1
            victim.start()
            links = [(s, c) for s, c in links if s is not victim]
            if victim is at:
                until(lambda: owner(pair[1 - move % 2], token, guid) is None, 10, "nobody has it")
                continue
        assert owner(pair[chance.randrange(2)], token, guid) == at.settings["mps.instance"], (move, seed)
    print(f"{MOVES} moves, {kills} kills, slowest owner after {slowest:.3f} s")
    assert slowest <= OWNER_SECONDS, f"an owner was late by {slowest:.3f} s, seed {seed}"
    for _, c in links:
        c.close()


def test_devices_of_a_dead_instance_are_freed_by_the_other(pair, new_guid):
    one, two = pair
    guid = new_guid()
    one.import_devices(guid)
    token = one.token()
    link = connect(one, guid)
    until(lambda: owner(two, token, guid) == "one", 5, "connected")
    one.kill()
    # It is silent for 20 s, then its devices are nobody's; told by the other one.
    until(lambda: owner(two, token, guid) is None, 40, "the other noticed")
    assert two.find("instances were silent for too long; their devices count as disconnected until they connect again")
    link.close()
    one.start()


def test_drain_lets_devices_go_one_after_the_other(make_server, make_sim, new_guid):
    guid = "d0000000-0000-4000-8000-000000000100"
    server = make_server(settings={"mps.drain_ms": 3000}).start()
    guids = [f"d0000000-0000-4000-8000-0000000001{i:02x}" for i in range(20)]
    server.import_devices(*guids)
    make_sim(server, guid, count=20)
    rest = server.rest()
    until(lambda: rest.get("devices/stats")["connectedCount"] == 20, 30, "all are connected")
    server.process.signal(signal.SIGTERM)
    until(lambda: server.anonymous().call("GET", "/readyz").status == 503, 5, "not ready any more")
    seen = set()

    def half_way():
        seen.add(rest.get("devices/stats")["connectedCount"])
        return any(5 <= n <= 15 for n in seen)

    until(half_way, 5, f"some are still there while others went, REST answers: {seen}")
    assert server.process.wait(20) == 0
    server.process = None
