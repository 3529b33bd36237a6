# SPDX-License-Identifier: Apache-2.0
"""Every route of the product, read from its sources and checked against the built program, so that a test
over all routes notices a new one."""
import re
from pathlib import Path

from lib.process import ROOT, program

ROW = re.compile(r'\{\s*(?:\.method\s*=\s*)?"(GET|POST|PUT|PATCH|DELETE)",\s*(?:\.path\s*=\s*)?"(/[^"]+)"(.*?)\},', re.S)


RPS = "/api/v1/admin"
WEBSOCKETS = "/activate", "/ea"	# of the RPS, each at a port of its own


def every_route(rps=False):
    """{(method, path): set of the permissions it needs} of the MPS, or of the RPS (its REST); some are both's"""
    routes, folders, both = {}, {}, set()
    for file in sorted((ROOT / "src").rglob("*.c")):
        if re.search("_(test|fake)", file.name):
            continue
        text = file.read_text()
        rows = ROW.findall(text)
        assert rows or "const struct http_route " not in re.sub(r"const struct http_route \*", "", text), \
            f"{file} has routes that are not understood here"
        for method, path, rest in rows:
            needs = set(re.findall(r"\bIAM_(\w+)", rest))
            assert needs, f"{method} {path} in {file} needs no permission"
            already = folders.setdefault((method, path), set())
            assert file.parent.name not in already and routes.get((method, path), needs) == needs, \
                f"{method} {path} is there twice"
            already.add(file.parent.name)
            routes[method, path] = needs
            if file.name == "iam_ops.c" or already == {"mps", "rps"}:
                both.add((method, path))
    paths = rb"\0(/(?:(?:api|relay)/[^\0%]+|metrics|livez|readyz|activate|ea))(?=\0)"
    built = {p.decode() for p in re.findall(paths, Path(program("outband", True)).read_bytes())}
    assert built == {path for _, path in routes}, "paths in the program differ from those found in the sources"
    return {r: needs for r, needs in routes.items() if r in both or (r[1].startswith(RPS) == rps and r[1] not in WEBSOCKETS)}
