//! What an isolate remembers between requests saves reads and never changes an answer.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::Request;
use nearcast::app::Outcome;
use nearcast::engine::Memory;
use nearcast::ingest::{self, Config as IngestConfig};
use nearcast::model::{DatasetId, Pointer, Timestamp};
use nearcast::shell::{Chunk, RangeRead, ReadSpec};
use nearcast::{Config, ErrorKind, Result, limits};
use nearcast_native::stores::MemoryStore;
use nearcast_tests::asking::{NOW, body, public, request, send_at, send_to, text, tool_request};
use nearcast_tests::sales::{Chance, Line, csv, dataset, lines, many_sites, pointer, version};
use nearcast_tests::stores::{CountingStore, FailingStore, Objects, memory, with};
use serde_json::json;

/// Storage whose objects are replaced between two rounds of reads.
struct Shifting {
    states: Vec<MemoryStore>,
    /// The state that is read, and with chance that it becomes any other before the next round.
    now: Mutex<(usize, Option<Chance>)>,
}

impl Shifting {
    fn new(states: &[&Objects]) -> Self {
        Self {
            states: states.iter().map(|o| memory(o)).collect(),
            now: Mutex::new((0, None)),
        }
    }

    fn set(&self, state: usize, chance: Option<Chance>) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = (state, chance);
    }
}

impl RangeRead for Shifting {
    async fn read_ranges(&self, specs: &[ReadSpec]) -> Result<Vec<Chunk>> {
        let state = {
            let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
            if let (state, Some(chance)) = &mut *now {
                *state = chance.below(self.states.len());
            }
            now.0
        };
        self.states[state].read_ranges(specs).await
    }
}

/// The objects with a further version that is current.
fn publish(before: &Objects, lines: &[Line]) -> Objects {
    let current: Pointer = pointer(before, "sales");
    let built = ingest::ingest_csv(
        csv(lines).as_bytes(),
        "sales.csv",
        &DatasetId::new("sales").expect("a name"),
        &IngestConfig::default(),
        Some(&current.manifest),
    )
    .expect("ingested");
    let mut objects = before.clone();
    objects.extend(built.objects().expect("objects"));
    let next = built.pointer(NOW, Some(&current));
    let (key, bytes) = ingest::pointer_object(&next, &built.attachments).expect("a pointer");
    objects.insert(key, bytes);
    objects
}

fn after(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds)
}

fn top() -> Request<Bytes> {
    tool_request("top_n_products", &json!({"n": 4}))
}

/// Questions that need no names, names, and the map of the finest cells.
fn questions() -> Vec<Request<Bytes>> {
    [
        ("top_n_products", json!({"n": 4})),
        (
            "top_n_products",
            json!({"by": "operation", "filters": {"product": ["p0007", "p0011"]}}),
        ),
        (
            "top_n_products",
            json!({"by": "channel", "operation": "site 0", "period": "2024-01-09..2024-02-21"}),
        ),
        (
            "forecast_sales",
            json!({"filters": {"category": ["candy"]}, "horizon": "2 months"}),
        ),
        ("describe_data", json!({"dimension": "product", "limit": 9})),
    ]
    .map(|(tool, arguments)| tool_request(tool, &arguments))
    .into()
}

fn said(outcome: &Outcome) -> String {
    text(&outcome.response)
}

fn fine(outcome: &Outcome) -> String {
    let said = said(outcome);
    assert!(said.contains("\"isError\":false"), "{said}");
    said
}

fn large() -> Vec<Line> {
    many_sites(31, 4_000, 600, 0)
}

/// The same question without any memory.
fn fresh(objects: &Objects, request: Request<Bytes>) -> String {
    fine(&send_at(&memory(objects), &public("sales"), request, NOW))
}

