#!/usr/bin/env python3
"""Writes dates.csv of this folder: the national public holidays of 2015-2035 by an independent implementation.

    pip install holidays==0.109 && python3 make.py

One line for each country and holiday: country,name,dates (YYYYMMDD, a space between). The package's days of a country
without a subdivision, in its default categories, with its en_US names; a day with two holidays is listed under both.
To those of Australia are added the days that it has for every state and territory and not for the country: the days off
for holidays on a weekend, and Easter Sunday from 2027. Observed days end in " (observed)"; " (estimated)", which the
package says of moon-sighted feasts to come, is dropped.
"""
import pathlib

import holidays

COUNTRIES = "US CA MX GB DE FR ES IT NL BR AU IN JP".split()
STATES = "ACT NSW NT QLD SA TAS VIC WA".split()
YEARS = range(2015, 2036)


def days_of(country, subdivision=None):
    found = holidays.country_holidays(country, subdiv=subdivision, years=YEARS, language="en_US")
    return {day: name for day, name in found.items() if day.year in YEARS}


lines = ["country,name,dates"]
for country in COUNTRIES:
    days = days_of(country)
    if country == "AU":
        states = [days_of(country, state) for state in STATES]
        for day in set.intersection(*map(set, states)) - set(days):
            name = states[0][day].removesuffix(" (observed)")
            is_observed = any(day.year == other.year and name == n for other, n in days.items())
            days[day] = name + (" (observed)" if is_observed else "")
    dates = {}
    for day, names in sorted(days.items()):
        for name in names.split("; "):
            name = name.replace(" (estimated)", "").replace(",", "")
            dates.setdefault(name, []).append(day.strftime("%Y%m%d"))
    lines += [f"{country},{name},{' '.join(found)}" for name, found in dates.items()]
(pathlib.Path(__file__).parent / "dates.csv").write_text("\n".join(lines) + "\n")
