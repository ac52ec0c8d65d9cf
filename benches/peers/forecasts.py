#!/usr/bin/env python3
"""What statsforecast's median ensemble and Prophet take for the same series, one thread.

    forecasts.py HISTORIES.json ensemble|prophet CALLS

Prints JSON: for each history the CPU seconds of each call, children included (Prophet's optimiser is one), after one call
that is not counted, and the estimates. The ensemble is the median of AutoETS, the dynamic optimised theta model and MSTL,
estimates only; Prophet has its defaults, its intervals included. Histories are read before the clock starts.
"""
import json
import logging
import os
import sys

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
import pandas as pd

STEPS = {"day": "D", "week": "7D", "month": "MS"}


def ensemble(history, values, _dates):
    from statsforecast.models import MSTL, AutoETS, DynamicOptimizedTheta

    season, horizon = history["season_steps"], history["horizon_steps"]
    seasons = [7, 365] if history["grain"] == "day" else [season]
    models = [
        AutoETS(season_length=season),
        DynamicOptimizedTheta(season_length=season),
        MSTL(season_length=seasons, trend_forecaster=AutoETS(model="ZZN")),
    ]
    return np.median([model.forecast(y=values, h=horizon)["mean"] for model in models], axis=0)


def prophet(history, values, dates):
    from prophet import Prophet

    known = len(values)
    model = Prophet().fit(pd.DataFrame({"ds": dates[:known], "y": values}))
    return model.predict(pd.DataFrame({"ds": dates[known:]}))["yhat"].to_numpy()


def used():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main():
    path, peer, calls = sys.argv[1:]
    for name in ("prophet", "cmdstanpy"):
        logging.getLogger(name).setLevel(logging.ERROR)
        logging.getLogger(name).propagate = False
    with open(path) as file:
        histories = json.load(file)
    forecast = {"ensemble": ensemble, "prophet": prophet}[peer]
    measured = []
    for history in histories:
        values = np.array(history["values"], dtype=float)
        steps = len(values) + history["horizon_steps"]
        dates = pd.date_range(history["start"], periods=steps, freq=STEPS[history["grain"]])
        cpu_s = []
        for call in range(int(calls) + 1):
            before = used()
            point = forecast(history, values, dates)
            if call > 0:
                cpu_s.append(used() - before)
        measured.append({"cpu_s": cpu_s, "point": [float(v) for v in point]})
    json.dump(measured, sys.stdout)


main()
