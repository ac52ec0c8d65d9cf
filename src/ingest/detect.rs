//! Decides what each column of a source is, by its name and by its sampled values, and says why.

use super::config::{Config, DimensionConfig, MeasureConfig};
use super::mapping::{ColumnRole, DimensionPlan, IGNORED, Mapping, MeasurePlan, TimeColumns};
use super::profile::{Profile, Sample};
use super::settle;
use super::vocabulary::{self, Meaning};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::MeasureKind;

/// Decides what each column is. What `config` says is taken as said.
///
/// # Errors
/// `Invalid`, with what to change, if there is no usable date or measure, or a notation cannot be told.
pub fn detect(sample: &Sample, delimiter: u8, source: &str, config: &Config) -> Result<Mapping> {
    let columns = sample.headers.len();
    if sample.rows.is_empty() {
        return Err(Error::invalid(format!(
            "{source} has a header but no rows: add at least one row below it"
        )));
    }
    let profiles: Vec<Profile> = (0..columns).map(|i| Profile::of(sample, i)).collect();
    let mut d = Detection {
        source,
        config,
        sample,
        meanings: profiles
            .iter()
            .map(|p| vocabulary::meaning(&p.header))
            .collect(),
        roles: vec![None; columns],
        profiles,
        dimensions: Vec::new(),
        measures: Vec::new(),
        currency: None,
    };
    for name in &config.ignore {
        // The list was written for an earlier file: that a column is gone does no harm.
        if let Some(column) = d.find(name) {
            d.set(column, IGNORED, "dataset.toml says so");
        }
    }
    for dimension in &config.dimension {
        d.dimension_as_told(dimension)?;
    }
    for measure in &config.measure {
        d.measure_as_told(measure)?;
    }
    let time = settle::time(&mut d)?;
    let currency_column = d.currency_column()?;
    d.detect_operation();
    d.detect_product();
    d.detect_measures();
    d.derive_revenue();
    d.detect_further_dimensions();
    d.leave_out_the_rest();
    d.finish(time, currency_column, delimiter)
}

/// Detection under way. Each step takes columns that no earlier one took.
pub(super) struct Detection<'a> {
    pub(super) source: &'a str,
    pub(super) config: &'a Config,
    pub(super) sample: &'a Sample,
    pub(super) profiles: Vec<Profile>,
    pub(super) meanings: Vec<Option<(Meaning, &'static str, usize)>>,
    roles: Vec<Option<(String, String)>>,
    dimensions: Vec<DimensionPlan>,
    pub(super) measures: Vec<MeasurePlan>,
    pub(super) currency: Option<String>,
}

