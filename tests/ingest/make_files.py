"""Writes the packed and columnar cases of this folder: pip install pyarrow polars duckdb; python make_files.py

Every case holds the same four rows, so that one JSON file says what must come out of each.
"""

import datetime
import decimal
import gzip
import json
import pathlib

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
DAYS = [datetime.date(2024, 1, d) for d in (1, 2, 2, 3)]
CITIES = ["Austin", "Dallas", None, "Dallas"]
PRODUCTS = ["Chips", "Candy", "Candy", "Chips"]
UNITS = [3, 1, 2, -1]
MONEY = [decimal.Decimal(t) for t in ("4.50", "1.25", "2.50", "-1.50")]
SAID = {
    "rows": 4,
    "first": "2024-01-01",
    "last": "2024-01-03",
    "sums": {"units": [5, 0], "revenue": [675, 2]},
    "dimensions": {"operation": ["(blank)", "Austin", "Dallas"], "product": ["Candy", "Chips"]},
    "negative": 1,
}


def say(name, said=SAID):
    (HERE / f"{name}.json").write_text(json.dumps(said, indent=2) + "\n")


def table():
    return pa.table({
        "date": pa.array(DAYS, pa.date32()),
        "city": pa.array(CITIES).dictionary_encode(),
        "product": pa.array(PRODUCTS),
        "units": pa.array(UNITS, pa.int16()),
        "revenue": pa.array(MONEY, pa.decimal128(12, 2)),
    })


for codec in ("snappy", "gzip", "brotli", "zstd", "lz4", "none"):
    pq.write_table(table(), HERE / f"pyarrow_{codec}.parquet", compression=codec)
    say(f"pyarrow_{codec}")

wide = table().set_column(4, "revenue", pa.array(MONEY, pa.decimal256(50, 4)))
pq.write_table(wide, HERE / "decimal_256.parquet")
say("decimal_256")

stamps = [datetime.datetime(2024, 1, d, 12, 30) for d in (1, 2, 2, 3)]
spark = table().set_column(0, "date", pa.array(stamps, pa.timestamp("ns")))
pq.write_table(spark, HERE / "int96.parquet", use_deprecated_int96_timestamps=True)
say("int96")

# Half past midnight in Greenwich is the evening before in Chicago.
late = [datetime.datetime(2024, 1, d + 1, 0, 30, tzinfo=datetime.timezone.utc) for d in (1, 2, 2, 3)]
zoned = table().set_column(0, "date", pa.array(late, pa.timestamp("us", "UTC")))
pq.write_table(zoned, HERE / "zoned.parquet")
say("zoned", {"config": "[time]\nzone = \"America/Chicago\"\n", **SAID})

place = pa.StructArray.from_arrays(
    [pa.array(["Austin", "Dallas", "lost", "Dallas"])], ["city"],
    mask=pa.array([False, False, True, False]),
)
nested = table().drop_columns(["city"]).append_column("place", place)
pq.write_table(nested, HERE / "nested.parquet")
say("nested")

lists = table().append_column("tags", pa.array([["a"], [], None, ["b"]]))
pq.write_table(lists, HERE / "bad_lists.parquet")
say("bad_lists", {"error": ["bad_lists.parquet column \"tags\" holds lists"]})

polars.from_arrow(table()).write_parquet(HERE / "polars_lz4.parquet", compression="lz4")
say("polars_lz4")
rows = table()
duckdb.sql(f"copy rows to '{HERE}/duckdb.parquet' (compression lz4_raw)")
say("duckdb")

text = "date,city,product,units,revenue\n" + "".join(
    f"{d},{c or ''},{p},{u},{m}\n" for d, c, p, u, m in zip(DAYS, CITIES, PRODUCTS, UNITS, MONEY)
)
(HERE / "packed.csv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
say("packed")
(HERE / "squeezed.tsv.zst").write_bytes(pa.compress(text.replace(",", "\t").encode(), "zstd", asbytes=True))
say("squeezed")

lines = "".join(
    json.dumps({"date": str(d), "place": {"city": c}, "product": p, "units": u, "revenue": float(m)}) + "\n"
    for d, c, p, u, m in zip(DAYS, CITIES, PRODUCTS, UNITS, MONEY)
)
(HERE / "objects.ndjson").write_text(lines)
say("objects")
(HERE / "objects_packed.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))
say("objects_packed")

for at, (d, c, p, u, m) in enumerate(zip(DAYS, CITIES, PRODUCTS, UNITS, MONEY)):
    city = c or "__HIVE_DEFAULT_PARTITION__"
    folder = HERE / "hive" / f"year=2024/city={city}"
    folder.mkdir(parents=True, exist_ok=True)
    one = pa.table({"revenue": pa.array([m], pa.decimal128(12, 2)), "date": [d], "product": [p], "units": [u]})
    pq.write_table(one, folder / f"part-{at}.parquet")
say("hive")
