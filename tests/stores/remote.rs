//! Natively over HTTP: a real S3 server, and one that misbehaves.

use std::time::Duration;

use nearcast::config::S3Settings;
use nearcast::model::dataset::{DatasetId, Etag, ObjectKey};
use nearcast::remote::{Bucket, Credentials, Place, sign};
use nearcast::shell::{RangeRead, ReadSpec, Span};
use nearcast::{ErrorKind, limits};
use nearcast_native::serve::now;
use nearcast_native::stores::{
    NativeWire, RemoteStore, Store, TimeoutStore, bucket_store, s3_client, web_store,
};
use nearcast_tests::asking::block_on;
use nearcast_tests::faults::{Fault, FaultServer};
use nearcast_tests::moto::Moto;
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutMode, PutOptions, UpdateVersion};

use crate::suite::{SIZE, key, objects, one, pattern, range, read, spec, suite};

fn place(text: &str, endpoint: Option<String>) -> Place {
    let settings = S3Settings {
        endpoint,
        key: Some(nearcast::config::S3Key {
            id: "id".into(),
            secret: "secret".into(),
            session_token: Some("token".into()),
        }),
        ..S3Settings::default()
    };
    Place::parse(text, &settings).expect("a place")
}

fn web(server: &FaultServer) -> RemoteStore {
    match place(&server.base(), None) {
        Place::Web(web) => web_store(web).expect("a store"),
        other => panic!("{other:?}"),
    }
}

/// The fault server taken for S3, with the bucket `base`.
fn s3(server: &FaultServer) -> RemoteStore {
    let endpoint = format!("http://{}", server.address());
    match place("s3://base", Some(endpoint)) {
        Place::Bucket(bucket) => bucket_store(&bucket).expect("a store"),
        other => panic!("{other:?}"),
    }
}

/// Both ways to read over HTTP.
fn both(case: impl Fn(&RemoteStore, &FaultServer)) {
    for make in [web, s3] {
        let server = FaultServer::start(&objects());
        case(&make(&server), &server);
    }
}

#[test]
fn a_web_prefix_and_a_bucket_keep_the_promises() {
    both(|store, _| {
        suite(store);
        suite(&TimeoutStore::new(Store::Remote(store.clone())));
    });
}

#[test]
fn a_real_s3_server_keeps_the_promises_for_a_key_that_may_only_read() {
    let moto = Moto::start();
    // A prefix that has to be encoded, and none.
    for prefix in ["some sales/a+b", "plain"] {
        moto.put(prefix, &objects());
        let bucket = moto.bucket(prefix, &moto.reader);
        suite(&bucket_store(&bucket).expect("a store"));
    }
    let refused = |key: Credentials| {
        let store = bucket_store(&moto.bucket("plain", &key)).expect("a store");
        let error = block_on(store.read_ranges(&[range(0, 1)])).expect_err("a wrong key");
        assert_eq!(error.kind(), ErrorKind::Upstream);
        let text = format!("{error} {error:?}");
        assert!(text.contains("check the key"), "{text}");
        assert!(!text.contains(&key.secret), "{text}");
    };
    refused(Credentials {
        secret: "not the secret".into(),
        ..moto.reader.clone()
    });
    refused(Credentials {
        key_id: "AKIANOBODYNOBODYNOBO".into(),
        ..moto.reader.clone()
    });
    publishing_is_conditional(&moto.bucket("plain", &moto.writer));
    let reader = s3_client(&moto.bucket("plain", &moto.reader)).expect("a client");
    let path = Path::from("plain/reader");
    let refused = block_on(reader.put(&path, "x".into())).expect_err("may only read");
    assert!(
        matches!(refused, object_store::Error::PermissionDenied { .. }),
        "{refused}"
    );
}

/// The handle for publishing: a write on condition is made once.
fn publishing_is_conditional(bucket: &Bucket) {
    let client = s3_client(bucket).expect("a client");
    let path = Path::from("plain/pointer");
    let put = |text: &'static str, mode| {
        let options = PutOptions::from(mode);
        block_on(client.put_opts(&path, text.into(), options))
    };
    let first = put("one", PutMode::Create).expect("it is not there");
    let again = put("two", PutMode::Create).expect_err("it is there");
    assert!(
        matches!(again, object_store::Error::AlreadyExists { .. }),
        "{again}"
    );
    let seen = || UpdateVersion {
        e_tag: first.e_tag.clone(),
        version: None,
    };
    put("three", PutMode::Update(seen())).expect("it is as it was seen");
    let late = put("four", PutMode::Update(seen())).expect_err("it has changed");
    assert!(
        matches!(late, object_store::Error::Precondition { .. }),
        "{late}"
    );
    let read = block_on(async { client.get(&path).await.expect("there").bytes().await });
    assert_eq!(read.expect("whole"), "three");
}

