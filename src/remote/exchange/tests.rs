//! What is asked, and what each answer means.

use super::*;
use crate::config::S3Settings;
use crate::error::ErrorKind;
use crate::model::dataset::{DatasetId, ObjectKey};
use crate::remote::place::Place;

fn spec(span: Span) -> ReadSpec {
    ReadSpec {
        key: ObjectKey::pointer(&DatasetId::new("demo").expect("plain")),
        span,
        if_match: None,
    }
}

fn range(from: u64, to: u64) -> ReadSpec {
    spec(Span::Range(from..to))
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            let name = http::HeaderName::from_static(name);
            (name, HeaderValue::from_str(value).expect("text"))
        })
        .collect()
}

/// What came, or the kind of the error; `None` for one that another attempt may mend.
fn outcome(
    spec: &ReadSpec,
    status: u16,
    pairs: &[(&'static str, &str)],
    body: &'static [u8],
) -> Result<Vec<u8>, Option<ErrorKind>> {
    match interpret(spec, status, &headers(pairs), &Bytes::from_static(body)) {
        Ok(chunk) => Ok(chunk.bytes.to_vec()),
        Err(Failure::Again(_)) => Err(None),
        Err(Failure::Over(error)) => {
            assert!(error.to_string().contains("demo/current.json"), "{error}");
            Err(Some(error.kind()))
        }
    }
}

fn base() -> Web {
    match Place::parse("https://example.com/a%20b", &S3Settings::default()) {
        Ok(Place::Web(web)) => web,
        other => panic!("{other:?}"),
    }
}

#[test]
fn requests_say_which_bytes() {
    let asked = |span| {
        let request = request(&spec(span), &base()).expect("a request");
        assert_eq!(
            request.uri().to_string(),
            "https://example.com/a%20b/demo/current.json"
        );
        assert_eq!(request.headers()[ACCEPT_ENCODING], "identity");
        let range = request
            .headers()
            .get(RANGE)
            .map(|r| r.to_str().expect("text").to_owned());
        format!("{} {}", request.method(), range.unwrap_or_default())
    };
    assert_eq!(asked(Span::Whole { max_bytes: 9 }), "GET ");
    assert_eq!(asked(Span::Range(0..1)), "GET bytes=0-0");
    assert_eq!(asked(Span::Range(7..300)), "GET bytes=7-299");
    assert_eq!(asked(Span::Prefix { bytes: 64 }), "GET bytes=0-63");
    assert_eq!(asked(Span::Suffix { bytes: 8 }), "GET bytes=-8");
    assert_eq!(
        asked(Span::Suffix { bytes: u64::MAX }),
        "GET bytes=-9007199254740991"
    );
    for nothing in [
        Span::Range(5..5),
        Span::Prefix { bytes: 0 },
        Span::Suffix { bytes: 0 },
    ] {
        assert_eq!(asked(nothing), "HEAD ");
    }
    #[expect(
        clippy::reversed_empty_ranges,
        reason = "what a broken manifest may ask for"
    )]
    let reversed = request(&range(9, 3), &base()).and(request(&spec(Span::Range(9..3)), &base()));
    assert_eq!(reversed.expect_err("none").kind(), ErrorKind::Corrupt);
}

#[test]
fn only_strong_marks_go_into_a_condition() {
    let with = |etag: &str| {
        let spec = ReadSpec {
            if_match: Some(Etag(etag.into())),
            ..range(0, 3)
        };
        let request = request(&spec, &base()).expect("a request");
        let sent = request.headers().get(IF_MATCH).cloned();
        let same = outcome(
            &spec,
            206,
            &[("content-range", "bytes 0-2/9"), ("etag", etag)],
            b"abc",
        );
        assert_eq!(same, Ok(b"abc".to_vec()));
        let other = [("content-range", "bytes 0-2/9"), ("etag", "\"other\"")];
        assert_eq!(
            outcome(&spec, 206, &other, b"abc"),
            Err(Some(ErrorKind::Stale))
        );
        sent
    };
    assert_eq!(with("\"abc\"").expect("sent"), "\"abc\"");
    assert_eq!(with("W/\"abc\""), None);
}

#[test]
fn a_range_is_taken_as_it_was_asked_for() {
    let given = |text: &str| outcome(&range(2, 5), 206, &[("content-range", text)], b"cde");
    assert_eq!(given("bytes 2-4/9"), Ok(b"cde".to_vec()));
    assert_eq!(given("bytes 2-4/*"), Ok(b"cde".to_vec()));
    // The object ends before the range does.
    assert_eq!(given("bytes 2-3/4"), Err(Some(ErrorKind::Corrupt)));
    for other in [
        "bytes 1-3/9",
        "bytes 2-5/9",
        "bytes 2-3/9",
        "bytes 4-2/9",
        "bytes 2-4/3",
        "items 2-4/9",
        "bytes 2/9",
        "bytes -4/9",
        "",
    ] {
        let kind = given(other).expect_err(other);
        assert!(
            matches!(kind, Some(ErrorKind::Upstream | ErrorKind::Corrupt)),
            "{other}"
        );
    }
    assert_eq!(
        outcome(&range(2, 5), 206, &[], b"cde"),
        Err(Some(ErrorKind::Upstream))
    );
}

