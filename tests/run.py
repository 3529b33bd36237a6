#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every test: unit tests and fuzz corpora under sanitizers (twice where a database matters: on
SQLite and on a PostgreSQL started here), the house's rules, and the end-to-end tests on the real
binaries. The last line is "N passed, N failed" (", N skipped"), counting single test functions."""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from lib.postgres import Postgres  # noqa: E402


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, passed, failed, skipped=0):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped


def sanitizer_env(**extra):
    env = dict(os.environ)
    env["ASAN_OPTIONS"] = "abort_on_error=0:exitcode=99:detect_leaks=1:detect_stack_use_after_return=0"
    env["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1"
    env.update(extra)
    return env


def unit_tests(build):
    out = subprocess.run(["meson", "introspect", "--tests", str(build)], capture_output=True, text=True,
                         check=True)
    tests = sorted(json.loads(out.stdout), key=lambda t: -t["priority"])  # long ones first: nobody waits for them alone
    return [(t["name"], t["cmd"], t["suite"]) for t in tests]


UNIT_SECONDS = 900  # the failure table takes two minutes; a busy machine several times that


def run_unit(name, cmd, env):
    """One cmocka program: its own counts, and what to print; a crash or a sanitizer report is one more failure."""
    start = time.monotonic()
    try:
        p = subprocess.run(cmd, capture_output=True, text=True, errors="replace", env=env, timeout=UNIT_SECONDS)
        text, code = p.stdout + p.stderr, p.returncode
    except subprocess.TimeoutExpired as e:
        text = (e.stdout or b"").decode(errors="replace") + (e.stderr or b"").decode(errors="replace")
        code = f"no end in {UNIT_SECONDS} s"
    passed = sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test", text))
    failed = sum(int(n) for n in re.findall(r"\[  FAILED  \] (\d+) test", text))
    skipped = sum(int(n) for n in re.findall(r"\[  SKIPPED \] (\d+) test", text))
    # cmocka counts skipped ones in neither
    if code != 0 and failed == 0:
        failed = 1
    if passed + failed + skipped == 0:
        failed = 1
        text += "\nthe program ran no test\n"
    took = time.monotonic() - start
    state = "ok" if failed == 0 else "FAILED"
    lines = [f"{state:6} {name}: {passed} passed, {failed} failed"
             + (f", {skipped} skipped" if skipped else "") + f" ({took:.1f} s)"]
    lines += ["       " + line.strip() for line in re.findall(r"^.*(?:skipped:|SKIP:).*$", text, re.M)]
    if failed:
        lines.append(text[-6000:])
    return (passed, failed, skipped), "\n".join(lines)


def run_units(tests, pg, count):
    """Two at a time: many wait for a clock or a disk."""
    def one(test):
        name, cmd, _ = test
        url = pg.database("t_" + re.sub(r"\W", "_", name))
        return run_unit(name, cmd, sanitizer_env(OUTBAND_TEST_PG_URL=url, OUTBAND_TEST_SOURCE=str(ROOT)))

    with ThreadPoolExecutor(2) as pool:
        for done in as_completed([pool.submit(one, t) for t in tests]):
            numbers, text = done.result()
            count.add(*numbers)
            print(text, flush=True)


def run_pytest(args, env, count, what):
    with tempfile.NamedTemporaryFile(suffix=".xml") as xml:
        code = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs",
                               "-n", "2", "--dist", "loadfile", "--durations", "15", f"--junitxml={xml.name}",
                               *args], env=env, cwd=ROOT).returncode
        try:
            suite = ET.parse(xml.name).getroot().find("testsuite")
            tests, bad = int(suite.get("tests")), int(suite.get("failures")) + int(suite.get("errors"))
            skipped = int(suite.get("skipped"))
        except (ET.ParseError, AttributeError):
            tests, bad, skipped = 1, 1, 0
    if code != 0 and bad == 0:
        bad = 1
    count.add(max(tests - bad - skipped, 0), bad, skipped)
    print(f"{'ok' if bad == 0 else 'FAILED':6} {what}", flush=True)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--build", default="build")
    ap.add_argument("--asan", default="build-asan")
    ap.add_argument("--only", help="unit tests whose name contains this; no end-to-end tests")
    args = ap.parse_args()
    build, asan = (ROOT / args.build).resolve(), (ROOT / args.asan).resolve()
    count = Count()

    with Postgres() as pg:
        run_units([t for t in unit_tests(asan) if not args.only or args.only in t[0]], pg, count)
        if not args.only:
            env = sanitizer_env(OUTBAND_TEST_BUILD=str(build), OUTBAND_TEST_ASAN=str(asan),
                                OUTBAND_TEST_PG_ADMIN=pg.url("postgres"), PYTHONPATH=str(ROOT / "tests"))
            run_pytest(["tests/house", "tests/e2e", "tests/interop"], env, count, "house, end to end, interop")

    tail = f", {count.skipped} skipped" if count.skipped else ""
    print(f"{count.passed} passed, {count.failed} failed{tail}")
    return 1 if count.failed else 0


if __name__ == "__main__":
    sys.exit(main())
