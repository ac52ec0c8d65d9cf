//! Targets of `dataset.toml`: checked at ingest, described, and tracked by name or all together.

use nearcast::ingest::{Config, ingest_csv, pointer_object};
use nearcast::model::{DatasetId, Timestamp};
use nearcast_native::stores::MemoryStore;
use nearcast_tests::asking::public;
use nearcast_tests::sales::{Line, csv};

use super::{Sales, list, sales, scaled};

const TARGETS: &str = r#"
[[target]]
name = "Texas, this year"
amount = 1
period = "2026"
filters = { region = ["texas"] }

[[target]]
name = "Turnover"
amount = "+900%"
period = "this quarter"
measure = "Revenue"

[[target]]
name = "April"
amount = 12.5
period = "2026-04"
measure = "revenue"
"#;

fn with(targets: &str) -> Result<Sales, String> {
    of(sales().lines.clone(), targets)
}

fn of(lines: Vec<Line>, targets: &str) -> Result<Sales, String> {
    let told = |e: nearcast::Error| e.to_string();
    let config = Config::parse(targets, "dataset.toml").map_err(told)?;
    let dataset = DatasetId::new("sales").expect("a name");
    let built =
        ingest_csv(csv(&lines).as_bytes(), "sales.csv", &dataset, &config, None).map_err(told)?;
    let mut objects = built.objects().expect("objects");
    let pointer = built.pointer(Timestamp(1_790_000_000), None);
    let (key, bytes) = pointer_object(&pointer, &built.attachments).expect("a pointer");
    objects.insert(key, bytes);
    Ok(Sales {
        store: MemoryStore::new(objects),
        config: public("sales"),
        lines,
    })
}

#[test]
fn all_are_told_and_each_is_the_question_that_it_stands_for() {
    let sales = with(TARGETS).expect("ingests");
    let said = sales.ask("target.json");
    let rows = list(&said["targets"]);
    let chances: Vec<f64> = rows
        .iter()
        .map(|r| r["probability"].as_f64().expect("a number"))
        .collect();
    assert!(chances.is_sorted() && rows.len() == 3, "{rows:?}");
    assert_eq!(rows[0]["name"], "Turnover");
    for (name, question, from, to, measure) in [
        (
            "Texas, this year",
            "target=1&period=2026&filter.region=texas",
            "2026-01-01",
            "2026-05-02",
            "units",
        ),
        (
            "Turnover",
            "target=%2B900%25&period=this+quarter&measure=revenue",
            "2026-04-01",
            "2026-05-02",
            "revenue",
        ),
        (
            "April",
            "target=12.5&period=2026-04&measure=revenue",
            "2026-04-01",
            "2026-04-30",
            "revenue",
        ),
    ] {
        let row = rows.iter().find(|r| r["name"] == name).expect("a row");
        let scale = if measure == "revenue" { 2 } else { 0 };
        let texas = name.starts_with("Texas");
        let wanted = sales.sum(measure, from, to, |l| !texas || l.region == "Texas");
        assert_eq!(scaled(&row["so_far"], scale), wanted, "{name}");
        let asked = sales.ask(&format!("target.json?{question}"));
        let mut named = sales.ask(&format!(
            "target.json?target={}",
            name.to_uppercase().replace(' ', "+")
        ));
        assert_eq!(named["name"], name);
        for key in ["so_far", "target", "from", "to", "days_left"] {
            assert_eq!(row[key], asked[key], "{name} {key}");
        }
        // The answer to the question itself, but for its link and how names were asked.
        named["receipt"] = asked["receipt"].clone();
        named.as_object_mut().expect("fields").remove("name");
        assert_eq!(named, asked, "{name}");
    }
    assert_eq!(
        rows.iter().find(|r| r["name"] == "April").expect("a row")["track"],
        "reached"
    );
    let sheet = sales.follow(&said, "csv");
    assert!(
        sheet.starts_with("name,measure,unit,from,to,target,so_far") && sheet.lines().count() == 4,
        "{sheet}"
    );
    // What brings its own words is about them.
    assert_eq!(
        sales.ask("target.json?period=2026-Q2")["label"].as_str(),
        Some("Q2 2026")
    );
    let described = sales.ask("describe.json");
    assert_eq!(list(&described["targets"]).len(), 3);
    assert_eq!(described["targets"][2]["amount"], "12.5");
    for (arguments, needle) in [
        (
            "target=texsa",
            "there are Texas, this year, Turnover, April",
        ),
        ("target=april&measure=units", "leave the others out"),
    ] {
        let error = sales.refusal(&format!("target.json?{arguments}"));
        assert!(error.contains(needle), "{arguments}: {error}");
    }
}

