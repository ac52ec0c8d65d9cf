"""Writes stems.csv: words with their stems by another implementation of Porter's algorithm.

pip install snowballstemmer==3.1.1; python make_stems.py
"""

import csv
import pathlib

import snowballstemmer

WORDS = """
caresses ponies ties caress cats feed agreed disabled matting mating meeting milling messing meetings plastered bled
motoring sing conflated troubled sized hopping tanned falling hissing fizzed failing filing happy sky relational
conditional rational valency hesitancy digitizer conformably radically differently vilely analogously vietnamization
predication operator feudalism decisiveness hopefulness callousness formality sensitivity sensibility triplicate
formative formalize electricity electrical hopeful goodness revival allowance inference airliner gyroscopic adjustable
defensible irritant replacement adjustment dependent adoption homologous communism activate angularity effective
bowdlerize probate rate cease controlling roll generalizations oscillators
return returns returned returning refund refunds refunded refundable policy policies promotion promotions promotional
machine machines service services serviced servicing calendar calendars vending vend vended chips chip snacks snack
chocolate chocolates candies candy beverages beverage drinks drink waters water cookies cookie pretzels pretzel
operation operations operational operating operator operators location locations located city cities category
categories product products production productive productivity revenue revenues margin margins price prices priced
pricing cost costs costing sell sells selling sold sale sales forecast forecasts forecasting forecasted accuracy
accurate accurately measure measures measured measuring discount discounts discounted discounting holiday holidays
weekly weeks week monthly months month yearly years daily days quarterly quarters quarter seasonal seasonality season
inventory inventories stock stocks stocking stocked expiry expired expires expiring spoilage spoiled damaged damages
damage broken replace replaced replacing replacements maintain maintaining maintenance clean cleaned cleaning coins
coin jammed jamming jam jams payment payments pay paying paid card cards reader readers telemetry temperature
temperatures refrigerated refrigeration compressor compressors filters filter supplier suppliers supply supplies
customer customers complaint complaints complain complained question questions ignore ignoring previous instructions
instruction instructed happiness happily happier easier easiest running runner runs ran flies flying fly dying died
lying lie tying tie using used uses useful usefulness usable usability universal university universities universe
organization organizations organize organized organizing analysis analyses analyst analytic analytical business
businesses company companies country countries employee employees employed manager managers managed managing
management activities activity active actively activation sensational sensations traditional tradition traditions
apologies apology biology biological geology archaeology probably possible possibly simple simply gently humble
humbly yellow yes yellows eyes dyed enjoy enjoyed enjoying plays played playing player
"""

if __name__ == "__main__":
    stemmer = snowballstemmer.stemmer("porter")
    seen = dict.fromkeys(word for word in WORDS.split() if len(word) > 2)
    path = pathlib.Path(__file__).with_name("stems.csv")
    with path.open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["word", "stem"])
        out.writerows((word, stemmer.stemWord(word)) for word in seen)
