# SPDX-License-Identifier: Apache-2.0
"""Collections of requests, run by newman."""
import json
import os
import subprocess
from pathlib import Path

RUN_SECONDS = 180


def names_by_id(items, folder=""):
    """{id: "folder/name"} of a collection's requests."""
    out = {}
    for item in items:
        if "item" in item:
            out.update(names_by_id(item["item"], item["name"] + "/"))
        else:
            out[item["id"]] = folder + item["name"]
    return out


def errors_of(execution):
    out = [a["assertion"] + ": " + a["error"]["message"] for a in execution.get("assertions", []) if a.get("error")]
    for kind in ("testScript", "prerequestScript"):
        out += [f"{kind}: {s['error']['message']}" for s in execution.get(kind, []) if s.get("error")]
    if "requestError" in execution:
        out.append(str(execution["requestError"]))
    return out


class Newman:
    """folder: the collections; environment: the file of their variables, of which variables replace some."""

    def __init__(self, program, folder, environment, variables, out):
        self.program, self.folder, self.out = program, Path(folder), out
        self.common = ["-e", self.folder / environment]
        for name, value in variables.items():
            self.common += ["--env-var", f"{name}={value}"]

    def run(self, collection, data=None):
        """[(name, [what went wrong])] of the requests in their order."""
        args = [self.program, "run", self.folder / collection, *self.common, "--reporters", "json",
                "--reporter-json-export", self.out, "--timeout-request", "30000"]
        if data:
            args += ["-d", self.folder / data]
        # It tells failed assertions by its exit status too.
        p = subprocess.run([str(a) for a in args], capture_output=True, text=True, timeout=RUN_SECONDS,
                           env={"PATH": os.environ["PATH"], "HOME": str(self.out.parent), "NO_PROXY": "127.0.0.1"})
        assert self.out.exists(), f"newman made no report:\n{p.stdout}\n{p.stderr}"
        report = json.loads(self.out.read_text())
        names = names_by_id(report["collection"]["item"])
        return [(names[x["item"]["id"]], errors_of(x)) for x in report["run"]["executions"]]