#[test]
fn a_forecast_without_skill_is_said_before_the_odds() {
    let lines = &sales().lines;
    let first = lines.iter().map(|line| line.day).min().expect("lines");
    let few = lines.iter().filter(|line| line.day < first + 9);
    let month = nearcast::model::Day(first).to_string();
    let (month, _) = month.rsplit_once('-').expect("year-month-day");
    let target = format!("name = \"One\"\namount = 1\nperiod = \"{month}\"\n");
    let targets = format!(
        "[[target]]\n{target}[[target]]\n{}",
        target.replace("One", "Two")
    );
    let sales = of(few.cloned().collect(), &targets).expect("ingests");
    for (question, said) in [
        (format!("target.json?target=1&period={month}"), "low skill"),
        (
            "target.json".to_owned(),
            "low skill behind One, Two: in tests on the past",
        ),
    ] {
        let receipt = &sales.ask(&question)["receipt"];
        let count = receipt["caveats"].as_u64().expect("a number");
        let notes = list(&receipt["notes"]).iter().zip(0..count);
        let caveats: Vec<&str> = notes.filter_map(|(note, _)| note.as_str()).collect();
        let is_said = caveats.iter().any(|caveat| caveat.contains(said));
        assert!(is_said, "{question}: {caveats:?}");
    }
}

#[test]
fn what_is_wrong_with_a_target_is_said_at_ingest() {
    for (fields, needles) in [
        (
            "amount = 5\nperiod = \"sometime\"",
            ["\"T\"", "is not a period"],
        ),
        (
            "amount = \"soon\"\nperiod = \"2026\"",
            ["line", "is not a target"],
        ),
        ("amount = 5", ["line", "period"]),
        ("amount = 5\nperiod = \"FY26\"", ["\"T\"", "fiscal"]),
        (
            "amount = 5\nperiod = \"2026\"\nmeasure = \"profit\"",
            ["no measure", "revenue"],
        ),
        (
            "amount = 5\nperiod = \"2026\"\noperation = \"Atlantis\"",
            ["\"T\"", "Atlantis"],
        ),
        (
            "amount = 5\nperiod = \"2026\"\nfilters = { region = [\"texsa\"] }",
            ["texsa", "Texas"],
        ),
        (
            "amount = 5\nperiod = \"2026\"\nfilters = { colour = [\"red\"] }",
            ["colour", "region"],
        ),
        ("amount = 5\nperiod = \"2026\"\ngoal = 7", ["line", "goal"]),
    ] {
        let error = with(&format!("[[target]]\nname = \"T\"\n{fields}\n")).err();
        let error = error.unwrap_or_else(|| panic!("{fields} is ingested"));
        for needle in needles {
            assert!(error.contains(needle), "{fields}: {error}");
        }
    }
    let twice = "[[target]]\nname = \"T\"\namount = 1\nperiod = \"2026\"\n".repeat(2);
    assert!(with(&twice).err().expect("refused").contains("twice"));
    let number = "[[target]]\nname = \"5\"\namount = 1\nperiod = \"2026\"\n";
    assert!(
        with(number)
            .err()
            .expect("refused")
            .contains("the first a letter")
    );
}
