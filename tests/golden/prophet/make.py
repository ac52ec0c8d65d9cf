#!/usr/bin/env python3
"""Writes the cases of this folder with Python Prophet.

    pip install prophet==1.5.0 pandas==3.1.1 numpy==2.4.6 && python3 make.py

The histories are made up here, from numpy's generator with fixed seeds. Every case holds what Prophet is asked (setup,
days since 1970-01-01, values, regressors, holidays) and what it answers for the history's last days and the future.
"""
import json
import logging
import pathlib

import numpy as np
import pandas as pd
from prophet import Prophet

logging.getLogger("prophet").setLevel(logging.ERROR)
logging.getLogger("cmdstanpy").setLevel(logging.ERROR)
HERE = pathlib.Path(__file__).parent
EPOCH = pd.Timestamp("1970-01-01")
TAU = 2 * np.pi


def days(dates):
    return [int((d - EPOCH).days) for d in dates]


def case(name, ds, y, horizon, regressors=(), holidays=(), cycles=(), growth="linear", tolerance=0.005, **settings):
    """Fits all but the last `horizon` days and asks for those and the 10 days before them."""
    frame = pd.DataFrame({"ds": ds, "y": y})
    bounds = {k: settings.pop(k) for k in ("cap", "floor") if k in settings}
    for key, value in bounds.items():
        frame[key] = float(value)
    for r in regressors:
        frame[r["name"]] = r["values"]
    keywords = dict(settings)
    if holidays:
        rows = [
            {"holiday": h["name"], "ds": pd.Timestamp(d), "lower_window": h["lower"], "upper_window": h["upper"],
             "prior_scale": h.get("prior_scale", 10.0)}
            for h in holidays for d in h["dates"]
        ]
        keywords["holidays"] = pd.DataFrame(rows)
    if "changepoints" in keywords:
        keywords["changepoints"] = pd.to_datetime(keywords["changepoints"])
    model = Prophet(growth=growth, uncertainty_samples=2000, **keywords)
    for r in regressors:
        model.add_regressor(r["name"], prior_scale=r.get("prior_scale"), mode=r.get("mode"))
    for c in cycles:
        model.add_seasonality(c["name"], c["period"], c["order"], c.get("prior_scale"), c.get("mode"))
    known = len(frame) - horizon
    model.fit(frame.iloc[:known].copy())
    np.random.seed(1)
    asked = frame.iloc[known - 10:].drop(columns="y")
    answer = model.predict(asked)
    future = answer.iloc[10:]
    parts = list(model.seasonalities) + [h["name"] for h in holidays] + [r["name"] for r in regressors]
    digits = lambda values: [float(f"{v:.8g}") for v in values]
    document = {
        "provenance": "made up by make.py; expected: Python Prophet 1.5.0 by make.py",
        "tolerance": {
            "meaning": "yhat, trend and additive parts: relative to the mean absolute value of the history; "
            "multiplicative parts: absolute; width80: relative",
            "yhat": tolerance,
            "trend": 4 * tolerance,
            "parts": 4 * tolerance,
            "width80": 0.1,
        },
        "setup": {
            "growth": growth,
            **bounds,
            **{k: (days(pd.to_datetime(v)) if k == "changepoints" else v) for k, v in settings.items()},
            "holidays": [
                {"name": h["name"], "days": days(pd.to_datetime(h["dates"])), "lower": h["lower"], "upper": h["upper"],
                 "prior_scale": h.get("prior_scale")} for h in holidays
            ],
            "regressors": [
                {"name": r["name"], "mode": r.get("mode"), "prior_scale": r.get("prior_scale"),
                 "values": [float(v) for v in r["values"]]} for r in regressors
            ],
            "cycles": list(cycles),
        },
        "known": known,
        "days": days(frame["ds"]),
        "y": [float(v) for v in frame["y"].iloc[:known]],
        "expected": {
            "yhat": digits(answer["yhat"]),
            "trend": digits(answer["trend"]),
            "parts": {p: digits(answer[p]) for p in parts},
            "width80": float(f"{(future['yhat_upper'] - future['yhat_lower']).mean():.6g}"),
        },
    }
    (HERE / f"{name}.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


def main():
    random = np.random.default_rng(20)

    # A shop open every day: weekly and yearly seasons, holidays with windows, a trend that bends.
    ds = pd.date_range("2022-03-01", periods=800 + 28)
    t = np.arange(len(ds))
    y = 200 + 0.1 * t - 0.12 * np.maximum(t - 400, 0) + 30 * np.sin(TAU * t / 365.25) + 25 * (ds.day_of_week >= 5)
    sale = ["2022-11-25", "2023-11-24", "2024-05-20", "2022-06-10", "2023-06-09"]
    for d in pd.to_datetime(sale):
        at = (ds - d).days
        y = y + 120 * (at == 0) + 60 * (at == 1) + 20 * (at == -1)
    feast = ["2022-12-25", "2023-12-25", "2024-05-28"]
    y = np.where(ds.isin(pd.to_datetime(feast)), 20, y)
    y = np.round(y + random.normal(0, 8, len(ds)))
    case("holidays", ds, y, 28, holidays=[
        {"name": "sale", "dates": sale, "lower": -1, "upper": 1},
        {"name": "feast", "dates": feast, "lower": 0, "upper": 0, "prior_scale": 5.0},
    ])

    # Adoption that saturates between a floor and a cap, by the week.
    ds = pd.date_range("2021-01-03", periods=150 + 20, freq="W-SUN")
    t = np.arange(len(ds))
    y = 50 + 900 / (1 + np.exp(-(t - 70) / 18)) + 25 * np.cos(TAU * t / 52.18) + random.normal(0, 8, len(ds))
    case("logistic", ds, np.round(y), 20, growth="logistic", cap=1000, floor=40)

    # A short history: Prophet uses Newton's method there, which leaves changes of slope at the 0 where they start.
    case("logistic_short", ds[:90], np.round(y[:90]), 10, growth="logistic", cap=1000, floor=40, tolerance=0.02)

    # Regressors: a continuous one added, a binary one multiplied.
    ds = pd.date_range("2023-01-01", periods=400 + 28)
    t = np.arange(len(ds))
    heat = np.round(15 + 10 * np.sin(TAU * (t - 100) / 365) + random.normal(0, 3, len(ds)), 1)
    promo = (random.uniform(size=len(ds)) < 0.12).astype(float)
    y = (300 + 0.2 * t) * (1 + 0.25 * promo) + 4 * heat + 15 * np.sin(TAU * t / 7) + random.normal(0, 10, len(ds))
    case("regressors", ds, np.round(y, 1), 28, regressors=[
        {"name": "heat", "values": heat},
        {"name": "promo", "values": promo, "mode": "multiplicative", "prior_scale": 0.5},
    ])

    # Seasons and holidays that grow with the trend, by the month.
    ds = pd.date_range("2012-01-01", periods=130 + 18, freq="MS")
    t = np.arange(len(ds))
    y = (100 + 2 * t) * (1 + 0.3 * np.sin(TAU * t / 12) + 0.1 * np.cos(TAU * t / 6)) + random.normal(0, 6, len(ds))
    case("multiplicative", ds, np.round(y, 1), 18, seasonality_mode="multiplicative")
    case("multiplicative_short", ds[:72], np.round(y[:72], 1), 12, seasonality_mode="multiplicative", tolerance=0.01)

    # A level without growth, days missing, a cycle of its own and given orders.
    ds = pd.date_range("2023-05-01", periods=330)
    t = np.arange(len(ds))
    y = 80 + 12 * np.sin(TAU * t / 30.5) + 10 * (ds.day_of_week == 4) + random.normal(0, 4, len(ds))
    kept = (ds.day_of_week != 6) & ((t < 100) | (t > 130))
    case("flat", ds[kept], np.round(y[kept], 1), 24, growth="flat", weekly_seasonality=2, yearly_seasonality=False,
         cycles=[{"name": "monthly", "period": 30.5, "order": 3, "prior_scale": 2.0, "mode": "additive"}])

    # Few values, given changepoints, and other priors.
    ds = pd.date_range("2016-01-01", periods=40, freq="QS")
    t = np.arange(len(ds))
    y = 400 + 9 * t - 14 * np.maximum(t - 18, 0) + 40 * (ds.quarter == 4) + random.normal(0, 6, len(ds))
    case("changepoints", ds, np.round(y, 1), 8, changepoints=["2018-01-01", "2020-07-01", "2022-01-01"],
         changepoint_prior_scale=0.5, seasonality_prior_scale=1.0, yearly_seasonality=2, tolerance=0.01)


main()
