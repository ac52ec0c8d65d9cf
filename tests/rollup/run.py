"""Runs the queries of `nearcast rollup-sql`, or has them parsed.

    run.py duckdb SQL          the query, as it is
    run.py spark SQL PARQUET   likewise, with the table `sales` from this file
    run.py parse DIALECT SQL   parsed by sqlglot, which fails at what the dialect does not know

SQL is a file.
"""

import os
import sys


def statements(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def duckdb(sql):
    import duckdb

    duckdb.execute(statements(sql))


def spark(sql, parquet):
    from pyspark.sql import SparkSession

    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "3")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.warehouse.dir", os.path.join(os.path.dirname(os.path.abspath(sql)), "warehouse"))
        .getOrCreate()
    )
    session.read.parquet(parquet).createOrReplaceTempView("sales")
    for statement in statements(sql).split(";\n"):
        if statement.strip():
            session.sql(statement)
    session.stop()


def parse(dialect, sql):
    import sqlglot

    found = sqlglot.parse(statements(sql), dialect=dialect, error_level=sqlglot.ErrorLevel.RAISE)
    assert [type(statement).__name__ for statement in found if statement] != ["Command"], "sqlglot did not look inside"


{"duckdb": duckdb, "spark": spark, "parse": parse}[sys.argv[1]](*sys.argv[2:])