#[test]
fn a_second_question_reads_nothing_but_data() {
    let objects = dataset(&large());
    let store = CountingStore::new(memory(&objects));
    let remembered = Memory::default();
    let ask = |request, now| send_to(&remembered, &store, &public("sales"), request, now);
    for request in questions() {
        fine(&ask(request, NOW));
    }
    store.take();
    for (seconds, request) in (1..).zip(questions()) {
        let got = fine(&ask(request.clone(), after(seconds)));
        assert_eq!(got, fresh(&objects, request));
        let rounds = store.take();
        let keys: Vec<&str> = rounds
            .iter()
            .flat_map(|r| &r.specs)
            .map(|s| s.key.as_str())
            .collect();
        // The description needs no data.
        assert_eq!(rounds.len(), usize::from(seconds != 5), "{keys:?}");
        assert!(
            keys.iter()
                .all(|k| k.ends_with("pack.parquet") || k.ends_with("fine.parquet")),
            "{keys:?}"
        );
    }
    // Links are remembered alike; a link to the latest leads on without a read.
    let current = version(&objects, "sales");
    let link = |target: &str| {
        let outcome = ask(request("GET", target, &[]), after(9));
        assert!(
            outcome.response.status().as_u16() < 400,
            "{}",
            said(&outcome)
        );
        store.take().len()
    };
    assert_eq!(link("/v/sales/latest/top.json"), 0);
    assert_eq!(link(&format!("/v/sales/{current}/top.json?n=4&e=1")), 1);
    // What is pinned is remembered without any age.
    let later = request("GET", &format!("/v/sales/{current}/top.json?n=4&e=1"), &[]);
    ask(later, after(100_000));
    assert_eq!(store.take().len(), 1);
}

#[test]
fn names_that_are_not_attached_are_read_once() {
    // Their names do not compress: the file is too long to travel with the pointer.
    let objects = dataset(&many_sites(5, 2_000, 1_400, 120));
    let store = CountingStore::new(memory(&objects));
    let remembered = Memory::default();
    let asked = tool_request(
        "top_n_products",
        &json!({"by": "operation", "filters": {"product": ["p0007"]}}),
    );
    // The pointer, the names, the data; the data; the pointer and the data, though the pointer has no names.
    for (seconds, rounds) in [(0, 3), (1, 1), (40, 2), (41, 1)] {
        let outcome = send_to(
            &remembered,
            &store,
            &public("sales"),
            asked.clone(),
            after(seconds),
        );
        assert_eq!(fine(&outcome), fresh(&objects, asked.clone()));
        assert_eq!(store.take().len(), rounds, "after {seconds} s");
    }
}

#[test]
fn a_pointer_is_taken_for_current_for_its_time_and_no_longer() {
    let first = dataset(&lines(3, 700, 3, 8, 500));
    let second = publish(&first, &lines(4, 800, 3, 8, 520));
    let (old, new) = (fresh(&first, top()), fresh(&second, top()));
    assert_ne!(old, new);
    assert_eq!(
        Config::default().pointer_max_age_s,
        limits::POINTER_MAX_AGE_S
    );
    for (max_age, asked) in [
        // (when, what is answered, rounds)
        (
            30,
            vec![
                (0, &old, 2),
                (1, &old, 1),
                (29, &old, 1),
                (30, &new, 2),
                (31, &new, 1),
            ],
        ),
        (0, vec![(0, &old, 2), (0, &new, 2), (0, &new, 2)]),
        (1, vec![(0, &old, 2), (0, &old, 1), (1, &new, 2)]),
        // A clock that was set back does not make a pointer younger.
        (30, vec![(0, &old, 2), (-1, &new, 2)]),
    ] {
        let store = Shifting::new(&[&first, &second]);
        let config = Config {
            pointer_max_age_s: max_age,
            ..public("sales")
        };
        let remembered = Memory::default();
        for (i, (seconds, wanted, rounds)) in asked.into_iter().enumerate() {
            let outcome = send_to(&remembered, &store, &config, top(), after(seconds));
            let when = format!("question {i}, after {seconds} s of {max_age}");
            assert_eq!(&fine(&outcome), wanted, "{when}");
            assert_eq!(outcome.audit.usage.rounds, rounds, "{when}");
            // Published as soon as the first answer was given.
            store.set(1, None);
        }
    }
}

#[test]
fn no_answer_is_of_two_versions() {
    let first = dataset(&many_sites(41, 900, 520, 0));
    let second = publish(&first, &many_sites(42, 1_000, 530, 0));
    // Both versions stay; only the pointer goes to and fro.
    let back = with(
        &second,
        "sales/current.json",
        first["sales/current.json"].clone(),
    );
    let store = Shifting::new(&[&back, &second]);
    let config = public("sales");
    let versions = [version(&first, "sales"), version(&second, "sales")];
    let wanted: Vec<[String; 2]> = questions()
        .into_iter()
        .map(|r| [fresh(&first, r.clone()), fresh(&second, r)])
        .collect();
    let mut chance = Chance(2_026);
    let mut remembered = Memory::default();
    let mut seconds = 0;
    let mut seen = [0; 2];
    for i in 0..400 {
        if i % 40 == 0 {
            remembered = Memory::default();
        }
        seconds += i64::try_from(chance.below(12)).expect("small");
        // Flips before any round, or only now.
        let shifting = (chance.below(2) == 0).then(|| Chance(chance.draw()));
        store.set(chance.below(2), shifting);
        let asked = chance.below(wanted.len());
        let request = questions().swap_remove(asked);
        let outcome = send_to(&remembered, &store, &config, request, after(seconds));
        let got = said(&outcome);
        let of = wanted[asked].iter().position(|w| *w == got);
        let Some(of) = of else {
            // A pointer that changed twice between its beginning and the whole of it.
            assert_eq!(outcome.audit.outcome, "stale", "{got}");
            continue;
        };
        assert_eq!(outcome.audit.version.as_ref(), Some(&versions[of]));
        assert!(got.contains(&versions[of]) && !got.contains(&versions[1 - of]));
        seen[of] += 1;
    }
    assert!(seen.iter().all(|n| *n > 100), "{seen:?}");
}

