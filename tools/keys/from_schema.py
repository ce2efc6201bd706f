"""Writes the tables of a file of `keys/` from a published JSON Schema.

    python3 tools/keys/from_schema.py SCHEMA HEAD > keys/FORMAT.toml

HEAD is a file with the head of the result: who reads the file, its sources, and types and
conditions that are written by hand. Its table `[from-schema]` says what the schema does not:

    [from-schema]
    source = "schema"          # the source that every table names
    open = ["deploy"]          # tables whose other keys are fine
    any = ["build_args"]       # forms that are not looked into
    only-names = true          # only names of keys are taken over, and no forms of values
    unknown = { root = "refused" }   # tables whose other keys are not what those of the file are
    rest = true                # tables under names of the user's stand beside known keys
    more = { service = ["alerts"] }  # keys of tables that the schema lacks, of any value
    forms = { service = { port = { type = "int", min = 1 } } }  # what keys can say instead
    elsewhere = "move it to `[{}]`"  # hint for a key that another table of the root has
    roots = { function = "aws.function" }   # tables and the parts of the schema that they are, or
                               # a pointer into it; without this, the schema is the table `root`

What a schema can say and `keys/` cannot (patterns, lengths, combinations) is left out: a table
accepts everything that its platform accepts. See keys/README.md.
"""

import argparse
import json
import re
import sys
import tomllib

SCALARS = {"string": "string", "boolean": "bool", "integer": "int", "number": "number"}


class Writer:
    def __init__(self, schema, settings):
        self.schema = schema
        self.settings = settings
        # Keys with their forms, whether others are fine, and variants; `None` while it is read.
        self.tables = {}
        self.types = {}
        # Forms of the values of other keys, whose names are the user's.
        self.rests = {}
        # In front of the names of tables, where several parts have definitions of one name.
        self.prefix = ""

    def resolve(self, node):
        """What a reference leads to; nothing for one that leads out of the file."""
        seen = []
        while "$ref" in node:
            ref = node["$ref"]
            if ref in seen or not ref.startswith("#/"):
                return {}
            seen.append(ref)
            found = self.schema
            for part in ref.removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            node = {**found, "x-name": ref.split("/")[-1]}
        return node

    def forms(self, node, name):
        """The forms of a value, as `keys/` writes them; `["any"]` when anything fits."""
        if node is True or node == {}:
            return ["any"]
        node = self.resolve(node)
        if node == {}:
            return ["any"]
        if "x-name" in node:
            name = self.prefix + node["x-name"]
        name = identifier(name)
        if name in self.settings.get("any", []):
            return ["any"]
        for key in ("oneOf", "anyOf"):
            if key in node:
                found = self.told_apart(node[key], name)
                found = found or [it for one in node[key] for it in self.forms(one, name)]
                return ["any"] if "any" in found else unique(found)
        if "allOf" in node:
            return self.forms(node["allOf"][0], name) if len(node["allOf"]) == 1 else ["any"]
        if "const" in node or "enum" in node:
            return self.values(node.get("enum", [node.get("const")]), name)
        kinds = node.get("type")
        if kinds is None:
            kinds = "object" if "properties" in node else None
        if kinds is None:
            return ["any"]
        found = []
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            if kind in SCALARS:
                found.append(SCALARS[kind])
            elif kind == "array":
                items = node.get("items", {})
                of = self.forms(items, name + "_item") if isinstance(items, dict) else ["any"]
                found.extend("list of " + it for it in of)
            elif kind == "object":
                found.extend(self.object(node, name))
        # A key without a value is no key, so `null` is no form.
        return unique(found) if found or kinds == "null" else ["any"]

    def told_apart(self, nodes, name):
        """Tables of which each has one text under `Type`: one table with a variant for each."""
        nodes = [self.resolve(it) for it in nodes if isinstance(it, dict)]
        types = [it.get("properties", {}).get("Type", {}).get("enum", []) for it in nodes]
        if len(nodes) < 2 or any(len(it) != 1 for it in types):
            return None
        tables = [self.forms(it, name)[0] for it in nodes]
        variants = [(one[0], table) for one, table in zip(types, tables)]
        # `Type` itself is only worth a line where it is said what it can be.
        keys = {"Type": ["any"]} if name in self.settings.get("forms", {}) else {}
        self.tables[name] = (keys, True, variants)
        return [name]

    def values(self, values, name):
        if not all(isinstance(it, str) for it in values):
            return ["scalar"]
        self.types[name] = values
        return [name]

    def object(self, node, name):
        properties = node.get("properties", {})
        patterns = {
            pattern: it for pattern, it in node.get("patternProperties", {}).items()
            if not pattern.startswith("^x-")
        }
        rest = node.get("additionalProperties", True)
        if not properties:
            of = [it for one in patterns.values() for it in self.forms(one, name + "_value")]
            if isinstance(rest, dict):
                of += self.forms(rest, name + "_value")
            if not of and rest is False and not patterns:
                return [self.table(name, {}, False)]
            return ["map of " + it for it in (["any"] if not of or "any" in of else unique(of))]
        if isinstance(rest, dict) and self.settings.get("rest"):
            self.rests[name] = self.forms(rest, name + "_value")
            return [self.table(name, properties, bool(patterns))]
        return [self.table(name, properties, bool(patterns) or rest is not False)]

    def whole(self, name, node):
        """The table of a root, or of what a root has under names of the user's."""
        node = self.resolve(node)
        rest = node.get("additionalProperties", True)
        if "properties" not in node:
            return self.whole(name, rest)
        if isinstance(rest, dict) and self.settings.get("rest"):
            self.rests[name] = self.forms(rest, name + "_value")
            rest = False
        return self.table(name, node["properties"], rest is not False)

    def table(self, name, properties, is_open):
        if name in self.tables:
            return name
        # In its place among the others before it is read, as a table may contain itself.
        self.tables[name] = None
        keys = {
            key: self.forms(it, f"{name}_{key}") for key, it in properties.items()
            if not key.startswith("x-")
        }
        keys.update({key: ["any"] for key in self.settings.get("more", {}).get(name, [])})
        self.tables[name] = (keys, is_open or name in self.settings.get("open", []), [])
        return name


