# SPDX-License-Identifier: Apache-2.0
"""The rules of the house: who may include whom, headers compile alone, documents say what is."""
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SRC = ROOT / "src"
# A folder includes only folders above it; those on one line are peers and never include each other.
ORDER = [["base"], ["rt"], ["net"], ["amt"], ["store"], ["iam"], ["device"],
         ["mps", "rps", "router", "inventory", "dm", "gateway", "console"], ["agent"], ["cli"], ["sim"],
         ["outband"]]
RANK = {name: i for i, row in enumerate(ORDER) for name in row}
# What a folder must not know although it stands above: the virtual device and the agents are no servers.
NOT = {"amt": ["store", "iam"], "sim": ["store", "iam", "device", "mps", "rps"],
       "agent": ["store", "iam", "mps", "rps"]}


def sources():
    return sorted(p for p in SRC.rglob("*.[ch]"))


def includes(path):
    for n, line in enumerate(path.read_text().splitlines(), 1):
        m = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
        if m:
            yield n, m.group(1), m.group(2)


def violations(src, paths):
    """What in these sources below src breaks the rule, as "file:line: what"."""
    wrong = []
    for path in paths:
        here = path.relative_to(src).parts[0]
        assert here in RANK, f"{path}: folder {here} is not in the house's order"
        for n, quote, name in includes(path):
            there = name.split("/")[0]
            if "/" not in name or there not in RANK:
                if quote == '"':
                    wrong.append(f"{path}:{n}: own headers are included as <folder/file.h>")
                continue
            if there == here:
                continue
            main_may = here == "outband" or path.name.endswith("_test.c") and RANK[there] < RANK[here]
            if not main_may and (RANK[there] >= RANK[here] or there in NOT.get(here, [])):
                wrong.append(f"{path}:{n}: {here} must not include {there}")
    return wrong


def test_folders_include_only_folders_above():
    wrong = violations(SRC, sources())
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("folder, line, bad", [
    ("mps", "#include <device/device.h>", False),
    ("mps", "#include <stdio.h>", False),
    ("mps", "#include <mps/mps.h>", False),
    ("net", "#include <mps/mps.h>", True),
    ("base", "#include <rt/rt.h>", True),
    ("mps", "#include <rps/rps.h>", True),
    ("amt", "#include <store/db.h>", True),
    ("sim", "#include <mps/mps.h>", True),
    ("mps", '#include "mps.h"', True),
])
def test_rule_sees_a_violation(tmp_path, folder, line, bad):
    path = tmp_path / folder / "a.c"
    path.parent.mkdir()
    path.write_text("/* */\n" + line + "\n")
    assert bool(violations(tmp_path, [path])) == bad


@pytest.mark.parametrize("header", [p.relative_to(SRC).as_posix() for p in SRC.rglob("*.h")])
def test_header_compiles_alone(header):
    # A list of table rows (X-macros) is no header of its own.
    text = (SRC / header).read_text()
    flags = subprocess.run(["pkg-config", "--cflags", "libuv", "jansson", "openssl", "libpq", "expat", "sqlite3"],
                           capture_output=True, text=True, check=True).stdout.split()
    p = subprocess.run(["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-DOUTBAND_VERSION=\"\"", "-fsyntax-only", "-Wall", "-I", str(SRC),
                        *flags, "-include", str(SRC / header), "-x", "c", "/dev/null"],
                       capture_output=True, text=True)
    assert p.returncode == 0, p.stderr
    assert text.startswith("/* SPDX-License-Identifier: Apache-2.0")


def test_every_source_names_its_licence():
    for path in sources():
        assert path.read_text().startswith("/* SPDX-License-Identifier: Apache-2.0"), path


def test_configuration_page_matches_the_code():
    build = Path(os.environ["OUTBAND_TEST_BUILD"])
    table = subprocess.run([str(build / "src/outband/outband"), "config", "--markdown"], capture_output=True,
                           text=True, check=True).stdout
    page = (ROOT / "docs/configuration.md").read_text()
    assert table.strip() in page, ("docs/configuration.md is not what the code says; put the output of "
                                   "`outband config --markdown` between its markers (make docs)")


def test_requirements_page_has_every_number():
    page = (ROOT / "docs/requirements.md").read_text()
    numbers = [int(n) for n in re.findall(r"^\| SR-(\d{3}) \|", page, re.M)]
    assert numbers == list(range(1, 190))
    # every file that a row names exists
    for name in re.findall(r"`((?:src|tests|docs|scripts)/[\w./-]+)`", page):
        assert (ROOT / name).exists(), f"docs/requirements.md names {name}, which is not there"
