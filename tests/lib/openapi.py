# SPDX-License-Identifier: Apache-2.0
"""The APIs' descriptions (docs/api/*.yaml, OpenAPI 3.1): checked against the route tables in the sources, against
real answers, and a source of requests.

    spec = Spec("mps")
    spec.check(answer, "GET", "/api/v1/devices")        an answer of lib.rest
    Checked(port, token, spec=spec)                     a lib.rest client that checks every answer by itself
    for request in spec.requests("POST", "/api/v1/devices", guid=...): ...
"""
import copy
import itertools
import json
import re

import jsonschema
import yaml

from lib.process import ROOT
from lib.rest import Rest

METHODS = ("get", "post", "put", "patch", "delete")
ANY = [None, True, False, "", "x", "no such value", -1, 0, 1.5, 10 ** 12, [], ["x"], {}, {"x": 1}]


class Request:
    """One made from a description. valid: the description allows it, so it must not be answered 400 for its form."""

    def __init__(self, method, path, body, valid, why):
        self.method, self.path, self.body, self.valid, self.why = method, path, body, valid, why

    def __repr__(self):
        return f"{self.method} {self.path} {json.dumps(self.body)} ({self.why})"


class Spec:
    def __init__(self, name):
        self.file = ROOT / "docs" / "api" / f"{name}.yaml"
        self.doc = yaml.safe_load(self.file.read_text())
        self.operations = {}
        for path, item in self.doc["paths"].items():
            shared = item.get("parameters", [])
            for method in METHODS:
                if method in item:
                    op = self.resolve(item[method])
                    op["parameters"] = [self.resolve(p) for p in shared + op.get("parameters", [])]
                    self.operations[method.upper(), path] = op
        self.patterns = sorted(((re.compile("(?i)" + re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) + "/?"), path)
                                for path in self.doc["paths"]), key=lambda x: x[1].count("{"))

    # --- the description by itself ---

    def resolve(self, node):
        """Without $ref at its top."""
        while isinstance(node, dict) and "$ref" in node:
            assert node["$ref"].startswith("#/"), node
            at = self.doc
            for part in node["$ref"][2:].split("/"):
                assert part in at, f"{self.file.name}: {node['$ref']} leads nowhere"
                at = at[part]
            node = at
        return copy.copy(node)

    def validator(self, schema):
        return jsonschema.Draft202012Validator({**schema, "components": self.doc.get("components", {})})

    def faults(self):
        """What is wrong with the description itself, as texts."""
        out, ids = [], set()
        for (method, path), op in self.operations.items():
            where = f"{method} {path}"
            for key in ("operationId", "summary", "responses", "tags"):
                if not op.get(key):
                    out.append(f"{where} has no {key}")
            if op.get("operationId") in ids:
                out.append(f"{where}: operationId {op['operationId']} is there twice")
            ids.add(op.get("operationId"))
            named = {p["name"] for p in op["parameters"] if p["in"] == "path"}
            if named != set(re.findall(r"{(\w+)}", path)):
                out.append(f"{where}: path parameters are {named}")
            out += [f"{where}: {why}" for why in self.schema_faults(op)]
        return out

    def schema_faults(self, op):
        def schemas():
            for p in op["parameters"]:
                yield f"parameter {p['name']}", p["schema"]
            if "requestBody" in op:
                yield "body", self.body_schema(op)
            for status, response in op["responses"].items():
                for media in self.resolve(response).get("content", {}).values():
                    yield f"answer {status}", media["schema"]

        for what, schema in schemas():
            try:
                jsonschema.Draft202012Validator.check_schema(schema)
                for error in self.validator(schema).iter_errors({}):	# follows references
                    del error
            except Exception as e:  # whatever the library calls it, it is a fault here
                yield f"{what}: {e}"

    def compare(self, routes):
        """routes: {(method, path)} of the sources. What differs, as texts."""
        mine = set(self.operations)
        return [f"{m} {p} is served but not in {self.file.name}" for m, p in sorted(set(routes) - mine)] + \
               [f"{m} {p} is in {self.file.name} but not served" for m, p in sorted(mine - set(routes))]

    # --- answers ---

    def operation_of(self, method, path):
        """(template, operation) of a path as it was called."""
        path = path.split("?", 1)[0]
        for pattern, template in self.patterns:
            if pattern.fullmatch(path) and (method, template) in self.operations:
                return template, self.operations[method, template]
        return None, None

    def check(self, answer, method, path):
        """Fails unless the description allows this answer."""
        what = f"{method} {path} answered {answer}"
        template, op = self.operation_of(method, path)
        if op is None:
            assert answer.status == 404, f"{what}, but it is not in {self.file.name}"
            return
        responses = {str(k): v for k, v in op["responses"].items()}
        assert str(answer.status) in responses or "default" in responses, \
            f"{what}: {self.file.name} has no {answer.status} for {template}"
        content = self.resolve(responses.get(str(answer.status), responses.get("default"))).get("content")
        if content is None:
            assert answer.raw == b"", f"{what}: no body is described"
            return
        kind = answer.headers.get("Content-Type", "").split(";")[0]
        assert kind in content, f"{what}: content type {kind} is not described"
        if kind != "application/json":
            return
        errors = sorted(self.validator(content[kind]["schema"]).iter_errors(answer.json), key=str)
        assert not errors, f"{what}: not as described: {errors[0].message} at /{'/'.join(map(str, errors[0].path))}"

    # --- requests ---

    def body_schema(self, op):
        content = self.resolve(op["requestBody"])["content"]
        return content["application/json"]["schema"]

    def requests(self, method, path, **params):
        """Requests for an operation: its path with params filled in, valid ones and ones with one fault each."""
        op = self.operations[method, path]
        at = re.sub(r"{(\w+)}", lambda m: params[m[1]], path)
        queries = [p for p in op["parameters"] if p["in"] == "query"]
        body = self.body_schema(op) if "requestBody" in op else None
        usual = {p["name"]: self.good(p["schema"])[0] for p in queries if p.get("required")}
        good = self.good(body) if body else [None]
        out = [Request(method, at + query_text(usual), b, True, "as described") for b in good]
        for p in queries:
            for value in self.good(p["schema"]):
                out.append(Request(method, at + query_text({**usual, p["name"]: value}), good[0], True, p["name"]))
            for value in self.bad(p["schema"]):
                if isinstance(value, (str, int, float)) and not isinstance(value, bool) and \
                        not self.text_fits(p["schema"], str(value)):
                    out.append(Request(method, at + query_text({**usual, p["name"]: value}), good[0], False,
                                       f"{p['name']} is {value!r}"))
        if body:
            out += [Request(method, at + query_text(usual), b, False, "not as described") for b in self.bad(body)]
        return out

    def text_fits(self, schema, text):
        """Query parameters are text: 0 and "0" are the same."""
        forms = [text]
        try:
            forms.append(json.loads(text))
        except ValueError:
            pass
        return any(self.validator(schema).is_valid(f) for f in forms)

    def good(self, schema, depth=0):
        """A few values that fit, the simplest first."""
        out = [v for v in self.candidates(self.resolve(schema), depth)]
        fitting = [v for v in out if self.validator(schema).is_valid(v)]
        assert fitting, f"{self.file.name}: no value made for {schema} fits; give it examples"
        return unique(fitting)

    def candidates(self, s, depth):
        yield from s.get("examples", [])
        if "const" in s:
            yield s["const"]
        yield from s.get("enum", [])
        for one in itertools.chain(s.get("anyOf", []), s.get("oneOf", [])):
            yield from self.good(one, depth + 1)
        kinds = s.get("type", [])
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            yield from self.of_type(kind, s, depth)
        if not any(k in s for k in ("examples", "const", "enum", "anyOf", "oneOf", "type")):
            yield from ANY

    def of_type(self, kind, s, depth):
        if kind == "boolean":
            yield from (True, False)
        elif kind == "null":
            yield None
        elif kind in ("integer", "number"):
            yield from (s.get("minimum", 0), s.get("maximum", s.get("minimum", 0) + 1))
        elif kind == "string":
            yield "a" * max(s.get("minLength", 1), 1)
            if "maxLength" in s and "pattern" not in s:
                yield "a" * s["maxLength"]
        elif kind == "array":
            if s.get("minItems", 0) == 0:
                yield []
            if "items" in s and depth < 4:
                yield self.good(s["items"], depth + 1)[:max(s.get("minItems", 1), 1)]
        elif kind == "object":
            yield from self.objects(s, depth)

    def objects(self, s, depth):
        values = {k: self.good(v, depth + 1) for k, v in s.get("properties", {}).items()} if depth < 4 else {}
        least = {k: values[k][0] for k in s.get("required", [])}
        yield least
        yield {k: v[0] for k, v in values.items()}
        for key, some in values.items():
            for value in some:
                yield {**least, key: value}

    def bad(self, schema):
        """Values that do not fit; of an object, one property at a time."""
        s, validator = self.resolve(schema), self.validator(schema)
        out = list(ANY)
        if "maxLength" in s:
            out.append("a" * (s["maxLength"] + 1))
        for key, step in (("minimum", -1), ("maximum", 1)):
            if key in s:
                out.append(s[key] + step)
        if s.get("type") == "object":
            whole = self.good(schema)[0]
            out = [{k: v for k, v in whole.items() if k != key} for key in s.get("required", [])]
            for key, inner in s.get("properties", {}).items():
                out += [{**whole, key: value} for value in self.bad(inner)]
        return unique([v for v in out if not validator.is_valid(v)])


def unique(values):
    seen, out = set(), []
    for v in values:
        text = json.dumps(v, sort_keys=True)
        if text not in seen:
            seen.add(text)
            out.append(v)
    return out


def query_text(query):
    from urllib.parse import quote
    return "?" + "&".join(f"{quote(k)}={quote(str(v).lower() if isinstance(v, bool) else str(v))}"
                          for k, v in query.items()) if query else ""


class Checked(Rest):
    """Every answer to this client is as the description says."""

    def __init__(self, *args, spec, **kw):
        super().__init__(*args, **kw)
        self.spec = spec

    def call(self, method, path, body=None, headers=None):
        answer = super().call(method, path, body, headers)
        self.spec.check(answer, method, path if path.startswith("/") else "/api/v1/" + path)
        return answer
