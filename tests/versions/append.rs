//! An append gives what a full ingest of all rows would give, or says why not and publishes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use nearcast::ErrorKind;
use nearcast::model::{Manifest, Timestamp};
use nearcast_native::append::Restate;
use nearcast_native::ingest::{IngestOptions, IngestReport, run};
use nearcast_native::publish::DirectoryBucket;
use nearcast_tests::sales::{Chance, Line, csv, lines};

use super::{is_whole, objects, pointer};

/// A folder with a dataset in it.
pub(super) struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    pub(super) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    pub(super) fn out(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(super) fn bucket(&self) -> DirectoryBucket {
        DirectoryBucket::new(self.out())
    }

    fn ingest_text(
        &self,
        text: &str,
        append: Option<Restate>,
        config: Option<&Path>,
    ) -> nearcast::Result<(IngestReport, String)> {
        self.run(text, append, config, false)
    }

    fn run(
        &self,
        text: &str,
        append: Option<Restate>,
        config: Option<&Path>,
        no_forecasts: bool,
    ) -> nearcast::Result<(IngestReport, String)> {
        let source = self.folder.path().join("rows.csv");
        fs::write(&source, text).expect("writes");
        let options = IngestOptions {
            dataset: Some("sales".into()),
            append,
            no_forecasts,
            config: config.map(Path::to_owned),
            threads: Some(1),
            ..IngestOptions::new(&source, &self.out(), Timestamp(1_000))
        };
        let mut said = String::new();
        let report = run(
            &options,
            &mut |text| {
                said.push_str(text);
                said.push('\n');
            },
            &mut |_| {},
        )?;
        Ok((report, said))
    }

    pub(super) fn ingest(
        &self,
        lines: &[Line],
        append: Option<Restate>,
    ) -> nearcast::Result<(IngestReport, String)> {
        self.ingest_text(&csv(lines), append, None)
    }

    /// With or without the forecasts that are kept.
    pub(super) fn ingest_with(
        &self,
        lines: &[Line],
        append: Option<Restate>,
        no_forecasts: bool,
    ) -> nearcast::Result<(IngestReport, String)> {
        self.run(&csv(lines), append, None, no_forecasts)
    }

    pub(super) fn manifest(&self) -> Manifest {
        pointer(&self.bucket()).manifest
    }

    /// The bytes of the current version's files of cells and names.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let version = self.manifest().version;
        let folder = self.out().join("sales/v").join(version.as_str());
        let manifest = self.manifest();
        // The record of forecasts depends on the versions before, and is looked at elsewhere.
        let data = manifest.files.iter().filter(|f| f.record.is_none());
        let names = data.map(|f| f.name.clone());
        names
            .map(|name| (name.clone(), fs::read(folder.join(name)).expect("a file")))
            .collect()
    }

    /// Asserts that a full ingest of these rows gives the same files.
    fn equals(&self, all: &str, what: &str) {
        let other = Self::new();
        let config = self.out().join("sales/dataset.toml");
        other
            .ingest_text(all, None, Some(&config))
            .expect("ingests");
        let (ours, theirs) = (self.files(), other.files());
        assert_eq!(
            ours.keys().collect::<Vec<_>>(),
            theirs.keys().collect::<Vec<_>>(),
            "{what}"
        );
        for (name, bytes) in &ours {
            assert!(theirs[name] == *bytes, "{what}: {name} differs");
        }
        let (ours, theirs) = (self.manifest(), other.manifest());
        assert_eq!(ours.dimensions, theirs.dimensions, "{what}");
        assert_eq!(
            (ours.days, ours.grain, &ours.measures),
            (theirs.days, theirs.grain, &theirs.measures)
        );
        assert_eq!(ours.quality.rows_used, theirs.quality.rows_used, "{what}");
        assert_eq!(ours.quality.missing, theirs.quality.missing, "{what}");
        is_whole(&self.bucket());
    }
}

fn split(all: &[Line], is_first: impl FnMut(&&Line) -> bool) -> (Vec<Line>, Vec<Line>) {
    let (first, second): (Vec<&Line>, Vec<&Line>) = all.iter().partition(is_first);
    (
        first.into_iter().cloned().collect(),
        second.into_iter().cloned().collect(),
    )
}

