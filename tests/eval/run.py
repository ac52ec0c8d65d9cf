"""Answers the oracles' queries: JSON in, JSON out, every number as the text of its digits.

    in   {"tables": {dataset: CSV file}, "queries": [{"dataset": ..., "sql": ...}]}
    out  [{"columns": [...], "rows": [[text or null, ...], ...]} or {"error": ...}]
"""

import json
import sys

import duckdb

TYPES = {
    "date": "DATE",
    "operation": "VARCHAR",
    "region": "VARCHAR",
    "product_id": "VARCHAR",
    "product_name": "VARCHAR",
    "category": "VARCHAR",
    "channel": "VARCHAR",
    "units": "BIGINT",
    "unit_price": "DECIMAL(18, 2)",
    "revenue": "DECIMAL(18, 2)",
    "cost": "DECIMAL(18, 2)",
}


def table(connection, dataset, file):
    with open(file, encoding="utf-8") as lines:
        header = lines.readline().strip().split(",")
    columns = ", ".join(f"'{name}': '{TYPES[name]}'" for name in header)
    connection.execute(f"CREATE SCHEMA {dataset}")
    connection.execute(
        f"CREATE TABLE {dataset}.sales AS SELECT * FROM read_csv(?, header = true, delim = ',', quote = '\"', "
        f"escape = '\"', columns = {{{columns}}})",
        [file],
    )


def cell(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def answer(connection, dataset, sql):
    try:
        connection.execute(f"SET schema = '{dataset}'")
        result = connection.execute(sql)
        columns = [column[0] for column in result.description]
        return {"columns": columns, "rows": [[cell(value) for value in row] for row in result.fetchall()]}
    except duckdb.Error as error:
        return {"error": str(error)}


def main():
    asked = json.load(sys.stdin)
    connection = duckdb.connect()
    for dataset, file in asked["tables"].items():
        table(connection, dataset, file)
    json.dump([answer(connection, query["dataset"], query["sql"]) for query in asked["queries"]], sys.stdout)


main()
