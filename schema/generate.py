#!/usr/bin/env python3
"""Makes C++ of the schema files: a header of plain structs and a body of field tables for each.

  generate.py OUTPUT_DIR core_v1.json [apps_v1.json ...]

A type that several files hold belongs to the first; later headers include earlier ones.
"""
import json
import pathlib
import re
import sys

SCALARS = {
    "string": "std::string",
    "bool": "bool",
    "int32": "std::int32_t",
    "int64": "std::int64_t",
    "bytes": "Bytes",
    "Time": "Time",
    "Quantity": "Quantity",
    "IntOrString": "IntOrString",
}
ZEROED = ("bool", "int32", "int64")
# Keywords, and names that systems define as macros.
RESERVED = set(
    """linux unix stdin stdout stderr errno major minor
    alignas alignof and asm auto bool break case catch char class concept const consteval constexpr constinit
    continue decltype default delete do double else enum explicit export extern false float for friend goto if inline
    int long mutable namespace new noexcept not operator or private protected public register requires return short
    signed sizeof static struct switch template this throw true try typedef typeid typename union unsigned using
    virtual void volatile while xor""".split()
)


def snake(name):
    """`hostIPs` -> `host_ips`, `storagePolicyID` -> `storage_policy_id`, `namespace` -> `namespace_`."""
    words = re.findall(r"[A-Z]+s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)
    text = "_".join(words).lower()
    return text + "_" if text in RESERVED else text


class Member:
    def __init__(self, name, expression):
        self.json = name
        self.name = snake(name)
        self.optional = expression.endswith("?")
        self.container, self.inner = re.fullmatch(r"(\[\]|\{\})?(\w+)[!?]?", expression).groups()

    def type(self):
        inner = SCALARS.get(self.inner, self.inner)
        if self.container == "[]":
            return f"std::vector<{inner}>"
        if self.container == "{}":
            return f"std::map<std::string, {inner}, std::less<>>"
        if self.optional:
            return f"std::optional<{inner}>" if self.inner in SCALARS else f"Box<{inner}>"
        return inner

    def declaration(self):
        zeroed = not self.container and not self.optional and self.inner in ZEROED
        value = {"bool": " = false"}.get(self.inner, " = 0") if zeroed else ""
        return f"  {self.type()} {self.name}{value};"


class Schema:
    def __init__(self, path, known):
        facts = json.loads(path.read_text(encoding="utf-8"))
        self.name = path.stem
        self.group, self.version = facts["group"], facts["version"]
        self.kinds = facts["kinds"]
        self.known = known
        own = {name: members for name, members in facts["types"].items() if known.setdefault(name, members) is members}
        for name, members in facts["types"].items():
            if known[name] != members:
                raise SystemExit(f"{path}: {name} differs from the type of that name in an earlier file")
        self.types = {name: [Member(*m) for m in members.items()] for name, members in own.items()}

    def ordered(self):
        """Types after those that they hold; a Box needs only the name of what is in it."""
        done = {}

        def visit(name):
            if name in done or name not in self.types:
                return
            done[name] = None
            for member in self.types[name]:
                if not (member.optional and not member.container):
                    visit(member.inner)
            done[name] = done.pop(name)

        for name in self.types:
            visit(name)
        return list(done)


def struct(name, members):
    fields = "\n".join(member.declaration() for member in members)
    return f"struct {name} {{\n{fields}\n  friend bool operator==({name} const&, {name} const&) = default;\n}};\n"


def kind(schema, name, facts):
    namespaced = str(facts["namespaced"]).lower()
    return f"""template <>
struct KindOf<{name}> {{
  static constexpr Resource resource{{"{schema.group}", "{schema.version}", "{facts["plural"]}", "{name}", {namespaced}}};
  static Schema const& schema();
}};
"""


def header(schema, earlier):
    includes = "".join(f"#include <keks/kube/{name}.hpp>\n" for name in earlier)
    order = schema.ordered()
    parts = [
        f"// Made by schema/generate.py from {schema.name}.json.\n#pragma once\n\n{includes}"
        "#include <keks/kube/resource.hpp>\n#include <keks/kube/values.hpp>\n\n#include <cstdint>\n#include <map>\n"
        "#include <optional>\n#include <string>\n#include <vector>\n\nnamespace keks::kube {\n",
        "\n".join(f"struct {name};" for name in order) + "\n",
        *(struct(name, schema.types[name]) for name in order),
        *(kind(schema, name, facts) for name, facts in schema.kinds.items()),
        "}  // namespace keks::kube\n",
    ]
    return "\n".join(parts)


def table(name, members):
    # `find_field` looks a name up among those of its length.
    rows = sorted(members, key=lambda member: (len(member.json), member.json))
    fields = "\n".join(f'    KEKS_FIELD({name}, {row.name}, "{row.json}"),' for row in rows)
    return f"""constexpr Field fields_of_{name}[] = {{
{fields}
}};
template <>
constinit Schema const SchemaOf<{name}>::schema("{name}", fields_of_{name});
"""


def body(schema):
    order = schema.ordered()
    parts = [
        f'// Made by schema/generate.py from {schema.name}.json.\n#include <keks/kube/{schema.name}.hpp>\n\n'
        '#include "kube/schema.hpp"\n\n#pragma GCC diagnostic ignored "-Winvalid-offsetof"\n\nnamespace keks::kube {\n',
        "\n".join(f"template <>\nSchema const SchemaOf<{name}>::schema;" for name in schema.known) + "\n",
        *(table(name, schema.types[name]) for name in order),
        "\n".join(f"Schema const& KindOf<{name}>::schema() {{ return SchemaOf<{name}>::schema; }}" for name in schema.kinds),
        "\n}  // namespace keks::kube\n",
    ]
    return "\n".join(parts)


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def main(output, *files):
    known, earlier = {}, []
    for file in files:
        schema = Schema(pathlib.Path(file), known)
        write(pathlib.Path(output) / "include/keks/kube" / f"{schema.name}.hpp", header(schema, earlier))
        write(pathlib.Path(output) / "src" / f"{schema.name}.cpp", body(schema))
        earlier.append(schema.name)


if __name__ == "__main__":
    main(*sys.argv[1:])
