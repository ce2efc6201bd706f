#!/usr/bin/env python3
"""Asks SQL questions of the reports of many repositories. Needs duckdb (from PyPI).

    ask.py FOLDER [QUERIES]

FOLDER holds, for each repository, `NAME.check.jsonl` and `NAME.plan.json`, or `NAME.sarif` alone.
Both make the view `diagnostics`; plans and assumptions are in the first two only. QUERIES is a file
of SQL statements, each of which is printed with its answer. Without it the statements are those of
diagnostics.sql beside this program and, where there are plans, of plans.sql.
"""

import pathlib
import sys

import duckdb


def repository(suffix):
    """The name of a repository, from that of its file."""
    return f"regexp_extract(filename, '([^/\\\\]+)[.]{suffix}$', 1) as repository"


# One row for each diagnostic, whichever report it comes from:
# repository, rule, severity (error, warning, info), confidence (certain, assumed), path, line.
FROM_JSONL = f"""
create view lines as
  select {repository("check[.]jsonl")}, *
  from read_json('$folder/*.check.jsonl', format = 'newline_delimited', filename = true,
                 union_by_name = true);
create view diagnostics as
  select repository, rule, severity, confidence,
         "primary".path as path, "primary".range.start.line as line
  from lines where type = 'diagnostic';
"""
FROM_SARIF = f"""
create view diagnostics as
  select {repository("sarif")}, result ->> '$.ruleId' as rule,
         if(result ->> '$.level' = 'note', 'info', result ->> '$.level') as severity,
         result ->> '$.properties.confidence' as confidence,
         result ->> '$.locations[0].physicalLocation.artifactLocation.uri' as path,
         cast(result ->> '$.locations[0].physicalLocation.region.startLine' as integer) as line
  from read_json_objects('$folder/*.sarif', filename = true),
       unnest(cast(json -> '$.runs[0].results' as json[])) as of_run(result);
"""

PLANS = f"""
create view processes as
  select {repository("plan[.]json")},
         deployment.manifest, deployment.platform, process.*
  from read_json('$folder/*.plan.json', filename = true, union_by_name = true),
       unnest(deployments) as of_repository(deployment),
       unnest(deployment.processes) as of_deployment(process);
create view assumptions as from lines where type = 'assumption';
"""


def main():
    folder = pathlib.Path(sys.argv[1])
    beside = pathlib.Path(__file__).resolve().parent
    has_reports = any(folder.glob("*.check.jsonl"))
    views = FROM_JSONL + PLANS if has_reports else FROM_SARIF
    queries = [beside / "diagnostics.sql"] + [beside / "plans.sql"] * has_reports
    if len(sys.argv) > 2:
        queries = [pathlib.Path(sys.argv[2])]
    connection = duckdb.connect()
    connection.sql(views.replace("$folder", str(folder).replace("'", "''")))
    for statement in "\n".join(it.read_text() for it in queries).split(";\n"):
        if statement.strip():
            print(statement.strip())
            print(connection.sql(statement))


main()