impl Detection<'_> {
    fn find(&self, header: &str) -> Option<usize> {
        let same = |p: &Profile| p.header.eq_ignore_ascii_case(header.trim());
        self.profiles.iter().position(same)
    }

    /// The position of a column that `dataset.toml` names.
    pub(super) fn column(&self, header: &str) -> Result<usize> {
        self.find(header).ok_or_else(|| {
            let mut near: Vec<(usize, &String)> = self
                .sample
                .headers
                .iter()
                .map(|h| {
                    (
                        strsim::levenshtein(&h.to_lowercase(), &header.to_lowercase()),
                        h,
                    )
                })
                .collect();
            near.sort();
            let near = near.into_iter().take(limits::SUGGESTIONS_MAX);
            Error::invalid(format!(
                "dataset.toml names a column {header:?} that {} does not have",
                self.source
            ))
            .with_suggestions(near.map(|(_, h)| h.clone()).collect())
        })
    }

    pub(super) fn set(&mut self, column: usize, role: &str, reason: impl Into<String>) {
        if let Some(slot) = self.roles.get_mut(column) {
            *slot = Some((role.to_owned(), reason.into()));
        }
    }

    pub(super) fn is_free(&self, column: usize) -> bool {
        self.roles.get(column).is_some_and(Option::is_none)
    }

    pub(super) fn header(&self, column: usize) -> &str {
        self.profiles.get(column).map_or("", |p| &p.header)
    }

    /// Free columns of a meaning, the best name first.
    pub(super) fn meant(&self, wanted: Meaning) -> Vec<usize> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        for (column, meaning) in self.meanings.iter().enumerate() {
            if let Some((meaning, _, distance)) = meaning
                && *meaning == wanted
                && self.is_free(column)
                && self.profiles.get(column).is_some_and(|p| p.values > 0)
            {
                found.push((*distance, column));
            }
        }
        found.sort_unstable();
        found.into_iter().map(|(_, column)| column).collect()
    }

    pub(super) fn phrase(&self, column: usize) -> &'static str {
        let meaning = self.meanings.get(column).copied().flatten();
        meaning.map_or("", |(_, phrase, _)| phrase)
    }

    fn dimension_as_told(&mut self, told: &DimensionConfig) -> Result<()> {
        let column = self.column(&told.column)?;
        let id_column = told
            .id_column
            .as_ref()
            .map(|c| self.column(c))
            .transpose()?;
        self.set(column, &told.name, "dataset.toml says so");
        if let Some(id) = id_column.filter(|id| *id != column) {
            self.set(id, &format!("{} (id)", told.name), "dataset.toml says so");
        }
        self.dimensions.push(DimensionPlan {
            name: told.name.clone(),
            label: told
                .label
                .clone()
                .unwrap_or_else(|| vocabulary::label_of(&told.name)),
            synonyms: told.synonyms.clone(),
            column,
            id_column,
            parent: told.parent.clone(),
        });
        Ok(())
    }

    fn measure_as_told(&mut self, told: &MeasureConfig) -> Result<()> {
        let (column, times) = match told.derive.as_slice() {
            [quantity, price] => {
                let (quantity, price) = (self.column(quantity)?, self.column(price)?);
                let why = "dataset.toml says so: multiplied with the quantity, row by row";
                self.set(price, &format!("{} (price)", told.name), why);
                (quantity, Some(price))
            }
            _ => (self.column(&told.column)?, None),
        };
        if self.is_free(column) {
            let role = times.map_or_else(
                || told.name.clone(),
                |_| format!("{} (quantity)", told.name),
            );
            self.set(column, &role, "dataset.toml says so");
        }
        let (kind, unit) = match &told.currency {
            Some(currency) => (MeasureKind::Money, currency.clone()),
            None => (
                MeasureKind::Quantity,
                told.unit.clone().unwrap_or_else(|| "units".into()),
            ),
        };
        self.measures.push(MeasurePlan {
            name: told.name.clone(),
            label: told
                .label
                .clone()
                .unwrap_or_else(|| vocabulary::label_of(&told.name)),
            synonyms: told.synonyms.clone(),
            column,
            times,
            kind,
            unit,
            scale: told.scale,
        });
        Ok(())
    }

    fn has_dimension(&self, name: &str) -> bool {
        self.dimensions.iter().any(|d| d.name == name)
    }

    pub(super) fn is_taken(&self, name: &str) -> bool {
        self.has_dimension(name) || self.measures.iter().any(|m| m.name == name)
    }

    pub(super) fn free_name(&self, wanted: String) -> String {
        if !self.is_taken(&wanted) {
            return wanted;
        }
        (2..=limits::SOURCE_COLUMNS_MAX + 2)
            .map(|n| format!("{wanted}_{n}"))
            .find(|name| !self.is_taken(name))
            .unwrap_or(wanted)
    }

    /// Makes a column a dimension.
    fn add_dimension(&mut self, name: &str, column: usize, id: Option<usize>, why: String) {
        let name = self.free_name(name.to_owned());
        let header = self.header(column).to_owned();
        let own = vocabulary::words(&header).join(" ");
        // "OPERATION_NAME" is called "Operation"; a city that plays the operation's part stays a "City".
        let bare = own.strip_suffix(" name").unwrap_or(&own).to_owned();
        let label = vocabulary::label_of(&bare);
        let mut synonyms: Vec<String> = Vec::new();
        let standard = vocabulary::synonyms(&name).iter().map(|s| (*s).to_owned());
        for synonym in [bare].into_iter().chain(standard) {
            if synonym != name && !synonym.is_empty() && !synonyms.contains(&synonym) {
                synonyms.push(synonym);
            }
        }
        if let Some(id) = id {
            let reason = format!("name says {}; one value for each {name}", self.phrase(id));
            self.set(id, &format!("{name} (id)"), reason);
        }
        self.set(column, &name, why);
        self.dimensions.push(DimensionPlan {
            name,
            label,
            synonyms,
            column,
            id_column: id,
            parent: None,
        });
    }

    fn values_of(&self, column: usize) -> String {
        let p = self.profiles.get(column);
        let (distinct, values) = p.map_or((0, 0), |p| (p.distinct, p.values));
        format!(
            "{} in {} sampled rows",
            plural(distinct, "different value"),
            grouped(values)
        )
    }

    fn detect_operation(&mut self) {
        if self.has_dimension("operation") {
            return;
        }
        let ids = self.meant(Meaning::OperationId);
        if let Some(&column) = self.meant(Meaning::Operation).first() {
            let what = self.phrase(column).split(' ').next().unwrap_or_default();
            let id = ids
                .iter()
                .copied()
                .find(|id| self.phrase(*id).split(' ').next() == Some(what));
            let why = format!(
                "name says {}; {}",
                self.phrase(column),
                self.values_of(column)
            );
            self.add_dimension("operation", column, id, why);
        } else if let Some(&column) = ids.first() {
            let why = format!(
                "name says {}, and no column names the places; {}",
                self.phrase(column),
                self.values_of(column)
            );
            self.add_dimension("operation", column, None, why);
        } else if let Some(column) = self.finest(Meaning::Region) {
            let why = format!(
                "name says {}: the finest column that says where; {}",
                self.phrase(column),
                self.values_of(column)
            );
            self.add_dimension("operation", column, None, why);
        }
    }

    fn detect_product(&mut self) {
        if self.has_dimension("product") {
            return;
        }
        let id = self.meant(Meaning::ProductId).first().copied();
        if let Some(&column) = self.meant(Meaning::Product).first() {
            let why = format!(
                "name says {}; {}",
                self.phrase(column),
                self.values_of(column)
            );
            self.add_dimension("product", column, id, why);
        } else if let Some(column) = id {
            let why = format!(
                "name says {}, and no column names the products; {}",
                self.phrase(column),
                self.values_of(column)
            );
            self.add_dimension("product", column, None, why);
        } else if let Some(column) = self.finest(Meaning::Category) {
            let why = format!(
                "name says {}: the finest column that says what was sold; {}",
                self.phrase(column),
                self.values_of(column)
            );
            self.add_dimension("product", column, None, why);
        }
    }

    /// Of the free text columns of a meaning the one with most values.
    fn finest(&self, meaning: Meaning) -> Option<usize> {
        let distinct = |column: &usize| self.profiles.get(*column).map_or(0, |p| p.distinct);
        let columns = self.meant(meaning).into_iter();
        columns.rev().max_by_key(distinct)
    }

    fn detect_further_dimensions(&mut self) {
        for (meaning, name) in [
            (Meaning::Category, "category"),
            (Meaning::Region, "region"),
            (Meaning::Channel, "channel"),
            (Meaning::Operation, ""),
            (Meaning::OperationId, ""),
        ] {
            for column in self.meant(meaning) {
                // One value in the sample may be many in a file that is sorted by it: the name decides.
                let own = vocabulary::name_of(self.header(column));
                let name = if name.is_empty() || self.is_taken(name) {
                    &own
                } else {
                    name
                };
                let why = format!(
                    "name says {}; {}",
                    self.phrase(column),
                    self.values_of(column)
                );
                self.further(name, column, why);
            }
        }
        // What no name explains, fewest values first: they cost least.
        let mut unknown: Vec<(usize, usize)> = Vec::new();
        for (column, p) in self.profiles.iter().enumerate() {
            let known = self.meanings.get(column).is_some_and(Option::is_some);
            let few =
                p.distinct <= limits::DETECTED_VALUES_MAX && p.distinct <= 20.max(p.values / 10);
            if self.is_free(column) && !known && !p.is_date() && p.distinct > 1 && few {
                unknown.push((p.distinct, column));
            }
        }
        unknown.sort_unstable();
        for (_, column) in unknown {
            let name = vocabulary::name_of(self.header(column));
            let why = format!("text with {}", self.values_of(column));
            self.further(&name, column, why);
        }
    }

    fn further(&mut self, name: &str, column: usize, why: String) {
        if self.dimensions.len() >= limits::STORED_DIMENSIONS_MAX {
            let why = format!(
                "a dataset keeps at most {} dimensions apart: choose them in dataset.toml",
                limits::STORED_DIMENSIONS_MAX
            );
            self.set(column, IGNORED, why);
        } else {
            self.add_dimension(name, column, None, why);
        }
    }

    fn leave_out_the_rest(&mut self) {
        for column in 0..self.profiles.len() {
            if !self.is_free(column) {
                continue;
            }
            let Some(p) = self.profiles.get(column) else {
                continue;
            };
            let spoken = self.phrase(column);
            let meaning = self.meanings.get(column).copied().flatten().map(|m| m.0);
            let why = match meaning {
                _ if p.values == 0 => "empty".into(),
                Some(Meaning::NotAdditive) => {
                    format!("name says {spoken}, which is not additive: its sum means nothing")
                }
                Some(Meaning::Identifier) => {
                    format!("name says {spoken}: it identifies people or documents, not groups")
                }
                Some(Meaning::CalendarPart | Meaning::Year | Meaning::Month) => {
                    "the date already says it".into()
                }
                Some(Meaning::Date) => "another column holds the date".into(),
                Some(
                    Meaning::Units
                    | Meaning::Revenue
                    | Meaning::Cost
                    | Meaning::Profit
                    | Meaning::Money,
                ) => {
                    let example = p.not_number.as_ref().map_or("", |(_, text)| text);
                    format!(
                        "name says {spoken}, but most values are no numbers, such as {example:?}"
                    )
                }
                _ if p.is_date() => "another column holds the date".into(),
                _ if p.distinct == 1 => "the same value in every sampled row".into(),
                _ => format!("text with {}: too many to group by", self.values_of(column)),
            };
            self.set(column, IGNORED, why);
        }
    }

    /// Guesses what belongs to what, orders everything, and settles the notation of numbers.
    fn finish(
        mut self,
        time: TimeColumns,
        currency_column: Option<usize>,
        delimiter: u8,
    ) -> Result<Mapping> {
        if self.dimensions.len() > limits::STORED_DIMENSIONS_MAX {
            return Err(Error::invalid(format!(
                "dataset.toml names {} dimensions: at most {} are kept apart",
                self.dimensions.len(),
                limits::STORED_DIMENSIONS_MAX
            )));
        }
        if self.measures.is_empty() {
            return Err(settle::no_measure(&self));
        }
        if self.config.dimension.is_empty() {
            self.guess_parents();
        }
        self.check_parents()?;
        let rank = |order: &[&str], name: &str| {
            order.iter().position(|n| *n == name).unwrap_or(order.len())
        };
        self.dimensions
            .sort_by_key(|d| (rank(&["operation", "product"], &d.name), d.column));
        self.measures.sort_by_key(|m| {
            (
                rank(&["units", "revenue", "cost", "profit"], &m.name),
                m.column,
            )
        });
        let names: Vec<String> = self.dimensions.iter().map(|d| d.name.clone()).collect();
        let sums: Vec<String> = self.measures.iter().map(|m| m.name.clone()).collect();
        // A name beats a synonym, so a synonym that is another one's name would never be heard.
        for d in &mut self.dimensions {
            d.synonyms.retain(|s| !names.contains(s));
        }
        for m in &mut self.measures {
            m.synonyms.retain(|s| !sums.contains(s));
        }
        let default_measure = match &self.config.default_measure {
            Some(name) if sums.contains(name) => name.clone(),
            Some(name) => {
                return Err(Error::invalid(format!(
                    "dataset.toml: default_measure {name:?} is not a measure of this dataset"
                ))
                .with_suggestions(sums));
            }
            None => sums.first().cloned().unwrap_or_default(),
        };
        let derived = super::ratios::ratios(
            &self.config.derived,
            self.config.measure.is_empty(),
            &self.measures,
            &names,
        )?;
        if let Some(calendar) = &self.config.calendar {
            let mut known: Vec<&str> = self.measures.iter().map(|m| m.name.as_str()).collect();
            known.extend(derived.iter().map(|d| d.name.as_str()));
            calendar.check_planned(&known)?;
        }
        let decimal = settle::decimal(&self, &self.measures, delimiter)?;
        let headers = self.sample.headers.iter();
        let columns = headers.zip(self.roles).map(|(header, role)| {
            let (role, reason) = role.unwrap_or_default();
            ColumnRole {
                header: header.clone(),
                role,
                reason,
            }
        });
        Ok(Mapping {
            columns: columns.collect(),
            time,
            decimal,
            dimensions: self.dimensions,
            measures: self.measures,
            default_measure,
            currency_column,
            derived,
            calendar: self.config.calendar.clone(),
            targets: self.config.target.clone(),
            rules: self.config.rules.unwrap_or_default(),
            zone: self.config.time.as_ref().and_then(|t| t.zone.clone()),
        })
    }

    /// Categories belong to products and regions to operations, where the sample does not contradict.
    fn guess_parents(&mut self) {
        for (child, meaning) in [
            ("product", Meaning::Category),
            ("operation", Meaning::Region),
        ] {
            let Some(at) = self.dimensions.iter().position(|d| d.name == child) else {
                continue;
            };
            let parent = self.dimensions.iter().find(|d| {
                let meant = self.meanings.get(d.column).copied().flatten().map(|m| m.0);
                d.name != child
                    && meant == Some(meaning)
                    && self
                        .dimensions
                        .get(at)
                        .is_some_and(|c| settle::depends(self.sample, c, d.column))
            });
            let parent = parent.map(|p| p.name.clone());
            if let Some(d) = self.dimensions.get_mut(at) {
                d.parent = parent;
            }
        }
    }

    fn check_parents(&self) -> Result<()> {
        for d in &self.dimensions {
            let Some(parent) = &d.parent else { continue };
            let Some(p) = self.dimensions.iter().find(|p| p.name == *parent) else {
                return Err(Error::invalid(format!(
                    "dataset.toml: dimension {:?} has the parent {parent:?}, which is no dimension",
                    d.name
                )));
            };
            if p.parent.is_some() || p.name == d.name {
                return Err(Error::invalid(format!(
                    "dataset.toml: dimension {parent:?} is a parent and cannot have one itself"
                )));
            }
        }
        Ok(())
    }
}

pub(super) fn plural(n: usize, what: &str) -> String {
    format!("{} {what}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// `5,000`
pub(super) fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}
