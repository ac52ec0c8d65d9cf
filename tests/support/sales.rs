//! Sales lines, and what they add up to by the plainest arithmetic: what answers are compared with.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use nearcast::ingest::ingest_csv_bytes;
use nearcast::model::{DatasetId, Day, Grain, Pointer, Timestamp};

use crate::stores::Objects;

/// One line of a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The day, since 1970.
    pub day: i32,
    /// The operation's name.
    pub operation: String,
    /// The operation's region.
    pub region: String,
    /// The product's id.
    pub product_id: String,
    /// The product's name.
    pub product: String,
    /// The product's category.
    pub category: String,
    /// The channel.
    pub channel: String,
    /// Units, negative for returns.
    pub units: i64,
    /// Revenue in cents.
    pub cents: i64,
}

impl Line {
    /// The name of the line's value of a dimension.
    ///
    /// # Panics
    /// If there is no such dimension.
    #[must_use]
    pub fn of(&self, dimension: &str) -> &str {
        match dimension {
            "operation" => &self.operation,
            "region" => &self.region,
            "product" => &self.product,
            "category" => &self.category,
            "channel" => &self.channel,
            other => panic!("no dimension {other}"),
        }
    }

    /// The line's value of a measure, scaled.
    ///
    /// # Panics
    /// If there is no such measure.
    #[must_use]
    pub fn value(&self, measure: &str) -> i64 {
        match measure {
            "units" => self.units,
            "revenue" => self.cents,
            other => panic!("no measure {other}"),
        }
    }
}

/// A vendor's lines, all from one seed: two or more of two to six operations, two or more products, two or more days.
#[must_use]
pub fn lines(seed: u64, count: usize, operations: usize, products: usize, days: i32) -> Vec<Line> {
    const CITIES: [&str; 6] = [
        "Dallas",
        "Dallas North",
        "Austin",
        "Fort Dallas",
        "Phoenix",
        "Tucson",
    ];
    const REGIONS: [&str; 2] = ["Texas", "Arizona"];
    const CATEGORIES: [&str; 4] = ["Chips", "Candy", "Drinks", "Nuts"];
    const CHANNELS: [&str; 3] = ["Retail", "Office", "Online"];
    // 2023-11-15: neither a month nor a week begins here.
    let first = Day::parse("2023-11-15").map_or(0, |d| d.0);
    let mut chance = Chance(seed);
    (0..count)
        .map(|i| {
            // The first two lines differ in everything, so that no dimension has one value only.
            let any = |chance: &mut Chance, of: usize| if i < 2 { i } else { chance.below(of) };
            let city = any(&mut chance, operations.min(CITIES.len()));
            let product = any(&mut chance, products);
            let channel = any(&mut chance, CHANNELS.len());
            let units = chance.below(40) as i64 - 4;
            // The first and the last day always have a line.
            let offset = match i {
                0 => 0,
                1 => days - 1,
                _ => chance.below(days as usize) as i32,
            };
            Line {
                day: first + offset,
                operation: CITIES[city].into(),
                region: REGIONS[city % REGIONS.len()].into(),
                product_id: format!("P{product:04}"),
                product: format!("Product {product:04}"),
                category: CATEGORIES[product % CATEGORIES.len()].into(),
                channel: CHANNELS[channel].into(),
                units,
                cents: units * (100 + (product as i64 % 7) * 35),
            }
        })
        .collect()
}

/// Lines of so many operations that the map of the finest cells is attached to the manifest, and of more products than a
/// manifest lists. Their names end in `letters` random ones: the longer, the larger what is attached.
#[must_use]
pub fn many_sites(seed: u64, count: usize, products: usize, letters: usize) -> Vec<Line> {
    const SITES: usize = 60;
    let mut lines = lines(seed, count, 6, products, 500);
    let mut chance = Chance(seed);
    let name = |number: &usize| {
        let mut letter = Chance(*number as u64);
        let ending = (0..letters).map(|_| char::from(b'a' + letter.below(26) as u8));
        format!("Product {number:04} {}", ending.collect::<String>())
    };
    let names: Vec<String> = (0..products).collect::<Vec<_>>().iter().map(name).collect();
    for (i, line) in lines.iter_mut().enumerate() {
        // Every site and every product is there.
        let site = if i < SITES { i } else { chance.below(SITES) };
        line.operation = format!("Site {site:02}");
        line.region = ["Texas", "Arizona"][site % 2].into();
        let product = if i < products {
            i
        } else {
            chance.below(products)
        };
        line.product_id = format!("P{product:04}");
        line.product = names[product].trim().to_owned();
        line.category = ["Chips", "Candy", "Drinks", "Nuts"][product % 4].into();
    }
    lines
}

