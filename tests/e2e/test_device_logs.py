# SPDX-License-Identifier: Apache-2.0
"""Audit log and event log of full devices over REST: decoded, newest first, every record reachable."""
import csv
import io

import pytest


def audit(site, start=0):
    return site.rest.get(f"amt/log/audit/{site.acm.guid}?startIndex={start}")


@pytest.fixture(scope="module")
def filled(site):
    """More records than one page, of several kinds."""
    guid = site.acm.guid
    for i in range(13):
        site.rest.post(f"amt/features/{guid}", {"userConsent": "kvm" if i % 2 else "none", "enableSOL": bool(i % 2),
                                                "enableIDER": True, "enableKVM": True})
    return site


def test_every_record_is_reached_newest_first(filled):
    first = audit(filled)
    total, seen, start = first["totalCnt"], [], 1
    assert total > 20
    while start <= total:
        page = audit(filled, start)
        assert page["totalCnt"] == total and 1 <= len(page["records"]) <= 10
        seen += page["records"]
        start += len(page["records"])
    assert len(seen) == total
    assert [r["Time"] for r in seen] == sorted((r["Time"] for r in seen), reverse=True)
    # The newest is what was done last; the oldest is the set-up.
    newest = audit(filled)["records"][0]
    assert newest == seen[0]
    filled.rest.post(f"amt/features/{filled.acm.guid}", {"userConsent": "all", "enableSOL": True, "enableIDER": True,
                                                        "enableKVM": True})
    after = audit(filled)
    assert after["totalCnt"] > total
    last = next(r for r in after["records"] if r["AuditAppID"] == 30)
    assert (last["Event"], last["ExStr"], last["Initiator"]) == ("Opt-In Policy Change", "From None to All", "admin")
    assert last["AuditApp"] == "User Opt-In Events" and last["InitiatorType"] == 0
    filled.rest.post(f"amt/features/{filled.acm.guid}", {"userConsent": "none", "enableSOL": True, "enableIDER": True,
                                                        "enableKVM": True})


@pytest.mark.parametrize("start, left_out", [(1, 0), (2, 1), (10, 9), (12, 11)])
def test_a_page_starts_with_the_record_of_its_index(filled, start, left_out):
    whole = audit(filled)["records"] + audit(filled, 11)["records"] + audit(filled, 21)["records"]
    assert audit(filled, start)["records"] == whole[left_out:left_out + 10]


def test_beyond_the_oldest_there_is_nothing(filled):
    total = audit(filled)["totalCnt"]
    assert len(audit(filled, total)["records"]) == 1
    for start in (total + 1, total + 2, 10 ** 9, 10 ** 30):
        assert audit(filled, start) == {"totalCnt": total, "records": []}


@pytest.mark.parametrize("start", ["x", "-1", "1.5", ""])
def test_what_is_no_index_is_refused(site, start):
    answer = site.rest.call("GET", f"amt/log/audit/{site.acm.guid}?startIndex={start}")
    assert answer.status == 400 and answer.json["errors"][0]["location"] == "query"


def test_the_log_is_read_without_an_index(site):
    assert site.rest.get(f"amt/log/audit/{site.acm.guid}")["records"]


def test_events_of_a_boot_are_told_in_words(site):
    site.acm.power(8)
    site.acm.power(2)
    events = site.rest.get(f"amt/log/event/{site.acm.guid}")
    assert events and all(e["EntityStr"] for e in events)
    texts = {e.get("Desc") for e in events}
    assert "Starting operating system boot process" in texts, texts
    one = next(e for e in events if e.get("Desc") == "Starting operating system boot process")
    assert one["EventSensorType"] == 15 and one["EntityStr"] == "BIOS" and len(one["EventData"]) == 8
    assert one["TimeStamp"].endswith("Z")


@pytest.mark.parametrize("kind, cls, text", [("audit", "AMT_AuditLog", "Exception during AMT AuditLog request"),
                                             ("event", "AMT_MessageLog", "Exception during AMT Event Log request")])
def test_a_silent_log_is_a_time_out(site, kind, cls, text):
    site.acm.control("fault", "class", cls, "silent")
    try:
        answer = site.rest.call("GET", f"amt/log/{kind}/{site.acm.guid}")
        assert answer.status == 504 and answer.json["errorDescription"] == text
    finally:
        site.acm.control("clear-faults")


def rows_of(answer, file):
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/csv; charset=utf-8", answer
    assert answer.headers["Content-Disposition"] == f"attachment; filename={file}"
    return list(csv.reader(io.StringIO(answer.text)))


def test_the_audit_log_is_a_file_too(filled):
    """Console's download: every record, in the order of the pages."""
    total = audit(filled)["totalCnt"]
    records = [r for start in range(1, total + 1, 10) for r in audit(filled, start)["records"]]
    rows = rows_of(filled.rest.call("GET", f"amt/log/audit/{filled.acm.guid}/download"), "audit_logs.csv")
    assert rows[0] == ["ID", "Time", "Event", "Description"]
    assert rows[1:] == [[str(r["EventID"]), r["Time"], r["Event"], r["ExStr"] or ""] for r in records]


def test_the_event_log_is_a_file_too(site):
    site.acm.power(8)
    site.acm.power(2)
    records = site.rest.get(f"amt/log/event/{site.acm.guid}")
    rows = rows_of(site.rest.call("GET", f"amt/log/event/{site.acm.guid}/download"), "event_logs.csv")
    assert rows[0] == ["Time", "Source", "Event Severity", "Description"]
    assert records and [r[:2] + r[3:] for r in rows[1:]] == [
        [r["TimeStamp"] or "", r["EntityStr"], r.get("Desc") or ""] for r in records]
    assert {r[2] for r in rows[1:]} <= {"Unspecified", "Monitor", "Information", "OK", "Non-critical condition",
                                        "Critical condition", "Non-recoverable condition"}