#[test]
fn writes_are_tried_again_unless_they_may_have_been_done() {
    let server = FaultServer::start(&objects());
    let endpoint = format!("http://{}", server.address());
    let Place::Bucket(bucket) = place("s3://base", Some(endpoint)) else {
        panic!("a bucket");
    };
    let client = s3_client(&bucket).expect("a client");
    let path = Path::from(key().as_str());
    let put = |mode| {
        let options = PutOptions::from(mode);
        let _ = block_on(client.put_opts(&path, "x".into(), options));
        server.take().len()
    };
    // This server writes nothing: what counts is how often it is asked.
    let busy = || Fault::busy(503, "0");
    server.fail_next([busy(), Fault::busy(429, "0")]);
    assert_eq!(put(PutMode::Overwrite), 3);
    server.fail_next([busy()]);
    assert_eq!(put(PutMode::Create), 2);
    // Was it written before that went wrong? Nobody knows, so nobody tries again.
    server.fail_next([Fault::Status(500, vec![])]);
    assert_eq!(put(PutMode::Create), 1);
    server.fail_next([Fault::HungUp]);
    assert_eq!(put(PutMode::Create), 1);
    server.fail_next([Fault::Status(500, vec![]), Fault::HungUp]);
    assert_eq!(put(PutMode::Overwrite), 3);
    server.fail_always(busy());
    assert_eq!(put(PutMode::Overwrite) as u32, limits::STORE_ATTEMPTS_MAX);
    server.fail_always(Fault::busy(503, "3600"));
    assert_eq!(put(PutMode::Overwrite), 1);
}

#[test]
fn what_is_asked_is_one_range_of_one_object_signed_where_there_is_a_key() {
    both(|store, server| {
        let known = read(store, &[range(0, 1)]).expect("there").remove(0).etag;
        let insisting = ReadSpec {
            if_match: known.clone(),
            ..range(5, 9)
        };
        server.take();
        assert_eq!(one(store, insisting), Ok(pattern(5, 9)));
        let seen = server.take();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].line, format!("GET /base/{}", key()));
        assert_eq!(seen[0].header("range"), Some("bytes=5-8"));
        assert_eq!(
            seen[0].header("if-match"),
            known.as_ref().map(|e| e.0.as_str())
        );
        if let Some(authorization) = seen[0].header("authorization") {
            assert!(
                authorization.contains("/us-east-1/s3/aws4_request"),
                "{authorization}"
            );
            assert!(authorization.contains("range"), "{authorization}");
            assert_eq!(seen[0].header("x-amz-security-token"), Some("token"));
        }
    });
    let signed = |make: fn(&FaultServer) -> RemoteStore| {
        let server = FaultServer::start(&objects());
        let _ = one(&make(&server), range(0, 1));
        server.take()[0].header("authorization").is_some()
    };
    assert!(signed(s3) && !signed(web));
}

#[test]
fn trouble_that_passes_is_borne() {
    both(|store, server| {
        for (faults, attempts) in [
            (vec![Fault::busy(429, "0")], 2),
            (
                vec![
                    Fault::busy(503, "0"),
                    Fault::busy(503, "Wed, 21 Oct 2026 07:28:00 GMT"),
                ],
                3,
            ),
            (
                vec![Fault::Status(500, vec![]), Fault::Status(502, vec![])],
                3,
            ),
            (vec![Fault::HungUp], 2),
            (vec![Fault::Truncated(0), Fault::Truncated(37)], 3),
        ] {
            server.fail_next(faults.clone());
            assert_eq!(one(store, range(7, 300)), Ok(pattern(7, 300)), "{faults:?}");
            assert_eq!(server.take().len(), attempts, "{faults:?}");
        }
    });
}

#[test]
fn trouble_that_stays_ends_after_a_bounded_number_of_attempts() {
    both(|store, server| {
        for fault in [
            Fault::Status(500, vec![]),
            Fault::Status(503, vec![]),
            Fault::HungUp,
            Fault::Truncated(5),
        ] {
            server.fail_always(fault.clone());
            assert_eq!(
                one(store, range(7, 300)),
                Err(ErrorKind::Upstream),
                "{fault:?}"
            );
            let attempts = server.take().len();
            assert_eq!(attempts as u32, limits::STORE_ATTEMPTS_MAX, "{fault:?}");
        }
        // A wait that is longer than the question may take is not begun.
        server.fail_always(Fault::busy(429, "3600"));
        let error = block_on(store.read_ranges(&[range(0, 1)])).expect_err("busy");
        assert!(error.to_string().contains("3600 s"), "{error}");
        assert_eq!(server.take().len(), 1);
    });
}

