//! Names as people write them, beside those of a small dataset.

use super::*;
use crate::error::ErrorKind;
use crate::model::manifest::Value;

const PRODUCTS: [(&str, &str); 9] = [
    ("100", "Café Crème"),
    ("101", "Cola"),
    ("102", "Cola"),
    ("103", "Cola Zero"),
    ("104", "Old Mill Lane Grape Soda"),
    ("105", "Old Mill Orange Soda"),
    ("106", "Pack of 12"),
    ("107", "Salted Pretzels"),
    ("108", "Windmill Waffles"),
];

fn dimension(name: &str, values: &[(&str, &str)]) -> Dimension {
    let values = values.iter().map(|(id, name)| Value {
        id: (*id).into(),
        name: (*name).into(),
        parent: None,
    });
    let values: Vec<Value> = values.collect();
    let mut label = name.to_owned();
    label[..1].make_ascii_uppercase();
    Dimension {
        name: name.into(),
        label,
        synonyms: Vec::new(),
        parent: None,
        stored: true,
        count: u32::try_from(values.len()).expect("few"),
        values,
    }
}

fn manifest() -> Manifest {
    let cities = ["Dallas", "Dallas North", "São Paulo", "Zürich"];
    let cities: Vec<(&str, &str)> = cities.iter().map(|c| (*c, *c)).collect();
    let text = r#"{"format": 1, "dataset": "shop", "version": "0123456789abcdef", "title": "Shop", "zone": "UTC", "grain": "day",
        "days": {"from": "2025-01-01", "to": "2026-06-17"}, "default_measure": "units", "measures": [], "dimensions": [],
        "quality": {"rows_read": 0, "rows_used": 0, "rows_duplicate": 0, "rows_negative": 0, "fields_empty": 0,
        "missing": [], "last_month_complete": true, "notes": []}, "files": []}"#;
    let mut manifest: Manifest = serde_json::from_str(text).expect("a manifest");
    manifest.dimensions = vec![
        dimension("operation", &cities),
        dimension("product", &PRODUCTS),
        dimension("category", &[("Drinks", "Drinks"), ("Snacks", "Snacks")]),
    ];
    manifest
}

fn filtered(dimension: &str, asked: &str) -> Result<Selection> {
    let filters = Filters {
        exact: [(dimension.to_owned(), vec![asked.to_owned()])].into(),
        ..Filters::default()
    };
    resolve(&filters, &manifest(), &Names::default())
}

fn operation(asked: &str) -> Result<Selection> {
    let filters = Filters {
        operation: Some(asked.into()),
        ..Filters::default()
    };
    resolve(&filters, &manifest(), &Names::default())
}

#[test]
fn a_name_is_one_value_or_a_question() {
    for (asked, code, how) in [
        ("Cola Zero", 3, "exact"),
        (" cola ZERO", 3, "exact"),
        ("103", 3, "exact"),
        ("cafe creme", 0, "folded"),
        ("CAFÉ CREME", 0, "folded"),
        ("pretzel", 7, "substring"),
        ("crème", 0, "substring"),
        ("mill grape", 4, "prefix"),
        ("soda ora", 5, "prefix"),
    ] {
        let got = filtered("product", asked).expect(asked);
        assert_eq!(got.only, [("product".to_owned(), vec![code])], "{asked}");
        assert_eq!(got.resolved[0].how, how, "{asked}");
        let noted = matches!(how, "substring" | "prefix");
        assert_eq!(!got.notes.is_empty(), noted, "{asked}: {:?}", got.notes);
    }
    let taken = filtered("product", "mill grape").expect("one");
    assert_eq!(
        taken
            .notes
            .caveats()
            .map(|n| n.text.as_str())
            .collect::<Vec<_>>(),
        ["\"mill grape\" was taken as Old Mill Lane Grape Soda"]
    );
}

#[test]
fn what_fits_several_is_asked_back() {
    for (asked, message) in [
        (
            "mill",
            "\"mill\" fits 3 products: \"Old Mill Lane Grape Soda\", \"Old Mill Orange Soda\", \"Windmill Waffles\": name one \
             of them",
        ),
        (
            "soda mill",
            "\"soda mill\" fits 2 products: \"Old Mill Lane Grape Soda\", \"Old Mill Orange Soda\": name one of them",
        ),
        (
            "cola",
            "\"cola\" fits 2 products: \"Cola\" (id \"101\"), \"Cola\" (id \"102\"): name one of them, by its id",
        ),
    ] {
        let error = filtered("product", asked).expect_err(asked);
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!(error.to_string(), message);
    }
    let many: Vec<(String, String)> = (0..20)
        .map(|i| (format!("i{i}"), format!("Tea {i}")))
        .collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(i, n)| (i.as_str(), n.as_str())).collect();
    let mut manifest = manifest();
    manifest.dimensions[1] = dimension("product", &many);
    let filters = Filters {
        exact: [("product".to_owned(), vec!["tea".to_owned()])].into(),
        ..Filters::default()
    };
    let error = resolve(&filters, &manifest, &Names::default()).expect_err("twenty");
    assert!(error.to_string().contains("fits 20 products"), "{error}");
    assert!(
        error.to_string().contains("\"Tea 7\" and 12 more"),
        "{error}"
    );
}

#[test]
fn values_that_nothing_tells_apart_count_together() {
    let mut manifest = manifest();
    manifest.dimensions[1] = dimension("product", &[("COLA", "COLA"), ("Cola", "Cola")]);
    let filters = Filters {
        exact: [("product".to_owned(), vec!["cola".to_owned()])].into(),
        ..Filters::default()
    };
    let got = resolve(&filters, &manifest, &Names::default()).expect("both");
    assert_eq!(got.only, [("product".to_owned(), vec![0, 1])]);
    assert_eq!(got.resolved[0].matched, ["COLA", "Cola"]);
}

#[test]
fn what_fits_nothing_is_not_found_and_never_guessed() {
    for (dimension, asked, part) in [
        ("product", "pretzles", "did you mean \"Salted Pretzels\"?"),
        ("operation", "dalas", "did you mean \"Dallas\""),
        ("product", "12", "no product is called \"12\""),
        ("product", "10", "no product is called \"10\""),
        ("product", "\u{301}", "no product is called"),
        ("category", "sweets", "there are \"Drinks\", \"Snacks\""),
        (
            "product",
            "dallas",
            "but an operation is: write filters {\"operation\": [\"dallas\"]}",
        ),
    ] {
        let error = filtered(dimension, asked).expect_err(asked);
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
    let error = operation("Snacks").expect_err("a category");
    assert!(
        error
            .to_string()
            .contains("but a category is: write filters {\"category\": [\"Snacks\"]}"),
        "{error}"
    );
    assert!(operation("\u{301}").is_err());
}

#[test]
fn an_operation_is_every_name_that_has_the_text() {
    for (asked, codes, how) in [
        ("dallas", &[0, 1][..], "substring"),
        ("Dallas North", &[1], "exact"),
        ("ZURICH", &[3], "folded"),
        ("zürich", &[3], "exact"),
        ("sao", &[2], "substring"),
        ("a", &[0, 1, 2], "substring"),
    ] {
        let got = operation(asked).expect(asked);
        assert_eq!(
            got.only,
            [("operation".to_owned(), codes.to_vec())],
            "{asked}"
        );
        assert_eq!(got.resolved[0].how, how, "{asked}");
        assert!(got.notes.is_empty());
    }
}
