//! Questions that read too much, maps that are not at hand, maps that do not fit.

use super::*;
use nearcast::{ErrorKind, limits};

fn refusal(scan: &Scan, manifest: &Manifest) -> String {
    let error = plan(scan, manifest, &Attached::default()).expect_err("too much");
    assert_eq!(error.kind(), ErrorKind::OverBudget);
    error.to_string()
}

#[test]
fn a_question_that_would_read_too_much_is_refused_with_what_to_change() {
    let scattered = |count: u64| {
        let at = |i| group(i * 1_000_000, BIG, (0, 0), period("2024"));
        (0..count).map(at).collect::<Vec<_>>()
    };
    // A window within a month: the month as a whole is the nearest question.
    let days = by_product("2024-06-02..2024-06-20");
    let said = refusal(&days, &with_fine(&scattered(41)));
    assert!(
        said.contains("41 ranges") && said.contains("40 are allowed"),
        "{said}"
    );
    assert!(
        said.contains(&format!(
            "ask for the whole months {} instead",
            period("2024-06")
        )),
        "{said}"
    );
    let plan = planned_on(&days, &with_fine(&scattered(40)));
    assert_eq!(ranges(&plan).len(), limits::RANGES_MAX, "just enough");
    // Days by product are nowhere else; days of everything are, so that leaving out the filter helps.
    let mut series = only(days.clone(), "product", &[3]);
    (series.by, series.grain) = (None, Some(Grain::Day));
    let said = refusal(&series, &with_fine(&scattered(41)));
    assert!(said.contains("leave out the filter on product"), "{said}");
    assert!(!said.contains("whole months"), "{said}");
    // Of two filters the one is named that stands in the way.
    let mut both = only(only(series.clone(), "product", &[5]), "operation", &[0]);
    both.only.remove(0);
    let by_operation = grain(
        &["operation"],
        TimeGrain::Day,
        &[group(6_000_000, SMALL, (0, 2), period("2024"))],
    );
    let mut with_series = with_fine(&scattered(41));
    with_series.files[0].grains.push(by_operation);
    let said = refusal(&both, &with_series);
    assert!(said.contains("leave out the filter on product"), "{said}");
    // Nothing near can be answered either.
    let mut apart = days.clone();
    apart.grain = Some(Grain::Day);
    let said = refusal(&apart, &with_fine(&scattered(41)));
    assert!(said.contains("narrow its filters or its period"), "{said}");

    let bytes = u32::try_from(limits::READ_BYTES_MAX).expect("small");
    let huge = group(0, [0, 1, 1, bytes, 0, 0], (0, 0), period("2024"));
    assert!(refusal(&days, &with_fine(&[huge])).contains("bytes"));
    let mut dense = group(0, BIG, (0, 0), period("2024"));
    dense.rows = u32::try_from(limits::DECODED_BYTES_MAX / 8 / 3 + 1).expect("small");
    assert!(refusal(&days, &with_fine(&[dense])).contains("values"));
}

/// The manifest with its fine map attached, and what is attached.
fn attached() -> (Manifest, Attached) {
    let mut manifest = manifest();
    let map = GroupMap::pack(&fine());
    manifest.files[1].grains[0].groups = Groups::Attached {
        bytes: map.bytes().len() as u64,
        sha256: String::new(),
    };
    let maps = BTreeMap::from([("fine.parquet".to_owned(), map)]);
    let files = BTreeMap::new();
    (manifest, Attached { maps, files })
}

#[test]
fn a_map_that_is_not_at_hand_is_asked_for_only_when_it_is_needed() {
    let (manifest, at_hand) = attached();
    let nothing = Attached::default();
    let needs = |scan: &Scan, attached: &Attached| {
        plan(scan, &manifest, attached).expect("a plan") == Planned::NeedsMap
    };
    let cut = by_product("2024-06-02..2024-06-20");
    let daily = only(
        scan(None, Some(Grain::Day), period("2024-06")),
        "product",
        &[3],
    );
    for scan in [&cut, &daily] {
        assert!(needs(scan, &nothing), "{scan:?}");
        // With it the plan is what it is with the map in the manifest.
        assert_eq!(
            plan(scan, &manifest, &at_hand).expect("a plan"),
            Planned::Ready(planned(scan)),
            "{scan:?}"
        );
    }
    // A cheap grain that has the answer makes it needless.
    for scan in [
        by_product("2024-06"),
        only(by_product("2024-02..2025-11"), "operation", &[1]),
        scan(Some("product"), None, manifest.days),
        scan(None, Some(Grain::Day), manifest.days),
        scan(None, None, period("2024-06-02..2024-06-20")),
    ] {
        assert_eq!(
            plan(&scan, &manifest, &nothing).expect("a plan"),
            Planned::Ready(planned(&scan)),
            "{scan:?}"
        );
    }
    // The map of another file is none of this one's.
    let other = Attached {
        maps: BTreeMap::from([("other.parquet".to_owned(), GroupMap::pack(&fine()))]),
        files: BTreeMap::new(),
    };
    assert!(needs(&cut, &other));
    // Neither does a grain that has the answer at a price: the map may lead to less.
    let mut dear = manifest.clone();
    let months = period("2024-01-01..2025-12-01");
    let at = group(4, [10, 20, 300, 300_000, 5_000, 600], (0, 9), months);
    dear.files[0].grains.truncate(1);
    dear.files[0].grains[0].groups = Groups::Here(GroupMap::pack(&[at]));
    let june = by_product("2024-06");
    assert_eq!(
        plan(&june, &dear, &nothing).expect("a plan"),
        Planned::NeedsMap
    );
    assert!(matches!(
        plan(&june, &dear, &at_hand),
        Ok(Planned::Ready(_))
    ));
}

#[test]
fn a_map_that_lacks_what_a_question_needs_is_corrupt() {
    let corrupt = |manifest: &Manifest, attached: &Attached| {
        let scan = by_product("2024-06-02..2024-06-20");
        let error = plan(&scan, manifest, attached).expect_err("corrupt");
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        error.to_string()
    };
    let none = Attached::default();
    let mut lacking = manifest();
    lacking.files.truncate(1);
    assert!(corrupt(&lacking, &none).contains("no grain"));
    // A file without the measure, whose map still fits it.
    let mut lacking = manifest();
    for file in &mut lacking.files {
        file.columns[3].name = "pieces".into();
    }
    assert!(corrupt(&lacking, &none).contains("units"));
    // A map of another count of columns, of a longer file, or cut off.
    let mut lacking = manifest();
    lacking.files[1].columns.truncate(5);
    corrupt(&lacking, &none);
    let mut lacking = manifest();
    lacking.files[1].size_bytes = 100_000_000;
    assert!(corrupt(&lacking, &none).contains("fine.parquet"));
    let (manifest, mut attached) = attached();
    let map = GroupMap::pack(&fine());
    let cut = GroupMap::from_bytes(map.bytes().slice(..map.bytes().len() - 1));
    attached.maps.insert("fine.parquet".into(), cut);
    assert!(corrupt(&manifest, &attached).contains("fine.parquet"));
}
