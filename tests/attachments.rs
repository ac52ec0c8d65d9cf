//! What follows a manifest or pointer: the map of the finest cells and the names of many products, which come in the same
//! read as the manifest, prove themselves, and are not needed for a right answer.

use bytes::Bytes;
use nearcast::app::Outcome;
use nearcast::limits;
use nearcast::model::manifest::{AttachmentKind, Groups};
use nearcast::read::manifest::attachments;
use nearcast::shell::Span;
use nearcast_tests::asking::{NOW, public, request, send_at, text, tool_request};
use nearcast_tests::sales::{Chance, Line, dataset, many_sites, pointer, version};
use nearcast_tests::stores::{CountingStore, Objects, Round, memory, with};
use serde_json::{Value, json};

const POINTER: &str = "sales/current.json";
/// A window that begins and ends within a month, by what only the finest cells keep apart.
const WINDOW: &str = "top.json?by=channel&operation=site%200&period=2024-01-09..2024-02-21";
const PRODUCT: &str = "top.json?by=operation&filter.product=p0007";
const BOTH: &str = "forecast.json?grain=day&horizon=7_days&filter.channel=retail&filter.product=p0007&filter.product=p0011";
const NEITHER: &str = "top.json?by=operation&period=2024-03";

fn large() -> Vec<Line> {
    many_sites(31, 4_000, 600, 0)
}

fn prefix() -> usize {
    usize::try_from(limits::MANIFEST_PREFIX_BYTES).expect("small")
}

fn manifest_key(objects: &Objects) -> String {
    format!("sales/v/{}/manifest.json", version(objects, "sales"))
}

/// A pinned link's answer: outcome and rounds.
fn asked(objects: &Objects, question: &str) -> (Outcome, Vec<Round>) {
    let store = CountingStore::new(memory(objects));
    let pinned = format!("/v/sales/{}/{question}", version(objects, "sales"));
    let config = public("sales");
    let mut outcome = send_at(&store, &config, request("GET", &pinned, &[]), NOW);
    if outcome.response.status() == 307 {
        let to = outcome.response.headers()["location"]
            .to_str()
            .expect("text");
        let to = request("GET", to, &[]);
        store.take();
        outcome = send_at(&store, &config, to, NOW);
    }
    (outcome, store.take())
}