#[test]
fn prefixes_and_suffixes_are_cut_at_the_object() {
    let first = |bytes, text: &str| {
        outcome(
            &spec(Span::Prefix { bytes }),
            206,
            &[("content-range", text)],
            b"abc",
        )
    };
    assert_eq!(first(3, "bytes 0-2/9"), Ok(b"abc".to_vec()));
    assert_eq!(first(64, "bytes 0-2/3"), Ok(b"abc".to_vec()));
    assert_eq!(first(64, "bytes 0-2/*"), Ok(b"abc".to_vec()));
    assert_eq!(first(64, "bytes 0-2/9"), Err(Some(ErrorKind::Upstream)));
    let last = |bytes, text: &str| {
        outcome(
            &spec(Span::Suffix { bytes }),
            206,
            &[("content-range", text)],
            b"abc",
        )
    };
    assert_eq!(last(3, "bytes 6-8/9"), Ok(b"abc".to_vec()));
    assert_eq!(last(64, "bytes 0-2/3"), Ok(b"abc".to_vec()));
    assert_eq!(last(3, "bytes 5-7/9"), Err(Some(ErrorKind::Upstream)));
    assert_eq!(last(3, "bytes 6-8/*"), Err(Some(ErrorKind::Upstream)));
    // Without bytes there is no first and no last one.
    for span in [Span::Prefix { bytes: 3 }, Span::Suffix { bytes: 3 }] {
        assert_eq!(
            outcome(
                &spec(span),
                416,
                &[("content-range", "bytes */0")],
                b"<Error/>"
            ),
            Ok(Vec::new())
        );
    }
    assert_eq!(
        outcome(&range(0, 3), 416, &[], b""),
        Err(Some(ErrorKind::Corrupt))
    );
}

#[test]
fn a_server_that_ignores_ranges_is_read_up_to_a_bound() {
    let whole = b"abcdefghi";
    for length in [&[("content-length", "9")][..], &[]] {
        assert_eq!(
            outcome(&range(2, 5), 200, length, whole),
            Ok(b"cde".to_vec())
        );
        assert_eq!(
            outcome(&range(2, 10), 200, length, whole),
            Err(Some(ErrorKind::Corrupt))
        );
        for (bytes, expected) in [(4, &whole[..4]), (64, whole)] {
            assert_eq!(
                outcome(&spec(Span::Prefix { bytes }), 200, length, whole),
                Ok(expected.to_vec())
            );
        }
    }
    let last = |bytes, length| outcome(&spec(Span::Suffix { bytes }), 200, length, whole);
    assert_eq!(last(4, &[("content-length", "9")]), Ok(b"fghi".to_vec()));
    assert_eq!(last(64, &[("content-length", "9")]), Ok(whole.to_vec()));
    assert_eq!(last(4, &[]), Err(Some(ErrorKind::Upstream)));
    // More than is worth passing over.
    let far = range(1 << 30, (1 << 30) + 1);
    assert_eq!(
        outcome(&far, 200, &[("content-length", "2147483648")], b""),
        Err(Some(ErrorKind::Upstream))
    );
    // Nothing is read for nothing, however far behind it lies.
    assert_eq!(
        outcome(
            &range(1 << 30, 1 << 30),
            200,
            &[("content-length", "2147483648")],
            b""
        ),
        Ok(Vec::new())
    );
    assert_eq!(
        outcome(&range(10, 10), 200, &[("content-length", "9")], b""),
        Err(Some(ErrorKind::Corrupt))
    );
}