#[test]
fn refusals_are_final() {
    both(|store, server| {
        for (status, kind) in [
            (301, ErrorKind::Upstream),
            (400, ErrorKind::Upstream),
            (401, ErrorKind::Upstream),
            (403, ErrorKind::Upstream),
            (404, ErrorKind::NotFound),
            (412, ErrorKind::Stale),
            (416, ErrorKind::Corrupt),
        ] {
            server.fail_next([Fault::Status(status, vec![("Location", server.base())])]);
            assert_eq!(one(store, range(0, 9)), Err(kind), "{status}");
            assert_eq!(server.take().len(), 1, "{status}");
        }
    });
}

#[test]
fn a_server_without_ranges_or_conditions_gives_the_same_bytes_or_an_error() {
    both(|store, server| {
        server.fail_always(Fault::NoRanges);
        suite(store);
        server.fail_always(Fault::NoConditions);
        let wrong = ReadSpec {
            if_match: Some(Etag("\"of nothing\"".into())),
            ..range(0, 1)
        };
        assert_eq!(one(store, wrong), Err(ErrorKind::Stale));
        server.fail_always(Fault::NoLength);
        assert_eq!(one(store, range(7, 300)), Ok(pattern(7, 300)));
        assert_eq!(one(store, range(7, 1001)), Err(ErrorKind::Corrupt));
        let whole = |max_bytes| spec(Span::Whole { max_bytes });
        assert_eq!(one(store, whole(1000)), Ok(pattern(0, SIZE)));
        assert_eq!(one(store, whole(999)), Err(ErrorKind::Corrupt));
    });
}

#[test]
fn a_server_that_hangs_is_given_up() {
    for fault in [Fault::Silent, Fault::Stalled(5)] {
        let server = FaultServer::start(&objects());
        server.fail_always(fault);
        let store = TimeoutStore::within(web(&server), Duration::from_millis(300));
        assert_eq!(one(&store, range(0, 9)), Err(ErrorKind::Upstream));
        assert_eq!(server.take().len(), 1);
    }
    // Nobody listens there at all.
    let nobody = format!("http://127.0.0.1:{}", nearcast_tests::process::free_port());
    let Place::Web(web) = place(&nobody, None) else {
        panic!("a web address");
    };
    let store = web_store(web).expect("a store");
    let error = block_on(store.read_ranges(&[range(0, 1)])).expect_err("nobody");
    assert!(error.to_string().contains("cannot be reached"), "{error}");
}

#[test]
fn one_failing_read_fails_its_round() {
    both(|store, server| {
        server.fail_next([Fault::Status(403, vec![])]);
        let specs: Vec<_> = (0..20).map(|i| range(i, i + 5)).collect();
        assert_eq!(read(store, &specs), Err(ErrorKind::Upstream));
        assert!(read(store, &specs).is_ok());
    });
}

/// The core's signature beside that of `object_store`, on the same request at the same time.
#[test]
fn an_independent_signer_agrees() {
    use object_store::aws::{AwsAuthorizer, AwsCredential};
    let key = Credentials {
        key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        session_token: Some("token".into()),
    };
    let theirs_key = AwsCredential {
        key_id: key.key_id.clone(),
        secret_key: key.secret.clone(),
        token: key.session_token.clone(),
    };
    let Place::Bucket(bucket) = place("s3://sales/a b+c/%/ü", Some("http://minio:9000".into()))
    else {
        panic!("a bucket");
    };
    let pointer = ObjectKey::pointer(&DatasetId::new("demo").expect("plain"));
    let address = bucket.web().address(&pointer).expect("an address");
    let both_signed = || {
        let request = || http::Request::get(&address).header("range", "bytes=0-9");
        let mut ours = request().body(()).expect("a request");
        sign(&mut ours, &key, "auto", now()).expect("signed");
        let mut theirs = request().body(Vec::new().into()).expect("a request");
        AwsAuthorizer::new(&theirs_key, "s3", "auto")
            .try_authorize(&mut theirs, None)
            .expect("signed");
        let of = |headers: &http::HeaderMap| {
            ["authorization", "x-amz-date"]
                .map(|name| headers[name].to_str().expect("text").replace(", ", ","))
        };
        (of(ours.headers()), of(theirs.headers()))
    };
    // Each takes the time for itself: within some tries both fall into one second.
    let agreed = (0..50)
        .map(|_| both_signed())
        .find(|(ours, theirs)| ours[1] == theirs[1]);
    let (ours, theirs) = agreed.expect("two signatures within one second");
    assert_eq!(ours, theirs);
}

/// The native host's futures go from thread to thread.
#[test]
fn remote_stores_are_for_many_threads() {
    fn sendable<T: Send + Sync>() {}
    sendable::<NativeWire>();
    sendable::<RemoteStore>();
}