def identifier(name):
    return re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")


def unique(items):
    return list(dict.fromkeys(items))


def names_of(forms, known):
    """The tables among the forms, and anything in place of each."""
    tables = [it for it in forms if it.split(" of ")[-1] in known]
    if not tables or "any" in forms:
        return ["any"]
    rest = ["scalar"]
    if not any(it.startswith("list of ") for it in tables):
        rest.append("list of any")
    return tables + rest


def hints(writer, name, settings):
    """What to do about keys that only another table of the root has."""
    if "elsewhere" not in settings:
        return []
    root = writer.tables["root"][0]
    tables = {key: forms[0] for key, forms in root.items() if forms[0] in writer.tables}
    if name not in tables.values():
        return []
    found = {}
    for section, table in tables.items():
        for key in writer.tables[table][0]:
            found.setdefault(key, []).append(section)
    own = writer.tables[name][0]
    wanted = sorted(it for it in found if it not in own and len(found[it]) == 1)
    lines = [f"{key_text(it)} = {json.dumps(settings['elsewhere'].format(found[it][0]))}" for it in wanted]
    return ["", f"[tables.{name}.hints]", *lines]


def inline(value):
    """A value as TOML on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {inline(it)}" for key, it in value.items()) + " }"
    return json.dumps(value)


def key_text(key):
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("schema")
    parser.add_argument("head")
    options = parser.parse_args()
    with open(options.schema, encoding="utf-8") as file:
        schema = json.load(file)
    with open(options.head, encoding="utf-8") as file:
        head = file.read()
    settings = tomllib.loads(head)["from-schema"]
    writer = Writer(schema, settings)
    for name, part in settings.get("roots", {"root": None}).items():
        is_pointer = (part or "").startswith("#/")
        root = writer.resolve({"$ref": part}) if is_pointer else schema[part] if part else schema
        writer.schema = schema if is_pointer else root
        writer.prefix = "" if name == "root" else name + "_"
        writer.whole(name, root)
    text = re.sub(r"\[from-schema.*?(?=\n\[(?!from-schema)|\Z)", "", head, flags=re.S).rstrip()
    out = [text, ""]
    for name, values in sorted(writer.types.items()) if not settings.get("only-names") else []:
        listed = ", ".join(json.dumps(it) for it in values)
        out += [f"[types.{name}]", 'type = "string"', f"values = [{listed}]", ""]
    by_hand = tomllib.loads(head).get("tables", {})
    for name, (keys, is_open, variants) in writer.tables.items():
        own = by_hand.get(name, {}).get("keys", {})
        out += [f"[tables.{name}]", f'source = "{settings["source"]}"']
        if name in settings.get("unknown", {}):
            out.append(f"unknown = {json.dumps(settings['unknown'][name])}")
        if is_open and (variants or not settings.get("only-names")):
            out.append("open = true")
        if name in writer.rests:
            out.append(f"rest = {json.dumps(' | '.join(writer.rests[name]))}")
        for text_of, table in variants:
            out += ["", f"[[tables.{name}.variants]]", f"is = {{ Type = [{json.dumps(text_of)}] }}"]
            out.append(f'table = "{table}"')
        if keys:
            out += ["", f"[tables.{name}.keys]"]
        stated = settings.get("forms", {}).get(name, {})
        for key, forms in keys.items():
            if key in own:
                continue
            if key in stated:
                out.append(f"{key_text(key)} = {inline(stated[key])}")
                continue
            if settings.get("only-names"):
                forms = names_of(forms, writer.tables)
            out.append(f"{key_text(key)} = {json.dumps(' | '.join(forms) or 'any')}")
        out += hints(writer, name, settings)
        out.append("")
    sys.stdout.write("\n".join(out))


if __name__ == "__main__":
    main()
