#!/usr/bin/env python3
"""Writes dates.csv of this folder: the national public holidays of 2015-2035 by an independent implementation.

    pip install holidays==0.109 && python3 make.py

One line for each country and holiday: country,name,dates (YYYYMMDD, a space between). Countries without a subdivision,
the default categories, names in the package's en_US. A day with two holidays is listed under both. Observed days keep
the suffix " (observed)" of the package; " (estimated)" (moon-sighted feasts to come) is dropped.
"""
import pathlib

import holidays

COUNTRIES = "US CA MX GB DE FR ES IT NL BR AU IN JP".split()
YEARS = range(2015, 2036)

lines = ["country,name,dates"]
for country in COUNTRIES:
    dates = {}
    for day, names in sorted(holidays.country_holidays(country, years=YEARS, language="en_US").items()):
        if day.year not in YEARS:
            continue
        for name in names.split("; "):
            name = name.replace(" (estimated)", "").replace(",", "")
            dates.setdefault(name, []).append(day.strftime("%Y%m%d"))
    lines += [f"{country},{name},{' '.join(days)}" for name, days in dates.items()]
(pathlib.Path(__file__).parent / "dates.csv").write_text("\n".join(lines) + "\n")