#[test]
fn appended_days_give_what_a_full_ingest_gives() {
    for seed in 0..12 {
        let mut chance = Chance(seed);
        // Some have names that do not fit into the manifest.
        let products = if seed % 4 == 0 {
            700
        } else {
            5 + chance.below(30)
        };
        let all = lines(seed, 900, 2 + chance.below(4), products, 120);
        let first_day = all.iter().map(|l| l.day).min().expect("days");
        let cut = first_day + 20 + i32::try_from(chance.below(60)).expect("few");
        let again = cut + 15;
        let (first, rest) = split(&all, |l| l.day < cut);
        let (second, third) = split(&rest, |l| l.day < again);
        let shop = Shop::new();
        shop.ingest(&first, Some(Restate::Refuse))
            .expect("a first version");
        for part in [second, third] {
            let before = pointer(&shop.bucket()).version;
            let (report, said) = shop.ingest(&part, Some(Restate::Refuse)).expect("appends");
            assert!(
                report.published && said.contains("0 with other content"),
                "{said}"
            );
            assert_eq!(shop.manifest().parent, Some(before));
        }
        shop.equals(&csv(&all), &format!("seed {seed}"));
        assert!(shop.manifest().quality.restated.is_empty());
    }
}

#[test]
fn late_rows_that_are_added_give_what_a_full_ingest_gives() {
    for seed in 0..8 {
        let mut chance = Chance(seed + 100);
        let all = lines(seed + 50, 500, 3, 12, 60);
        let (first, second) = split(&all, |_| chance.below(3) > 0);
        let shop = Shop::new();
        shop.ingest(&first, None).expect("ingests");
        let (report, _) = shop.ingest(&second, Some(Restate::Add)).expect("adds");
        assert!(report.published);
        shop.equals(&csv(&all), &format!("seed {seed}"));
        let quality = shop.manifest().quality;
        assert!(!quality.restated.is_empty() && quality.added.len() == 1);
        // The same rows in another order and another file are the same rows.
        let before = objects(&shop.bucket());
        let mut turned = second.clone();
        turned.reverse();
        let error = shop
            .ingest(&turned, Some(Restate::Add))
            .expect_err("added before");
        assert!(error.message().contains("added already"), "{error}");
        assert_eq!(objects(&shop.bucket()), before);
    }
}

#[test]
fn what_is_there_already_changes_nothing() {
    let all = lines(1, 400, 3, 8, 50);
    let last = all.iter().map(|l| l.day).max().expect("days");
    let shop = Shop::new();
    shop.ingest(&all, None).expect("ingests");
    let before = objects(&shop.bucket());
    let (_, end) = split(&all, |l| l.day < last - 9);
    for restate in [Restate::Refuse, Restate::Replace, Restate::Add] {
        for rows in [&all, &end] {
            let (report, said) = shop.ingest(rows, Some(restate)).expect("appends");
            assert!(
                !report.published && report.summary.contains("nothing to publish"),
                "{said}"
            );
            assert_eq!(objects(&shop.bucket()), before);
        }
    }
    // Days that are there beside one that is new: only that one is added.
    let mut more = end.clone();
    more.push(Line {
        day: last + 1,
        ..end[0].clone()
    });
    assert!(
        shop.ingest(&more, Some(Restate::Refuse))
            .expect("appends")
            .0
            .published
    );
    let mut whole = all.clone();
    whole.push(Line {
        day: last + 1,
        ..end[0].clone()
    });
    shop.equals(&csv(&whole), "one more day");
    assert!(shop.manifest().quality.restated.is_empty());
}

