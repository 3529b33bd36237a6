# SPDX-License-Identifier: Apache-2.0
"""docs/virtual-device.md says what the code does: classes, duties, faults and commands."""
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs/virtual-device.md").read_text()


def section(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S).group(1)


def rows(text, columns):
    """Cells of the table rows, without heads."""
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [r for r in found if len(r) == columns and not set("".join(r)) <= set("-") and r[-1] != "Shown by"]


def test_classes_are_as_the_code_says():
    amtsim = Path(os.environ["OUTBAND_TEST_BUILD"]) / "src/sim/amtsim"
    table = subprocess.run([amtsim, "--abilities"], capture_output=True, text=True, check=True).stdout
    assert f"<!-- abilities -->\n{table}<!-- end of abilities -->" in PAGE, "run make docs"
    assert table.count("| supported |") > 50


def known_tests():
    names = set()
    for path in [*(ROOT / "src/sim").glob("*_test.c"), *(ROOT / "tests").glob("*/test_*.py")]:
        names |= set(re.findall(r"(?:cmocka_unit_test\w*\(|\bT(?:EST)?\(|\bdef )\s*(\w+)", path.read_text()))
    return names


def test_duties_are_shown_by_tests_that_exist():
    known = known_tests()
    table = rows(section("What it does of what firmware does"), 3)
    assert len(table) > 40
    for duty, state, shown in table:
        if duty.startswith("**") and not state:
            continue
        assert re.match(r"supported$|partly: .|no\b", state), duty
        tests = re.findall(r"`(\w+)`", shown)
        assert tests or state.startswith("no"), f"{duty}: shown by nothing"
        missing = [t for t in tests if t not in known]
        assert not missing, f"{duty}: no test is called {missing}"


def code_strings(path, table):
    body = re.search(rf"\b{table}\[\] = {{(.*?)^}};", (ROOT / path).read_text(), re.M | re.S).group(1)
    return set(re.findall(r'{"([a-z-]+)"', body))


def test_commands_and_faults_are_those_of_the_code():
    text = section("Telling it things")
    words = {w for cell in re.findall(r"^\| (`[^|]*) \|", text, re.M) for w in re.findall(r"`([a-z-]+)", cell)}
    faults = code_strings("src/sim/faults.c", "rows") | {"clock-skew", "class"}
    commands = code_strings("src/sim/control.c", "commands")
    assert faults and commands and faults | commands <= words, (faults | commands) - words
    assert words - faults - commands <= {"down", "off", "suffix"}, words - faults - commands
