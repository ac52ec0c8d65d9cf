#!/usr/bin/env python3
"""Writes cases.json: what an independent implementation says of a few small series, model by model.

    pip install statsforecast==2.1.1 statsmodels==0.15.0 numpy==2.4.6 && python3 make.py

`air_passengers` is that of ../forecast (Box & Jenkins, Time Series Analysis, series G); the other series are made up
here, from numpy's generator with fixed seeds. Methods that are a closed recursion (the naive family, Croston, TSB) are
to agree to nine digits; methods that search for parameters stop at different places, and are held to a share of the
history's mean absolute value that is a little above what was measured when this was written.

What a model is here is put together from the parts that statsforecast has:
  ces        its CES without a season on the series divided by statsmodels' classical indices
  stl_theta  its DOTM on the exponential of what its MSTL leaves of the logarithms; stl_ces likewise
  ets(XYZ)   its ETS with that form, so that a different choice between forms does not hide a different fit. It
             searches for the season's first indices too, which are the classical ones here: both may be better off,
             as the criterion that goes with each (aicc) says, and only where it is nearly the same are the estimates
             held to the tolerance. Additive forms on a season that grows are left out: no choice falls on them.
"""
import csv
import json
import pathlib
import re

import numpy as np
from statsforecast.models import (
    IMAPA, MSTL, TSB, AutoCES, AutoETS, CrostonSBA, DynamicOptimizedTheta, Naive, RandomWalkWithDrift, SeasonalNaive,
)
from statsforecast.mstl import mstl
from statsmodels.tsa.seasonal import seasonal_decompose

HERE = pathlib.Path(__file__).parent
TAU = 2 * np.pi
HORIZON = 12
EXACT = 1e-9


def series():
    """Name, season, values."""
    with open(HERE / "../forecast/air_passengers.csv") as f:
        air = [float(row["value"]) for row in csv.DictReader(f)]
    yield "air_passengers", 12, air
    t, noise = np.arange(52), np.random.default_rng(4).normal(size=52)
    shape = np.array([0.8, 1.05, 1.25, 0.9])
    yield "quarterly_growth", 4, (300 + 9 * t) * shape[t % 4] * (1 + 0.03 * noise)
    t, noise = np.arange(84), np.random.default_rng(5).normal(size=84)
    yield "monthly_around_zero", 12, 20 * np.sin(TAU * t / 12) + 9 * np.cos(TAU * t / 6) + 3 * noise + 0.1 * t
    t, noise = np.arange(60), np.random.default_rng(6).normal(size=(2, 60))
    slope = 3 + np.cumsum(0.15 * noise[0])
    yield "bending_trend", 1, 100 + np.cumsum(slope) + 6 * noise[1]
    noise = np.random.default_rng(7).normal(size=(2, 70))
    yield "wandering_level", 1, 500 + np.cumsum(8 * noise[0]) + 20 * noise[1]
    chance = np.random.default_rng(8)
    yield "rare_sales", 1, (chance.random(72) < 0.3) * chance.integers(1, 12, 72)
    chance = np.random.default_rng(9)
    yield "fading_sales", 1, (chance.random(64) < np.linspace(0.7, 0.1, 64)) * chance.integers(2, 40, 64)


def point(model, y):
    return model.forecast(y=y, h=HORIZON)["mean"]


def ahead(cycle, n):
    """The values of a cycle that starts with the first value of a history of n, for the steps after it."""
    return np.array([cycle[(n + h) % len(cycle)] for h in range(HORIZON)])


def by_indices(model, y, m):
    kind = "multiplicative" if (y > 0).all() else "additive"
    cycle = seasonal_decompose(y, model=kind, period=m).seasonal[:m]
    whole = np.resize(cycle, len(y))
    if kind == "additive":
        return point(model, y - whole) + ahead(cycle, len(y))
    return point(model, y / whole) * ahead(cycle, len(y))


def by_stl(model, y, m):
    seasonal = mstl(np.log(y), period=m)["seasonal"].to_numpy()
    return point(model, y / np.exp(seasonal)) * np.exp(np.resize(seasonal[-m:], HORIZON))


def expected(name, y, m):
    """Model, tolerance, estimates."""
    if name.endswith("_sales"):
        yield "croston_sba", EXACT, point(CrostonSBA(), y)
        yield "tsb", EXACT, point(TSB(alpha_d=0.1, alpha_p=0.1), y)
        yield "imapa", 0.06, point(IMAPA(), y)
        return
    positive = (y > 0).all()
    yield "naive", EXACT, point(Naive(), y)
    yield "drift", EXACT, point(RandomWalkWithDrift(), y)
    yield "theta", 0.002, point(DynamicOptimizedTheta(season_length=m), y)
    if m > 1:
        yield "seasonal_naive", EXACT, point(SeasonalNaive(season_length=m), y)
        yield "mstl", 0.02, point(MSTL(season_length=[m], trend_forecaster=AutoETS(model="ZZN")), y)
        yield "ces", 0.01, by_indices(AutoCES(season_length=1, model="N"), y, m)
    else:
        yield "ces", 0.01, point(AutoCES(season_length=1, model="N"), y)
    if m > 1 and positive:
        yield "stl_theta", 0.01, by_stl(DynamicOptimizedTheta(season_length=1), y, m)
        yield "stl_ces", 0.01, by_stl(AutoCES(season_length=1, model="N"), y, m)
    if m > 1:
        forms = ["MNM", "MAM", "MAdM"] if positive else ["ANA", "AAA", "AAdA"]
    else:
        forms = ["ANN", "AAN", "AAdN", "MNN", "MAN", "MAdN"]
    for form in forms:
        model = AutoETS(season_length=m, model=form.replace("d", ""), damped="d" in form).fit(y)
        yield f"ets({form})", 0.03 if positive else 0.07, model.predict(h=HORIZON)["mean"], model.model_["aicc"]


cases = []
for name, season, values in series():
    y = np.array([round(float(v), 2) for v in values])
    models = {}
    for model, tolerance, estimates, *aicc in expected(name, y, season):
        digits = "{:.13g}" if tolerance == EXACT else "{:.3f}"
        models[model] = {"tolerance": tolerance}
        if aicc:
            models[model]["aicc"] = round(float(aicc[0]), 3)
        models[model]["point"] = [float(digits.format(v)) for v in estimates]
    cases.append({"name": name, "season": season, "values": y.tolist(), "models": models})

document = {
    "provenance": "expected: statsforecast 2.1.1 by make.py; tolerance: of each estimate, as a share of the mean "
    "absolute value of the history",
    "cases": cases,
}
# A list on one line.
text = json.dumps(document, indent=1)
text = re.sub(r"\[\s+([-\d.e,\s]+?)\s+\]", lambda m: "[" + re.sub(r"\s+", " ", m[1]) + "]", text)
(HERE / "cases.json").write_text(text + "\n")