#[test]
fn a_restatement_is_refused_with_its_differences_or_replaces() {
    let all = lines(2, 400, 3, 8, 50);
    let shop = Shop::new();
    shop.ingest(&all, None).expect("ingests");
    let before = objects(&shop.bucket());
    let day = all[200].day;
    let (others, mut of_day) = split(&all, |l| l.day != day);
    of_day[0].units += 5;
    of_day[0].cents -= 120;
    let error = shop
        .ingest(&of_day, Some(Restate::Refuse))
        .expect_err("other content");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let units: i64 = all.iter().filter(|l| l.day == day).map(|l| l.units).sum();
    let spelled = nearcast::model::Day(day).to_string();
    for part in [
        &format!("{spelled}: units {units} -> {} (+5)", units + 5),
        "(-1.20)",
        "1 day",
        "altogether",
        "--restate replace",
        "nothing was published",
    ] {
        assert!(error.message().contains(part), "{part}: {error}");
    }
    assert_eq!(objects(&shop.bucket()), before);

    let (report, said) = shop
        .ingest(&of_day, Some(Restate::Replace))
        .expect("replaces");
    assert!(report.published && said.contains("(+5)"), "{said}");
    let whole: Vec<Line> = others.iter().chain(&of_day).cloned().collect();
    shop.equals(&csv(&whole), "replaced");
    assert_eq!(
        shop.manifest().quality.restated,
        [nearcast::model::Day(day)]
    );

    // A sale that moves from one product to another leaves every total as it is, and is noticed.
    let mut moved = of_day.clone();
    moved[0].product_id = "P9999".into();
    moved[0].product = "Product 9999".into();
    let error = shop
        .ingest(&moved, Some(Restate::Refuse))
        .expect_err("other content");
    assert!(
        error.message().contains("the same totals of other cells"),
        "{error}"
    );
}

#[test]
fn new_names_and_finer_numbers_are_taken_and_other_columns_are_not() {
    let head = "date,store,product,units,revenue\n";
    let old = "2024-01-01,a,x,1,2.50\n2024-01-01,b,y,2,5.00\n2024-01-02,a,y,1,2.50\n2024-01-03,b,x,4,9.90\n";
    let new = "2024-01-04,c,x,1,2.505\n2024-01-04,a,z,3,7\n2024-01-05,b,z,1,0.125\n";
    let shop = Shop::new();
    shop.ingest_text(&format!("{head}{old}"), None, None)
        .expect("ingests");
    shop.ingest_text(&format!("{head}{new}"), Some(Restate::Refuse), None)
        .expect("appends");
    shop.equals(&format!("{head}{old}{new}"), "new names and decimals");
    let before = objects(&shop.bucket());
    for (text, part) in [
        ("date,store,units,revenue\n2024-01-06,a,1,2.50\n", "product"),
        ("date,store,product,units\n2024-01-06,a,x,1\n", "revenue"),
        (
            "date,store,product,units,revenue\n2024-01-06,a,x,one,1\n",
            "one",
        ),
        ("date,store,product,units,revenue\n", "no rows"),
    ] {
        let error = shop
            .ingest_text(text, Some(Restate::Refuse), None)
            .expect_err(text);
        assert!(error.message().contains(part), "{part}: {error}");
        assert_eq!(objects(&shop.bucket()), before, "{text}");
    }
    // Other columns than dataset.toml names, by a file of the owner's own.
    let config = shop.folder.path().join("other.toml");
    fs::write(
        &config,
        "[[dimension]]\nname = \"store\"\ncolumn = \"store\"\n[[measure]]\nname = \"units\"\ncolumn = \"units\"\n",
    )
    .expect("writes");
    let text = format!("{head}2024-01-06,a,x,1,2\n");
    let error = shop
        .ingest_text(&text, Some(Restate::Refuse), Some(&config))
        .expect_err("other dimensions");
    assert!(
        error.message().contains("not those of the current version"),
        "{error}"
    );
    assert_eq!(objects(&shop.bucket()), before);
}

#[test]
fn a_damaged_version_is_not_appended_to() {
    let shop = Shop::new();
    shop.ingest(&lines(3, 300, 3, 8, 40), None)
        .expect("ingests");
    let version = shop.manifest().version;
    let fine = shop
        .out()
        .join("sales/v")
        .join(version.as_str())
        .join("fine.parquet");
    let mut bytes = fs::read(&fine).expect("reads");
    let at = bytes.len() / 3;
    bytes[at] ^= 16;
    fs::write(&fine, bytes).expect("writes");
    let mut next = lines(4, 50, 3, 8, 5);
    for line in &mut next {
        line.day += 100;
    }
    let error = shop
        .ingest(&next, Some(Restate::Refuse))
        .expect_err("damaged");
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    assert_eq!(shop.manifest().version, version);
}
