"""What the original system does for each call: read the whole CSV, filter, group, answer.

    original.py CSV top|forecast CALLS

Prints one JSON object: the answer, and for each call its CPU time (children included: Prophet fits in one) and its wall
time, in seconds.
"""

import json
import logging
import resource
import sys
import time

import pandas as pd

OPERATION = "Dallas"


def columns(frame):
    """The six names of the original sheet, or those of order lines."""
    if "OPERATION_NAME" in frame.columns:
        month = pd.to_datetime(dict(year=frame["CALENDAR_YEAR"], month=frame["CALENDAR_MONTH"], day=1))
        return frame["OPERATION_NAME"], ["PRODUCT_ID", "PRODUCT_NAME"], "UNITS_SOLD", month
    month = pd.to_datetime(frame["date"].str.slice(0, 7))
    return frame["operation"], ["product_id", "product_name"], "units", month


def top(path):
    frame = pd.read_csv(path)
    operation, product, units, _ = columns(frame)
    chosen = frame[operation.str.contains(OPERATION, case=False, regex=False)]
    ranked = chosen.groupby(product, as_index=False)[units].sum().sort_values(units, ascending=False).head(5)
    return [{"product": str(row[0]), "units": int(row[2])} for row in ranked.itertuples(index=False)]


def forecast(path):
    from prophet import Prophet

    frame = pd.read_csv(path)
    operation, _, units, month = columns(frame)
    chosen = operation.str.contains(OPERATION, case=False, regex=False)
    monthly = frame[units][chosen].groupby(month[chosen]).sum().reset_index()
    monthly.columns = ["ds", "y"]
    model = Prophet()
    model.fit(monthly)
    future = model.predict(model.make_future_dataframe(6, freq="MS"))
    last = future.tail(6)[["ds", "yhat", "yhat_lower", "yhat_upper"]]
    return [
        {"date": f"{ds:%Y-%m-%d}", "estimate": round(y), "lower": round(low), "upper": round(high)}
        for ds, y, low, high in last.itertuples(index=False)
    ]


def cpu():
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main():
    path, tool, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
    logging.disable(logging.WARNING)
    answer = {"top": top, "forecast": forecast}[tool]
    taken = []
    for _ in range(calls):
        wall, used = time.perf_counter(), cpu()
        result = answer(path)
        taken.append({"cpu_s": cpu() - used, "wall_s": time.perf_counter() - wall})
    json.dump({"answer": result, "calls": taken}, sys.stdout)


main()
