//! Which columns are sums of things or of money, and in which currency.

use super::detect::{Detection, grouped};
use super::mapping::{IGNORED, MeasurePlan};
use super::vocabulary::{self, Meaning};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::MeasureKind;

impl Detection<'_> {
    pub(super) fn detect_measures(&mut self) {
        for (meaning, name) in [
            (Meaning::Units, "units"),
            (Meaning::Revenue, "revenue"),
            (Meaning::Cost, "cost"),
            (Meaning::Profit, "profit"),
            (Meaning::Money, ""),
        ] {
            for column in self.meant(meaning) {
                let Some(p) = self.profiles.get(column) else {
                    continue;
                };
                // Mostly numbers: the others are errors, which name their line, and not another kind of column.
                if p.numbers * 2 < p.values {
                    continue;
                }
                let spoken = self.phrase(column);
                if meaning == Meaning::Money && p.fractions {
                    let why = format!(
                        "name says {spoken}, but all values lie between 0 and 1: a rate, not a sum"
                    );
                    self.set(column, IGNORED, why);
                    continue;
                }
                let name = match name {
                    "" => vocabulary::name_of(spoken),
                    name if self.is_taken(name) => vocabulary::name_of(self.header(column)),
                    name => name.to_owned(),
                };
                let kind = if meaning == Meaning::Units {
                    MeasureKind::Quantity
                } else {
                    MeasureKind::Money
                };
                self.add_measure(&name, column, kind, &format!("name says {spoken}"));
            }
        }
        for column in 0..self.profiles.len() {
            let known = self.meanings.get(column).is_some_and(Option::is_some);
            let Some(p) = self.profiles.get(column) else {
                continue;
            };
            if !self.is_free(column) || known || !p.is_numeric() {
                continue;
            }
            if p.flags && p.values >= 20 {
                self.set(column, IGNORED, "only 0 and 1: a flag, not a sum");
            } else if p.whole && p.distinct == p.values && p.values >= 20 {
                self.set(
                    column,
                    IGNORED,
                    "a different whole number in every row: an id, not a sum",
                );
            } else {
                let name = vocabulary::name_of(&p.header);
                let currency = p.currency.or_else(|| vocabulary::currency_in(&p.header));
                let kind = if currency.is_some() {
                    MeasureKind::Money
                } else {
                    MeasureKind::Quantity
                };
                self.add_measure(&name, column, kind, "assumed to add up");
            }
        }
    }

    /// Revenue of each row as its quantity times its price, where both are there and revenue is not.
    pub(super) fn derive_revenue(&mut self) {
        if self.is_taken("revenue") || !self.config.measure.is_empty() {
            return;
        }
        let units = self.measures.iter().find(|m| m.name == "units");
        let Some(quantity) = units.map(|m| m.column) else {
            return;
        };
        let price = self.meant(Meaning::NotAdditive).into_iter().find(|column| {
            let numeric = self
                .profiles
                .get(*column)
                .is_some_and(|p| p.numbers * 2 >= p.values);
            numeric && self.header_words(*column).contains("price")
        });
        let Some(price) = price else { return };
        // Money of another kind is there: what the price is of is not plain.
        if self.measures.iter().any(|m| m.kind == MeasureKind::Money) {
            return;
        }
        self.add_measure("revenue", price, MeasureKind::Money, "");
        let why = format!(
            "revenue is derived, row by row: {} times {}; take the [[measure]] out of dataset.toml if that is wrong",
            self.header(quantity),
            self.header(price)
        );
        self.set(price, "revenue (price)", why);
        if let Some(measure) = self.measures.last_mut() {
            measure.column = quantity;
            measure.times = Some(price);
            measure.synonyms = vocabulary::synonyms("revenue")
                .iter()
                .map(|s| (*s).to_owned())
                .collect();
        }
    }

    fn header_words(&self, column: usize) -> String {
        vocabulary::words(self.header(column)).join(" ")
    }

    fn add_measure(&mut self, name: &str, column: usize, kind: MeasureKind, why: &str) {
        if self.measures.len() >= limits::MEASURES_MAX {
            self.set(
                column,
                IGNORED,
                format!("a dataset has at most {} measures", limits::MEASURES_MAX),
            );
            return;
        }
        let name = self.free_name(name.to_owned());
        let Some(p) = self.profiles.get(column) else {
            return;
        };
        let spoken = vocabulary::words(&p.header).join(" ");
        let mut why = match p.numbers == p.values {
            true if p.whole => format!(
                "{why}; all {} sampled values are whole numbers",
                grouped(p.values)
            ),
            true => format!(
                "{why}; all {} sampled values are numbers",
                grouped(p.values)
            ),
            false => format!(
                "{why}; {} of {} sampled values are numbers",
                grouped(p.numbers),
                grouped(p.values)
            ),
        };
        let unit = match kind {
            MeasureKind::Quantity => "units".to_owned(),
            MeasureKind::Money => {
                let seen = vocabulary::currency_in(&p.header)
                    .or(p.currency)
                    .map(str::to_owned);
                let told = self
                    .config
                    .currency
                    .clone()
                    .or_else(|| self.currency.clone());
                seen.or(told).unwrap_or_else(|| {
                    why.push_str("; currency assumed: USD");
                    "USD".into()
                })
            }
        };
        let standard = vocabulary::synonyms(&name).iter().map(|s| (*s).to_owned());
        let mut synonyms: Vec<String> = Vec::new();
        for synonym in [spoken].into_iter().chain(standard) {
            if synonym != name && !synonym.is_empty() && !synonyms.contains(&synonym) {
                synonyms.push(synonym);
            }
        }
        let label = vocabulary::label_of(&name);
        self.set(column, &name, why);
        self.measures.push(MeasurePlan {
            name,
            label,
            synonyms,
            column,
            times: None,
            kind,
            unit,
            scale: None,
        });
    }

    /// A column of currency codes: it must be one currency, for currencies are never added together.
    pub(super) fn currency_column(&mut self) -> Result<Option<usize>> {
        let Some(&column) = self.meant(Meaning::Currency).first() else {
            return Ok(None);
        };
        let Some(p) = self.profiles.get(column) else {
            return Ok(None);
        };
        let Some(only) = p.only.clone() else {
            return Err(Error::invalid(format!(
                "{} column {:?} holds {} currencies, which cannot be added together: ingest one file for each currency, or convert the amounts first",
                self.source, p.header, p.distinct
            )));
        };
        if only.len() == 3 && only.bytes().all(|b| b.is_ascii_alphabetic()) {
            self.currency = Some(only.to_ascii_uppercase());
        }
        self.set(column, "currency", format!("every sampled row says {only}"));
        Ok(Some(column))
    }
}
