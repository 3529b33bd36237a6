# SPDX-License-Identifier: Apache-2.0
"""What an operator of the server has: figures, probes, the log's level, records of who did what."""
import re
import signal
import sqlite3
import time

import pytest

from lib.wait import until


def figure(text, name):
    found = re.search(rf"^{re.escape(name)} ([0-9.e+-]+)$", text, re.M)
    assert found, f"{name} is not in\n{text}"
    return float(found[1])


def test_metrics_tell_of_devices_and_requests(server, make_sim, new_guid):
    guid = new_guid()
    server.import_devices(guid)
    make_sim(server, guid)
    until(lambda: server.rest().connected(guid), 20, "device connected")
    monitor = server.rest(role="monitor")
    text = monitor.call("GET", "/metrics").text
    assert figure(text, "outband_cira_devices") == 1
    assert figure(text, 'outband_cira_logins_total{outcome="accepted"}') == 1
    assert figure(text, 'outband_http_answers_total{server="mps",class="2xx"}') >= 1
    assert figure(text, "process_resident_memory_bytes") > 1e6
    assert figure(text, "outband_db_writes_total") >= 1
    for line in text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) \S+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? \S+', line), line
    families = re.findall(r"^# TYPE (\S+)", text, re.M)
    assert len(families) == len(set(families))
    assert monitor.call("GET", "devices").status == 403


def test_signals_change_the_log_level(server):
    admin = server.rest()
    assert admin.get("log/level") == {"level": "debug"}
    server.process.signal(signal.SIGUSR1)
    until(lambda: admin.get("log/level") == {"level": "trace"}, 10, "one level more")
    assert admin.call("PUT", "log/level", {"level": "error"}).json == {"level": "error"}
    server.process.signal(signal.SIGUSR2)
    until(lambda: admin.get("log/level") == {"level": "debug"}, 10, "as configured")


def test_records_outlive_a_kill(server, make_sim, new_guid):
    guid = new_guid()
    server.import_devices(guid)
    make_sim(server, guid)
    operator = server.rest(user="otto")
    until(lambda: operator.connected(guid), 20, "device connected")
    operator.post(f"amt/power/action/{guid}", {"action": 8})
    server.kill()
    server.start()
    records = server.rest().get(f"audit?device={guid}")["records"]
    assert [(r["user"], r["action"], r["outcome"], r["detail"], r["peer"]) for r in records] == [
        ("otto", "POST /api/v1/amt/power/action/{guid}", "200", "action 8", "127.0.0.1")]


def test_old_audit_records_go_when_a_setting_says_so(make_server):
    server = make_server(settings={"audit.retention_days": 30}).start()
    rest = server.rest()
    rest.call("PUT", "log/level", {"level": "debug"})
    newest = rest.get("audit")["records"]
    server.stop()
    with sqlite3.connect(server.data / "outband.db") as db:
        day = 86400000
        for days in (400, 31, 29):
            db.execute("INSERT INTO ob_audit(at, who, tenant, what, outcome) VALUES (?, 'otto', '', 'old', ?)",
                       (int(time.time() * 1000) - days * day, f"{days} days"))
        for text in ("DELETE FROM ob_audit", "UPDATE ob_audit SET who = 'x'"):
            with pytest.raises(sqlite3.IntegrityError, match="kept as they are"):
                db.execute(text)
    db.close()
    server.start()
    rest = server.rest()

    def outcomes():
        return {r["outcome"] for r in rest.get("audit")["records"] if r["action"] == "old"}

    until(lambda: outcomes() == {"29 days"}, 20, "the older ones are gone")
    assert server.find("old audit records were deleted", records=2)
    assert all(r in rest.get("audit")["records"] for r in newest)
