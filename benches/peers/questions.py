"""The six questions, asked of DuckDB, Polars and pandas on one Parquet file, each with one thread.

    questions.py convert CSV PARQUET
    questions.py answers PARQUET TERMS
    questions.py costs PARQUET TERMS duckdb|polars|pandas CALLS

`TERMS` is JSON: operation, product, first, last, rows. Money is whole cents (BIGINT): exact, and the quickest for all
three. `answers` prints DuckDB's full answers; `costs` prints the answers and the CPU time of each call in seconds, in a
process that has asked each question once before.
"""

import json
import os
import sys
import time
from datetime import date, timedelta

os.environ["POLARS_MAX_THREADS"] = "1"

FIRST, DAYS = date(2022, 7, 1), 1096


def convert(csv, parquet):
    import duckdb

    duckdb.execute("SET preserve_insertion_order = true")
    duckdb.execute(
        f"""
        COPY (
            SELECT date, operation, product_id, product, units,
                   CAST(revenue * 100 AS BIGINT) AS revenue, CAST(cost * 100 AS BIGINT) AS cost
            FROM read_csv('{csv}', columns = {{
                'date': 'DATE', 'operation': 'VARCHAR', 'product_id': 'VARCHAR', 'product': 'VARCHAR',
                'units': 'BIGINT', 'revenue': 'DECIMAL(18, 2)', 'cost': 'DECIMAL(18, 2)'}})
        ) TO '{parquet}' (FORMAT parquet, COMPRESSION zstd)
        """
    )


class DuckDb:
    def __init__(self, path, terms):
        import duckdb

        self.db, self.path, self.t = duckdb.connect(), path, terms
        self.db.execute("SET threads = 1")

    def ask(self, sql, *values):
        return self.db.execute(sql.replace("SALES", f"read_parquet('{self.path}')"), values).fetchall()

    def top(self, where="", *values):
        return self.ask(
            f"SELECT product_id, product, sum(revenue) AS total FROM SALES {where} "
            f"GROUP BY product_id, product ORDER BY total DESC, product LIMIT {self.t['rows']}",
            *values,
        )

    def q1(self):
        return self.top()

    def q2(self):
        return self.top("WHERE operation = ?", self.t["operation"])

    def q3(self):
        window = date.fromisoformat(self.t["first"]), date.fromisoformat(self.t["last"])
        return self.top("WHERE operation = ? AND date BETWEEN ? AND ?", self.t["operation"], *window)

    def q4(self):
        return self.ask(
            "SELECT date, sum(revenue) FROM SALES WHERE product_id = ? GROUP BY date ORDER BY date", self.t["product"]
        )

    def q5(self):
        return self.ask("SELECT date, sum(revenue) FROM SALES GROUP BY date ORDER BY date")

    def q6(self):
        names = self.ask("SELECT DISTINCT operation FROM SALES ORDER BY operation")
        return self.ask("SELECT min(date), max(date) FROM SALES") + names


class Polars:
    def __init__(self, path, terms):
        import polars

        self.pl, self.path, self.t = polars, path, terms

    def top(self, *where):
        found = self.pl.scan_parquet(self.path).filter(*where) if where else self.pl.scan_parquet(self.path)
        sums = found.group_by("product_id", "product").agg(self.pl.col("revenue").sum())
        return sums.sort("revenue", "product", descending=[True, False]).head(self.t["rows"]).collect().rows()

    def series(self, *where):
        found = self.pl.scan_parquet(self.path).filter(*where) if where else self.pl.scan_parquet(self.path)
        return found.group_by("date").agg(self.pl.col("revenue").sum()).sort("date").collect().rows()

    def q1(self):
        return self.top()

    def q2(self):
        return self.top(self.pl.col("operation") == self.t["operation"])

    def q3(self):
        first, last = date.fromisoformat(self.t["first"]), date.fromisoformat(self.t["last"])
        return self.top(self.pl.col("operation") == self.t["operation"], self.pl.col("date").is_between(first, last))

    def q4(self):
        return self.series(self.pl.col("product_id") == self.t["product"])

    def q5(self):
        return self.series()

    def q6(self):
        sales, col = self.pl.scan_parquet(self.path), self.pl.col
        bounds = sales.select(col("date").min().alias("first"), col("date").max().alias("last")).collect().rows()
        return bounds + sales.select(col("operation").unique().sort()).collect().rows()


class Pandas:
    def __init__(self, path, terms):
        import pandas
        import pyarrow

        pyarrow.set_cpu_count(1)
        pyarrow.set_io_thread_count(1)
        self.pd, self.path, self.t = pandas, path, terms

    def read(self, columns, filters=None):
        return self.pd.read_parquet(self.path, columns=columns, filters=filters)

    def top(self, filters=None):
        sums = self.read(["product_id", "product", "revenue"], filters).groupby(["product_id", "product"])["revenue"].sum()
        ranked = sums.reset_index().sort_values(["revenue", "product"], ascending=[False, True]).head(self.t["rows"])
        return list(ranked.itertuples(index=False, name=None))

    def series(self, filters=None):
        sums = self.read(["date", "revenue"], filters).groupby("date")["revenue"].sum().sort_index()
        return list(sums.items())

    def q1(self):
        return self.top()

    def q2(self):
        return self.top([("operation", "==", self.t["operation"])])

    def q3(self):
        first, last = date.fromisoformat(self.t["first"]), date.fromisoformat(self.t["last"])
        within = [("date", ">=", first), ("date", "<=", last)]
        return self.top([("operation", "==", self.t["operation"]), *within])

    def q4(self):
        return self.series([("product_id", "==", self.t["product"])])

    def q5(self):
        return self.series()

    def q6(self):
        sales = self.read(["date", "operation"])
        return [(sales["date"].min(), sales["date"].max())] + [(name,) for name in sorted(sales["operation"].unique())]


ENGINES = {"duckdb": DuckDb, "polars": Polars, "pandas": Pandas}


def cells(question, rows):
    """An answer as text: names, days, whole cents. A series has every day; those without rows are 0."""
    if question in (4, 5):
        sums = {str(day)[:10]: int(total) for day, total in rows}
        days = (str(FIRST + timedelta(n)) for n in range(DAYS))
        return [[day, str(sums.get(day, 0))] for day in days]
    if question == 6:
        return [[str(day)[:10] for day in rows[0]]] + [list(row) for row in rows[1:]]
    return [[ident, name, str(int(total))] for ident, name, total in rows]


def answers(path, terms):
    engine = DuckDb(path, terms)
    engine.db.execute("RESET threads")
    return [cells(n, getattr(engine, f"q{n}")()) for n in range(1, 7)]


def costs(path, terms, name, calls):
    engine, found = ENGINES[name](path, terms), []
    for n in range(1, 7):
        ask, taken = getattr(engine, f"q{n}"), []
        ask()
        for _ in range(calls):
            before = time.process_time()
            rows = ask()
            taken.append(time.process_time() - before)
        found.append({"cells": cells(n, rows), "cpu_s": taken})
    return found


def main():
    command, *rest = sys.argv[1:]
    if command == "convert":
        return convert(*rest)
    path, terms = rest[0], json.loads(rest[1])
    result = answers(path, terms) if command == "answers" else costs(path, terms, rest[2], int(rest[3]))
    json.dump(result, sys.stdout)


main()
