#!/usr/bin/env python3
"""Asks SQL questions of the reports of many repositories. Needs duckdb (from PyPI).

    ask.py FOLDER [QUERIES]

FOLDER holds `NAME.check.jsonl` and `NAME.plan.json` for each repository, or `NAME.sarif` alone;
QUERIES is a file of SQL statements (queries.sql beside this program, or sarif.sql where there are
only SARIF files), each of which is printed with its answer.
"""

import pathlib
import sys

import duckdb

VIEWS = """
create view lines as
  select regexp_extract(filename, '([^/\\\\]+)\\.check\\.jsonl$', 1) as repository, *
  from read_json('{folder}/*.check.jsonl', format = 'newline_delimited', filename = true,
                 union_by_name = true);
create view diagnostics as from lines where type = 'diagnostic';
create view processes as
  select regexp_extract(filename, '([^/\\\\]+)\\.plan\\.json$', 1) as repository,
         deployment.manifest, deployment.platform, process.*
  from read_json('{folder}/*.plan.json', filename = true, union_by_name = true),
       unnest(deployments) as of_repository(deployment),
       unnest(deployment.processes) as of_deployment(process);
"""

# What code scanning is given: results with their rule, level, place and fingerprint.
SARIF = """
create view results as
  select regexp_extract(filename, '([^/\\\\]+)\\.sarif$', 1) as repository,
         result ->> '$.ruleId' as rule, result ->> '$.level' as level,
         result ->> '$.message.text' as message,
         result ->> '$.locations[0].physicalLocation.artifactLocation.uri' as path,
         cast(result ->> '$.locations[0].physicalLocation.region.startLine' as integer) as line,
         result -> '$.partialFingerprints' as fingerprints
  from read_json_objects('{folder}/*.sarif', filename = true),
       unnest(cast(json -> '$.runs[0].results' as json[])) as of_run(result);
"""


def main():
    folder = pathlib.Path(sys.argv[1])
    is_sarif = not any(folder.glob("*.check.jsonl"))
    views, beside = (SARIF, "sarif.sql") if is_sarif else (VIEWS, "queries.sql")
    beside = pathlib.Path(__file__).resolve().with_name(beside)
    queries = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else beside
    connection = duckdb.connect()
    connection.sql(views.format(folder=str(folder).replace("'", "''")))
    for statement in queries.read_text().split(";\n"):
        if statement.strip():
            print(statement.strip())
            print(connection.sql(statement))


main()
