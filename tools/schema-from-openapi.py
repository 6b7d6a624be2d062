#!/usr/bin/env python3
"""Takes facts about Kubernetes kinds out of an API server's OpenAPI v3 document (`/openapi/v3/api/v1`).

  schema-from-openapi.py --kinds Pod,ConfigMap,Status,ListMeta openapi.json > schema/core_v1.json
  schema-from-openapi.py --kinds Deployment --beside schema/core_v1.json openapi-apps.json > schema/apps_v1.json
  schema-from-openapi.py --check schema/core_v1.json openapi.json

The first form writes the named kinds and every type they contain; with --beside without those that the other file
holds. The last one lists what differs from what the document says now, and exits 1 if anything does. The format is
described in schema/README.md. No prose is taken over.
"""
import argparse
import difflib
import json
import sys

# Types whose JSON is no object of named members; everything else follows from the document.
SCALARS = {
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "Time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "Time",
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "Quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "IntOrString",
}
# Members that are left out, so that decoders skip them.
DROPPED = ["ObjectMeta.managedFields"]


def short(name):
    return name.rsplit(".", 1)[-1]


def target(node):
    """The full name of the type that a node refers to, directly or through `allOf`."""
    for part in [node, *node.get("allOf", [])]:
        if "$ref" in part:
            return part["$ref"].rsplit("/", 1)[-1]
    return None


def expression(node):
    """`[]Container`, `{}string`, `int32`, `PodSpec`."""
    ref = target(node)
    if ref:
        return SCALARS.get(ref) or short(ref)
    kind = node.get("type")
    if kind == "array":
        return "[]" + expression(node["items"])
    if kind == "object" and "additionalProperties" in node:
        return "{}" + expression(node["additionalProperties"])
    if kind == "integer":
        return node.get("format", "int64")
    if kind == "string":
        return "bytes" if node.get("format") == "byte" else "string"
    if kind == "boolean":
        return "bool"
    raise SystemExit(f"no rule for {json.dumps(node)[:200]}")


def presence(node, required):
    """`!`: the API requires it; nothing: absent and empty are the same; `?`: absence means something of its own."""
    if required:
        return "!"
    kind = expression(node)
    empty_says_it = kind in ("string", "bytes", "Time", "Quantity") or kind[:2] in ("[]", "{}")
    return "" if empty_says_it or "default" in node else "?"


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


class Document:
    def __init__(self, path):
        document = load(path)
        self.types = document["components"]["schemas"]
        self.paths = document["paths"]

    def find(self, name):
        found = [full for full in self.types if short(full) == name]
        if len(found) != 1:
            raise SystemExit(f"{name} names {len(found)} types of the document: {found}")
        return found[0]

    def resource(self, kind):
        """Where a kind is listed, if it is."""
        for path, operations in sorted(self.paths.items(), key=lambda item: "{namespace}" not in item[0]):
            get = operations.get("get", {})
            is_list = get.get("x-kubernetes-action") == "list" and "/watch/" not in path
            if is_list and get["x-kubernetes-group-version-kind"]["kind"] == kind:
                return {"plural": path.rsplit("/", 1)[-1], "namespaced": "{namespace}" in path}
        return None

    def members(self, full):
        node = self.types[full]
        required = node.get("required", [])
        return {
            name: expression(member) + presence(member, name in required)
            for name, member in sorted(node.get("properties", {}).items())
            if f"{short(full)}.{name}" not in DROPPED
        }

    def reachable(self, roots):
        seen, todo = set(), [self.find(name) for name in roots]
        while todo:
            full = todo.pop()
            if full in seen or full in SCALARS:
                continue
            seen.add(full)
            kept = [m for n, m in self.types[full].get("properties", {}).items() if f"{short(full)}.{n}" not in DROPPED]
            todo += [ref for member in kept for ref in references(member)]
        return sorted(seen, key=short)


def references(node):
    if target(node):
        yield target(node)
    for inner in ("items", "additionalProperties"):
        if isinstance(node.get(inner), dict):
            yield from references(node[inner])


def facts(document, names, beside):
    shared = load(beside)["types"] if beside else {}
    full_names = document.reachable(names)
    if len({short(full) for full in full_names}) != len(full_names):
        raise SystemExit("two types share one short name")
    types = {short(full): document.members(full) for full in full_names}
    resources = {name: document.resource(name) for name in names}
    identity = document.types[document.find(names[0])]["x-kubernetes-group-version-kind"][0]
    return {
        "group": identity["group"],
        "version": identity["version"],
        "asked": names,
        "beside": beside,
        "dropped": DROPPED,
        "kinds": {name: resource for name, resource in resources.items() if resource},
        "types": {name: members for name, members in types.items() if shared.get(name) != members},
    }


def text(value):
    return json.dumps(value, indent=1) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--kinds", metavar="KIND,...", help="kinds to take; the first one gives group and version")
    what.add_argument("--check", metavar="FILE", help="compare FILE with the document instead of writing")
    parser.add_argument("--beside", metavar="FILE", help="leave out types that this schema file holds")
    parser.add_argument("openapi", help="the document, a JSON file")
    arguments = parser.parse_args()
    document = Document(arguments.openapi)
    if arguments.kinds:
        sys.stdout.write(text(facts(document, arguments.kinds.split(","), arguments.beside)))
        return 0
    with open(arguments.check, encoding="utf-8") as file:
        kept = file.read()
    how = json.loads(kept)
    now = text(facts(document, how["asked"], how["beside"]))
    lines = kept.splitlines(True), now.splitlines(True)
    sys.stdout.writelines(difflib.unified_diff(*lines, arguments.check, arguments.openapi))
    return int(kept != now)


if __name__ == "__main__":
    sys.exit(main())
