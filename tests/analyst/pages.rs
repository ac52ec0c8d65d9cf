//! Lists that are cut: all pages together are the whole, and each adds up.

use serde_json::Value;

use super::{list, sales, scaled};

/// Asks page after page by the offset that each names, and gives each to `take`; how many there were.
fn walk(target: &str, mut take: impl FnMut(&Value)) -> usize {
    let sales = sales();
    let (mut offset, mut pages) = (0, 0);
    loop {
        let page = match offset {
            0 => sales.ask(target),
            n => sales.ask(&format!("{target}&offset={n}")),
        };
        take(&page);
        pages += 1;
        let receipt = &page["receipt"];
        let next = receipt["next_offset"].as_u64();
        // Of a trend the rows are its steps, and all are there; what has pages are its series.
        let is_trend = page["answer"] == "trend";
        assert_eq!(
            receipt["truncated"],
            next.is_some() && !is_trend,
            "{receipt}"
        );
        match next {
            Some(next) => {
                assert!(next > offset, "{target} stays at {offset}");
                let link = receipt["next"].as_str().expect("a link to the next page");
                assert!(link.contains(&format!("offset={next}")), "{link}");
                offset = next;
            }
            None => return pages,
        }
    }
}

fn ids(rows: &Value) -> Vec<String> {
    let id = |row: &Value| row["id"].as_str().expect("an id").to_owned();
    list(rows).iter().map(id).collect()
}

#[test]
fn pages_of_rows_are_the_whole() {
    for (target, large, rows) in [
        ("compare.json?by=product&limit=7", "limit=1000", "/rows"),
        ("segments.json?limit=7", "limit=1000", "/rows"),
        ("segments.json?segment=A&limit=2", "limit=1000", "/rows"),
        ("trend.json?by=product&limit=8", "limit=50", "/series"),
        (
            "describe.json?dimension=product&limit=7",
            "limit=1000",
            "/values/rows",
        ),
    ] {
        let mut found = Vec::new();
        let pages = walk(target, |page| {
            found.extend(ids(page.pointer(rows).expect(rows)))
        });
        assert!(pages > 1, "{target} has one page");
        let small = target.split("limit=").nth(1).expect("a limit");
        let whole = sales().ask(&target.replace(&format!("limit={small}"), large));
        assert_eq!(found, ids(whole.pointer(rows).expect(rows)), "{target}");
    }
}

#[test]
fn findings_are_found_on_one_page_each() {
    let target = "anomalies.json?by=product&limit=1";
    let mut found: Vec<Value> = Vec::new();
    walk(target, |page| found.extend(list(&page["findings"]).clone()));
    let whole = sales().ask("anomalies.json?by=product&limit=200");
    assert_eq!(&found, list(&whole["findings"]));
    assert!(found.len() > 1, "{} findings", found.len());
}

#[test]
fn every_page_of_a_breakdown_adds_up() {
    let mut products = Vec::new();
    walk("explain.json?by=product,operation&limit=4", |page| {
        for by in list(&page["dimensions"]) {
            let rows = list(&by["rows"]).iter().chain(by.get("rest"));
            let sum: i64 = rows.map(|row| scaled(&row["change"], 0)).sum();
            assert_eq!(sum, scaled(&page["change"], 0), "{}", by["by"]);
            if by["by"] == "product" {
                products.extend(ids(&by["rows"]));
            }
        }
    });
    let whole = sales().ask("explain.json?by=product&limit=200");
    assert_eq!(products, ids(&whole["dimensions"][0]["rows"]));
    for (target, rows, value) in [
        ("compare.json?by=product&limit=7", "/rows", "/a/value"),
        ("trend.json?by=product&limit=8", "/series", "/total"),
    ] {
        walk(target, |page| {
            let rows = page.pointer(rows).expect(rows);
            let field = if value == "/total" { "total" } else { "value" };
            let rows = list(rows).iter().chain(page.get("rest"));
            let sum: i64 = rows.map(|row| scaled(&row[field], 0)).sum();
            assert_eq!(
                sum,
                scaled(page.pointer(value).expect(value), 0),
                "{target}"
            );
        });
    }
}

#[test]
fn a_page_after_the_last_is_empty() {
    let page = sales().ask("compare.json?by=product&offset=5000");
    assert!(list(&page["rows"]).is_empty());
    assert_eq!(page["receipt"]["truncated"], false);
    assert_eq!(
        scaled(&page["rest"]["value"], 0),
        scaled(&page["a"]["value"], 0)
    );
}