#[test]
fn a_version_that_was_removed_is_forgotten() {
    let first = dataset(&lines(3, 700, 3, 8, 500));
    let old = version(&first, "sales");
    let second = publish(&first, &lines(4, 800, 3, 8, 520));
    let mut pruned = second.clone();
    pruned.retain(|key, _| !key.contains(&old));
    let pinned = || request("GET", &format!("/v/sales/{old}/top.json?n=4&e=1"), &[]);
    let config = public("sales");
    let recalled = || {
        let store = Shifting::new(&[&first, &pruned]);
        let remembered = Memory::default();
        fine(&send_to(&remembered, &store, &config, top(), NOW));
        store.set(1, None);
        (store, remembered)
    };
    // The latest: its data are missed, the pointer is read again, then the data of the current version.
    let (store, remembered) = recalled();
    let mut rounds = Vec::new();
    for _ in 0..2 {
        let outcome = send_to(&remembered, &store, &config, top(), after(1));
        assert_eq!(fine(&outcome), fresh(&pruned, top()));
        rounds.push(outcome.audit.usage.rounds);
    }
    assert_eq!(rounds, [3, 1]);
    // The pinned one is gone, and stays so.
    let (store, remembered) = recalled();
    for _ in 0..2 {
        let outcome = send_to(&remembered, &store, &config, pinned(), after(1));
        assert_eq!(outcome.response.status(), 410, "{}", said(&outcome));
    }
    let outcome = send_to(&remembered, &store, &config, top(), after(1));
    assert_eq!(fine(&outcome), fresh(&pruned, top()));
    // A version whose data are lost although it is current is damage, remembered or not.
    let mut lost = first.clone();
    lost.retain(|key, _| !key.ends_with(".parquet"));
    let store = Shifting::new(&[&first, &lost]);
    let remembered = Memory::default();
    fine(&send_to(&remembered, &store, &config, top(), NOW));
    store.set(1, None);
    for _ in 0..2 {
        let outcome = send_to(&remembered, &store, &config, top(), after(1));
        assert_eq!(outcome.audit.outcome, "corrupt", "{}", said(&outcome));
    }
}

#[test]
fn many_datasets_and_versions_are_not_all_remembered() {
    let kept = limits::REMEMBERED_VERSIONS_MAX;
    let count = kept + 4;
    let mut objects = Objects::new();
    let names: Vec<String> = (0..count).map(|i| format!("sales-{i:02}")).collect();
    let source = csv(&lines(3, 300, 3, 8, 200));
    for name in &names {
        let some = ingest::ingest_csv_bytes(source.as_bytes(), name, NOW).expect("ingested");
        objects.extend(some);
    }
    let mut config = public("sales");
    for name in &names {
        config = config.with_public(DatasetId::new(name.as_str()).expect("a name"));
    }
    let store = memory(&objects);
    let remembered = Memory::default();
    let rounds = |request| {
        let outcome = send_to(&remembered, &store, &config, request, NOW);
        assert!(outcome.response.status() == 200, "{}", said(&outcome));
        outcome.audit.usage.rounds
    };
    let latest = |name: &String| tool_request("top_n_products", &json!({"dataset": name}));
    assert!(names.iter().all(|name| rounds(latest(name)) == 2));
    // From the last one backwards: as many as are kept, and no more.
    let warm = names
        .iter()
        .rev()
        .take_while(|name| rounds(latest(name)) == 1)
        .count();
    assert_eq!(warm, kept);
    // Of pinned versions those give way that were not asked for longest.
    let pinned = |name: &String| {
        let target = format!("/v/{name}/{}/top.json?e=1", version(&objects, name));
        request("GET", &target, &[])
    };
    for name in names.iter().take(kept) {
        rounds(pinned(name));
    }
    assert_eq!(rounds(pinned(&names[0])), 1);
    assert_eq!(rounds(pinned(&names[kept])), 2);
    assert_eq!(rounds(pinned(&names[0])), 1, "asked for lately");
    assert_eq!(rounds(pinned(&names[1])), 2, "not asked for longest");
}