/// A small generator of numbers that look random (splitmix64).
#[derive(Debug, Clone, Copy)]
pub struct Chance(pub u64);

impl Chance {
    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below this one.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.draw() % bound.max(1) as u64) as usize
    }
}

/// The lines as CSV.
#[must_use]
pub fn csv(lines: &[Line]) -> String {
    let mut out = String::from(
        "date,operation,region,product_id,product_name,category,channel,units,revenue\n",
    );
    for line in lines {
        let sign = if line.cents < 0 { "-" } else { "" };
        let cents = line.cents.abs();
        let _ = writeln!(
            out,
            "{},{},{},{},{},{},{},{},{sign}{}.{:02}",
            Day(line.day),
            line.operation,
            line.region,
            line.product_id,
            line.product,
            line.category,
            line.channel,
            line.units,
            cents / 100,
            cents % 100
        );
    }
    out
}

/// The lines as the dataset `sales`.
///
/// # Panics
/// If they cannot be ingested.
#[must_use]
pub fn dataset(lines: &[Line]) -> Objects {
    ingest_csv_bytes(csv(lines).as_bytes(), "sales", Timestamp(1_790_000_000)).expect("ingested")
}

/// The version that the pointer of a dataset names.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn version(objects: &Objects, dataset: &str) -> String {
    pointer(objects, dataset).version.to_string()
}

/// The pointer of a dataset.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn pointer(objects: &Objects, dataset: &str) -> Pointer {
    let pointer = objects
        .get(&format!("{dataset}/current.json"))
        .expect("a pointer");
    let dataset = DatasetId::new(dataset).expect("a name");
    nearcast::read::manifest::pointer(pointer, &dataset).expect("a pointer")
}

/// The sum for each value of a dimension.
pub fn sums(
    lines: &[Line],
    by: &str,
    measure: &str,
    passes: impl Fn(&Line) -> bool,
) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for line in lines.iter().filter(|l| passes(l)) {
        *sums.entry(line.of(by).to_owned()).or_insert(0) += line.value(measure);
    }
    sums
}

/// The sum for each step that has lines, by the step's first day.
pub fn series(
    lines: &[Line],
    grain: Grain,
    measure: &str,
    passes: impl Fn(&Line) -> bool,
) -> BTreeMap<Day, i64> {
    let mut sums = BTreeMap::new();
    for line in lines.iter().filter(|l| passes(l)) {
        *sums.entry(step_of(line.day, grain)).or_insert(0) += line.value(measure);
    }
    sums
}

/// The first day of the step that a day lies in, from the day's spelling rather than by the core's calendar.
///
/// # Panics
/// If a day has no spelling.
#[must_use]
pub fn step_of(day: i32, grain: Grain) -> Day {
    let text = Day(day).to_string();
    let (year, month) = (&text[..4], &text[5..7]);
    let first = match grain {
        Grain::Day => return Day(day),
        // 1970-01-01 was a Thursday.
        Grain::Week => return Day(day - (day + 3).rem_euclid(7)),
        Grain::Month => format!("{year}-{month}-01"),
        Grain::Quarter => {
            let first = match month {
                "01" | "02" | "03" => "01",
                "04" | "05" | "06" => "04",
                "07" | "08" | "09" => "07",
                _ => "10",
            };
            format!("{year}-{first}-01")
        }
        Grain::Year => format!("{year}-01-01"),
    };
    Day::parse(&first).expect("a day")
}
