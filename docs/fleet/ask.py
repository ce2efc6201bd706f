#!/usr/bin/env python3
"""Asks SQL questions of the reports of many repositories. Needs duckdb (from PyPI).

    ask.py FOLDER [QUERIES]

FOLDER holds `NAME.check.jsonl` and `NAME.plan.json` for each repository; QUERIES is a file of SQL
statements (queries.sql beside this program), each of which is printed with its answer.
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


def main():
    folder = sys.argv[1].replace("'", "''")
    beside = pathlib.Path(__file__).resolve().with_name("queries.sql")
    queries = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else beside
    connection = duckdb.connect()
    connection.sql(VIEWS.format(folder=folder))
    for statement in queries.read_text().split(";\n"):
        if statement.strip():
            print(statement.strip())
            print(connection.sql(statement))


main()