#[test]
fn large_versions_make_room_for_each_other() {
    // Some 20,000 names are about a quarter of what may be remembered.
    let each = 20_000 * limits::REMEMBERED_NAME_BYTES as u64;
    let fit = usize::try_from(limits::REMEMBERED_BYTES_MAX / each).expect("small");
    assert!((2..limits::REMEMBERED_VERSIONS_MAX).contains(&fit), "{fit}");
    let source = csv(&many_sites(3, 20_000, 20_000, 0));
    let first = ingest::ingest_csv_bytes(source.as_bytes(), "sales", NOW).expect("ingested");
    let products = pointer(&first, "sales").manifest;
    let products = products.dimension("product").expect("there").count;
    assert_eq!(products, 20_000);
    let mut objects = first;
    let names: Vec<String> = (0..=fit).map(|i| format!("large-{i}")).collect();
    let mut config = public("sales");
    for name in &names {
        let some = ingest::ingest_csv_bytes(source.as_bytes(), name, NOW).expect("ingested");
        objects.extend(some);
        config = config.with_public(DatasetId::new(name.as_str()).expect("a name"));
    }
    let store = memory(&objects);
    let remembered = Memory::default();
    let rounds = |name: &String| {
        let asked = json!({"dataset": name, "filters": {"product": ["p0007"]}});
        let request = tool_request("top_n_products", &asked);
        let outcome = send_to(&remembered, &store, &config, request, NOW);
        fine(&outcome);
        outcome.audit.usage.rounds
    };
    let cold: Vec<u32> = names.iter().map(rounds).collect();
    assert!(cold.iter().all(|r| *r >= 2), "{cold:?}");
    let warm = names
        .iter()
        .rev()
        .take_while(|name| rounds(name) == 1)
        .count();
    assert!((1..=fit).contains(&warm), "{warm} of {fit}");
}

#[test]
fn readiness_is_asked_of_storage_each_time() {
    let objects = dataset(&lines(3, 700, 3, 8, 500));
    let store = CountingStore::new(memory(&objects));
    let remembered = Memory::default();
    let config = public("sales");
    let ready = || request("GET", "/ready", &[]);
    for _ in 0..2 {
        fine(&send_to(&remembered, &store, &config, top(), NOW));
        store.take();
        let outcome = send_to(&remembered, &store, &config, ready(), NOW);
        assert_eq!(body(&outcome.response)["status"], "ready");
        assert_eq!(store.take().len(), 1);
    }
    // Storage that is down is not ready, though the answers would still be known.
    let down = FailingStore::new(memory(&objects), ErrorKind::Upstream, u32::MAX);
    let outcome = send_to(&remembered, &down, &config, ready(), NOW);
    assert_eq!(outcome.response.status(), 503);
    let latest = request("GET", "/v/sales/latest/top.json", &[]);
    let outcome = send_to(&remembered, &down, &config, latest, NOW);
    assert_eq!(outcome.response.status(), 307, "the pointer is known");
}

#[test]
fn what_is_remembered_is_for_those_who_may_read_it() {
    let objects = dataset(&lines(3, 700, 3, 8, 500));
    let store = CountingStore::new(memory(&objects));
    let remembered = Memory::default();
    fine(&send_to(&remembered, &store, &public("sales"), top(), NOW));
    store.take();
    // The same isolate after the dataset was made private.
    let key = format!("ann:{}:sales", "0".repeat(64));
    let pairs = [
        ("NEARCAST_API_KEYS", key.as_str()),
        ("NEARCAST_DATASET", "sales"),
    ];
    let pairs = pairs.map(|(k, v)| (k.to_owned(), v.to_owned()));
    let private = Config::from_pairs(pairs).expect("settings");
    let current = version(&objects, "sales");
    for target in [
        "/v/sales/latest/top.json".to_owned(),
        format!("/v/sales/{current}/top.json?e=1"),
    ] {
        let outcome = send_to(
            &remembered,
            &store,
            &private,
            request("GET", &target, &[]),
            NOW,
        );
        assert_eq!(outcome.response.status(), 401, "{target}");
    }
    let outcome = send_to(&remembered, &store, &private, top(), NOW);
    assert_eq!(outcome.response.status(), 401);
    assert!(store.take().is_empty());
}
