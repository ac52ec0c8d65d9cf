#!/usr/bin/env python3
"""Writes the expected forecasts of this folder with an independent implementation.

    pip install statsforecast==2.1.1 && python3 make_reference.py

For every NAME.csv (column `value`, oldest first) NAME.json gets statsforecast's MSTL with an ETS trend and
seasonal naive, fitted on all but the last `horizon` values. Each model of its own is compared in ../models.
"""
import csv
import json
import pathlib

import numpy as np
from statsforecast.models import MSTL, AutoETS, SeasonalNaive

HERE = pathlib.Path(__file__).parent
CASES = {"air_passengers": dict(grain="month", season=12, horizon=18)}

for name, case in CASES.items():
    with open(HERE / f"{name}.csv") as f:
        values = np.array([float(row["value"]) for row in csv.DictReader(f)])
    h, m = case["horizon"], case["season"]
    known = values[:-h]
    models = {
        "mstl": (MSTL(season_length=[m], trend_forecaster=AutoETS(model="ZZN")), 0.02),
        "seasonal_naive": (SeasonalNaive(season_length=m), 1e-12),
    }
    expected = {}
    for key, (model, tolerance) in models.items():
        point = model.forecast(y=known, h=h)["mean"]
        expected[key] = {"tolerance_relative": tolerance, "point": [round(float(v), 6) for v in point]}
    document = {
        "provenance": "values: international airline passengers in thousands, 1949-01 to 1960-12 (Box & Jenkins, Time "
        "Series Analysis, series G); expected: statsforecast 2.1.1 by make_reference.py",
        "tolerance": "relative to the mean of the expected points, for each point: optimisers stop at different places",
        "grain": case["grain"],
        "horizon_steps": h,
        "expected": expected,
    }
    (HERE / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