/// The same questions about the latest version, by MCP.
fn tools() -> [(&'static str, Value); 4] {
    [
        (
            "top_n_products",
            json!({"by": "channel", "operation": "site 0", "period": "2024-01-09..2024-02-21"}),
        ),
        (
            "top_n_products",
            json!({"by": "operation", "filters": {"product": ["p0007"]}}),
        ),
        (
            "forecast_sales",
            json!({"grain": "day", "horizon": "7 days",
                "filters": {"channel": ["retail"], "product": ["p0007", "p0011"]}}),
        ),
        (
            "top_n_products",
            json!({"by": "operation", "period": "2024-03"}),
        ),
    ]
}

fn called(objects: &Objects, (tool, arguments): &(&str, Value)) -> (Outcome, Vec<Round>) {
    let store = CountingStore::new(memory(objects));
    let request = tool_request(tool, arguments);
    let outcome = send_at(&store, &public("sales"), request, NOW);
    (outcome, store.take())
}

fn keys(rounds: &[Round]) -> Vec<&str> {
    let mut keys: Vec<&str> = rounds
        .iter()
        .flat_map(|r| &r.specs)
        .map(|s| s.key.as_str().rsplit('/').next().unwrap_or_default())
        .collect();
    keys.dedup();
    keys
}

fn right(outcome: &Outcome) -> String {
    let said = text(&outcome.response);
    assert!(
        outcome.audit.outcome == "ok" && !said.contains("\"isError\":true"),
        "{said}"
    );
    said
}

fn lines_of(document: &Bytes) -> Vec<&[u8]> {
    let end = document.len() - 1;
    assert_eq!(document[end], b'\n');
    document[..end].split(|b| *b == b'\n').collect()
}

#[test]
fn the_fine_map_and_the_names_follow_manifest_and_pointer() {
    let objects = dataset(&large());
    let pointer = pointer(&objects, "sales");
    for key in [POINTER.to_owned(), manifest_key(&objects)] {
        let document = &objects[&key];
        let attached = attachments(document, &pointer.manifest).expect("proven");
        let kinds: Vec<_> = attached.iter().map(|a| (a.kind, a.file.as_str())).collect();
        assert_eq!(
            kinds,
            [
                (AttachmentKind::Map, "fine.parquet"),
                (AttachmentKind::File, "names.parquet")
            ],
            "{key}"
        );
        let lines = lines_of(document);
        assert_eq!(lines.len(), 3, "{key}");
        let head: Value = serde_json::from_slice(lines[0]).expect("JSON by itself");
        let manifest = head.get("manifest").unwrap_or(&head);
        assert_eq!(manifest["version"], json!(pointer.version));
        // The whole names file is there, so that it need not be read.
        let names = format!("sales/v/{}/names.parquet", pointer.version);
        assert_eq!(attached[1].content.0, objects[&names]);
    }
    let Groups::Attached { bytes, .. } = &pointer.manifest.files[1].grains[0].groups else {
        panic!("the fine map is in the manifest")
    };
    assert!(*bytes > limits::MAP_INLINE_BYTES_MAX as u64, "{bytes}");
    // A small dataset attaches nothing: its map and its names are in the manifest.
    let small = dataset(&nearcast_tests::sales::lines(3, 700, 3, 8, 500));
    assert_eq!(lines_of(&small[POINTER]).len(), 1);
    assert_eq!(lines_of(&small[&manifest_key(&small)]).len(), 1);
}

#[test]
fn cold_questions_that_need_what_is_attached_take_two_rounds() {
    let objects = dataset(&large());
    for question in [WINDOW, PRODUCT, BOTH, NEITHER] {
        let (outcome, rounds) = asked(&objects, question);
        right(&outcome);
        assert_eq!(rounds.len(), 2, "{question}: {:?}", keys(&rounds));
        assert!(!keys(&rounds).contains(&"names.parquet"), "{question}");
        let fine = keys(&rounds).contains(&"fine.parquet");
        let grain = outcome.audit.grain.unwrap_or_default();
        assert_eq!(
            fine,
            grain.contains("operation x product x channel x day"),
            "{grain}"
        );
        assert_eq!(
            fine,
            question == WINDOW || question == BOTH,
            "{question}: {grain}"
        );
        // Only those that are likely to need it read more than the beginning.
        let is_prefix = matches!(rounds[0].specs[0].span, Span::Prefix { .. });
        assert_eq!(is_prefix, question == NEITHER, "{question}");
    }
    for call in tools() {
        let (outcome, rounds) = called(&objects, &call);
        right(&outcome);
        assert_eq!(rounds.len(), 2, "{call:?}: {:?}", keys(&rounds));
        assert_eq!(keys(&rounds)[0], "current.json");
    }
}

#[test]
fn what_the_beginning_cuts_off_is_ignored_and_read_when_it_is_needed() {
    // Names that do not compress make the attachments longer than the beginning that is read.
    let objects = dataset(&many_sites(31, 4_000, 600, 150));
    for key in [POINTER.to_owned(), manifest_key(&objects)] {
        let document = &objects[&key];
        let head = lines_of(document)[0].len();
        assert!(
            head < prefix() && document.len() > prefix() + 1_000,
            "{key}"
        );
        // Whatever is cut off, what is whole is found.
        let manifest = pointer(&objects, "sales").manifest;
        let whole = attachments(document, &manifest).expect("proven");
        let mut found = Vec::new();
        for cut in (head..document.len()).step_by(997).chain([document.len()]) {
            let some = attachments(&document[..cut], &manifest).expect("proven");
            assert_eq!(some, whole[..some.len()], "cut at {cut}");
            found.push(some.len());
        }
        found.dedup();
        assert_eq!(found, [0, 1, 2]);
    }
    // The shown names are needed and cut off: they are read as a file.
    let (outcome, rounds) = asked(&objects, "top.json?period=2024-03");
    right(&outcome);
    assert_eq!(rounds.len(), 2, "{:?}", keys(&rounds));
    assert!(rounds[0].bytes <= limits::MANIFEST_PREFIX_BYTES);
    assert!(keys(&rounds).contains(&"names.parquet"));
    // A question that is likely to need them reads all.
    let (outcome, rounds) = asked(&objects, PRODUCT);
    right(&outcome);
    assert!(!keys(&rounds).contains(&"names.parquet"));
    assert_eq!(rounds.len(), 2);
}

#[test]
fn a_head_that_is_longer_than_the_beginning_is_read_again_whole() {
    // All names in the manifest, and they are long.
    let lines = many_sites(7, 1_500, 500, 185);
    let objects = dataset(&lines);
    let head = lines_of(&objects[POINTER])[0].len();
    assert!(head > prefix(), "{head} bytes");
    let short = dataset(&many_sites(7, 1_500, 500, 0));
    for ((question, rounds), call) in [(WINDOW, 2), (PRODUCT, 2), (BOTH, 2), (NEITHER, 3)]
        .into_iter()
        .zip(tools())
    {
        let (outcome, read) = asked(&objects, question);
        right(&outcome);
        assert_eq!(read.len(), rounds, "{question}: {:?}", keys(&read));
        let (outcome, read) = called(&objects, &call);
        assert_eq!(read.len(), rounds, "{call:?}: {:?}", keys(&read));
        // The same sums as with short names, which nobody reads twice.
        let sums = |outcome: &Outcome| {
            let reply: Value = serde_json::from_str(&right(outcome)).expect("JSON");
            let mut content = reply["result"]["structuredContent"].clone();
            content["receipt"] = Value::Null;
            content
        };
        let wanted = sums(&called(&short, &call).0);
        assert!(!wanted.is_null());
        assert_eq!(sums(&outcome), wanted, "{call:?}");
    }
}

#[test]
fn an_altered_attachment_is_noticed_and_never_answers() {
    let objects = dataset(&many_sites(33, 1_500, 520, 0));
    let mut chance = Chance(99);
    let sound: Vec<String> = [WINDOW, PRODUCT]
        .map(|q| right(&asked(&objects, q).0))
        .into();
    let key = manifest_key(&objects);
    let document = &objects[&key];
    let head = lines_of(document)[0].len();
    let (mut refused, mut same) = (0, 0);
    let mut places: Vec<usize> = (0..150)
        .map(|_| head + chance.below(document.len() - head))
        .collect();
    // The ends of lines, and the beginnings, where the names of things are.
    places.extend((head..document.len()).filter(|i| document[*i] == b'\n'));
    places.extend(head + 1..head + 60);
    for at in places {
        let mut altered = document.to_vec();
        altered[at] ^= 1 << chance.below(8);
        let altered = with(&objects, &key, altered);
        for (question, wanted) in [WINDOW, PRODUCT].iter().zip(&sound) {
            let (outcome, _) = asked(&altered, question);
            if outcome.audit.outcome == "ok" {
                // The last line without its end is one that was cut off, and its content is read elsewhere.
                assert_eq!(&text(&outcome.response), wanted, "byte {at}");
                assert_eq!(at, document.len() - 1, "byte {at} was not looked at");
                same += 1;
            } else {
                assert_eq!(outcome.audit.outcome, "corrupt", "byte {at}");
                let said = text(&outcome.response);
                assert!(said.contains("altered"), "byte {at}: {said}");
                refused += 1;
            }
        }
    }
    assert!(
        refused > 300 && same >= 2,
        "{refused} refused, {same} the same"
    );
    // An attachment of another version is none of this one's.
    let other = dataset(&many_sites(34, 1_500, 520, 0));
    let foreign = &other[&manifest_key(&other)];
    let foreign_head = lines_of(foreign)[0].len();
    let mixed = [&document[..head], &foreign[foreign_head..]].concat();
    let (outcome, _) = asked(&with(&objects, &key, mixed), WINDOW);
    assert_eq!(outcome.audit.outcome, "corrupt");
    // Neither is one whose order was changed another: each is known by its name.
    let [first, map, names] = lines_of(document)[..] else {
        panic!("three lines")
    };
    let swapped = [first, b"\n", names, b"\n", map, b"\n"].concat();
    let swapped = with(&objects, &key, swapped);
    for (question, wanted) in [WINDOW, PRODUCT].iter().zip(&sound) {
        assert_eq!(&right(&asked(&swapped, question).0), wanted);
    }
}

#[test]
fn attachments_that_were_lost_are_read_elsewhere_or_missed_aloud() {
    let objects = dataset(&large());
    let bare = |objects: &Objects, key: &str| {
        let head = lines_of(&objects[key])[0];
        with(objects, key, [head, b"\n"].concat())
    };
    // The pointer's: the manifest has them.
    let pointer_lost = bare(&objects, POINTER);
    for (call, rounds) in tools().iter().zip([3, 3, 4, 2]) {
        let (outcome, read) = called(&pointer_lost, call);
        assert_eq!(
            right(&outcome),
            right(&called(&objects, call).0),
            "{call:?}"
        );
        assert_eq!(read.len(), rounds, "{call:?}: {:?}", keys(&read));
    }
    // The manifest's as well: the names are in their file, the map is nowhere.
    let both_lost = bare(&pointer_lost, &manifest_key(&objects));
    for (question, is_lost) in [
        (WINDOW, true),
        (PRODUCT, false),
        (BOTH, true),
        (NEITHER, false),
    ] {
        let (outcome, _) = asked(&both_lost, question);
        if is_lost {
            let said = text(&outcome.response);
            assert_eq!(outcome.audit.outcome, "corrupt", "{question}: {said}");
            assert!(said.contains("has lost what was attached to it"), "{said}");
        } else {
            assert_eq!(right(&outcome), right(&asked(&objects, question).0));
        }
    }
}