#[test]
fn whole_objects_keep_to_their_bound_before_and_while_they_are_read() {
    let whole = |max_bytes, length: &str, body| {
        outcome(
            &spec(Span::Whole { max_bytes }),
            200,
            &[("content-length", length)],
            body,
        )
    };
    assert_eq!(whole(3, "3", b"abc"), Ok(b"abc".to_vec()));
    assert_eq!(whole(3, "4", b""), Err(Some(ErrorKind::Corrupt)));
    assert_eq!(
        whole(u64::MAX, "99999999999", b""),
        Err(Some(ErrorKind::OverBudget))
    );
    let unsaid = |max_bytes| outcome(&spec(Span::Whole { max_bytes }), 200, &[], b"abcd");
    assert_eq!(unsaid(4), Ok(b"abcd".to_vec()));
    assert_eq!(unsaid(3), Err(Some(ErrorKind::Corrupt)));
    // A range nobody asked for.
    assert_eq!(
        outcome(
            &spec(Span::Whole { max_bytes: 9 }),
            206,
            &[("content-range", "bytes 0-2/9")],
            b"abc"
        ),
        Err(Some(ErrorKind::Upstream))
    );
    // What comes without end is not kept without end.
    let mut body = Body::begin(
        &spec(Span::Whole {
            max_bytes: u64::MAX,
        }),
        200,
        &HeaderMap::new(),
    )
    .expect("goes on");
    let mib = vec![0; 1 << 20];
    let taken = (0..64).take_while(|_| body.push(&mib).is_ok()).count();
    assert_eq!(taken as u64, limits::READ_BYTES_MAX >> 20);
}

#[test]
fn a_body_in_pieces_is_the_body_and_one_that_breaks_off_is_asked_for_again() {
    let headers = headers(&[("content-length", "9")]);
    let mut body = Body::begin(&range(2, 7), 200, &headers).expect("goes on");
    let enough: Vec<bool> = [&b"a"[..], b"bcd", b"", b"ef", b"gh"]
        .iter()
        .map(|piece| body.push(piece).expect("fits"))
        .collect();
    assert_eq!(enough, [false, false, false, false, true]);
    assert_eq!(body.finish().expect("whole").bytes, "cdefg");

    for (spec, status, pairs) in [
        (range(0, 9), 206, [("content-range", "bytes 0-8/9")]),
        (range(0, 9), 200, [("content-length", "9")]),
        (
            spec(Span::Whole { max_bytes: 9 }),
            200,
            [("content-length", "9")],
        ),
        (
            spec(Span::Prefix { bytes: 9 }),
            206,
            [("content-range", "bytes 0-8/9")],
        ),
    ] {
        assert_eq!(outcome(&spec, status, &pairs, b"abc"), Err(None));
    }
}

#[test]
fn refusals_say_what_to_do_and_trouble_passes() {
    let kind = |status| outcome(&range(0, 3), status, &[], b"");
    for (status, expected) in [
        (301, ErrorKind::Upstream),
        (304, ErrorKind::Upstream),
        (400, ErrorKind::Upstream),
        (401, ErrorKind::Upstream),
        (403, ErrorKind::Upstream),
        (404, ErrorKind::NotFound),
        (410, ErrorKind::NotFound),
        (412, ErrorKind::Stale),
        (416, ErrorKind::Corrupt),
        (418, ErrorKind::Upstream),
        (501, ErrorKind::Upstream),
        (100, ErrorKind::Upstream),
    ] {
        assert_eq!(kind(status), Err(Some(expected)), "{status}");
    }
    for status in [408, 429, 500, 502, 503, 504, 520] {
        assert_eq!(kind(status), Err(None), "{status}");
    }
    let Err(Failure::Over(error)) = interpret(&range(0, 1), 403, &HeaderMap::new(), &Bytes::new())
    else {
        panic!("403 is final");
    };
    assert!(error.to_string().contains("may not list"), "{error}");
    assert_eq!(
        outcome(
            &range(0, 3),
            206,
            &[
                ("content-encoding", "gzip"),
                ("content-range", "bytes 0-2/9")
            ],
            b"abc"
        ),
        Err(Some(ErrorKind::Upstream))
    );
}

#[test]
fn servers_ask_for_a_wait_in_seconds_or_until_a_time() {
    let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
    let asked = |pairs: &[(&'static str, &str)]| retry_after_s(&headers(pairs));
    assert_eq!(asked(&[("retry-after", "7")]), Some(7));
    assert_eq!(asked(&[("retry-after", " 0 ")]), Some(0));
    assert_eq!(
        asked(&[("retry-after", "Wed, 21 Oct 2015 07:28:05 GMT"), date]),
        Some(5)
    );
    assert_eq!(
        asked(&[("retry-after", "Wed, 21 Oct 2015 07:27:00 GMT"), date]),
        Some(0)
    );
    for unclear in ["", "soon", "-1", "1.5", "Wed, 21 Oct 2015 07:28:05 GMT"] {
        assert_eq!(asked(&[("retry-after", unclear)]), None, "{unclear}");
    }
    assert_eq!(asked(&[date]), None);
    let Err(Failure::Again(trouble)) = interpret(
        &range(0, 1),
        429,
        &headers(&[("retry-after", "3")]),
        &Bytes::new(),
    ) else {
        panic!("429 passes");
    };
    assert_eq!(trouble.retry_after_s, Some(3));
}
