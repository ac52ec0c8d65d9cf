use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::*;
use crate::error::{Error, ErrorKind};
use crate::limits;
use crate::model::dataset::DatasetId;
use crate::model::principal::{Datasets, Proof};
use crate::model::query::{DescribeQuery, Detail, Query, Question, Version};

#[path = "../../tests/support/tokens.rs"]
#[allow(
    unreachable_pub,
    dead_code,
    reason = "shared with the tests of the hosts"
)]
mod tokens;

use tokens::{JWKS, NOW, Signer, claims, encode};

const KEY: &str = "nk_correct-horse-battery-staple";
/// What `printf %s nk_correct-horse-battery-staple | sha256sum` prints.
const KEY_HASH: &str = "04ad716291e4001fd6e8dba5cc2721cb0010a64f571f5b78757fc96ffea867b4";

fn config(more: &[(&str, &str)]) -> Config {
    let more = more.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    Config::from_pairs(tokens::settings().into_iter().chain(more)).expect("good settings")
}

fn keys() -> KeySet {
    KeySet::from_jwks(JWKS).expect("the committed set")
}

fn ask(token: &str) -> Result<Principal> {
    ask_at(token, NOW)
}

fn ask_at(token: &str, now: i64) -> Result<Principal> {
    let credential = Credential::bearer(token);
    authenticate(Some(&credential), &keys(), &config(&[]), Timestamp(now))
}

/// Refused for this reason, and without repeating any of the token.
#[track_caller]
fn refused(token: &str, why: &str) {
    refused_at(token, NOW, why);
}

#[track_caller]
fn refused_at(token: &str, now: i64, why: &str) {
    let error = ask_at(token, now).expect_err(why);
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
    assert!(error.message().contains(why), "{:?}", error.message());
    for part in token.split('.').filter(|part| part.len() > 8) {
        assert!(!format!("{error:?}").contains(part), "{error:?}");
    }
}

fn with(field: &str, value: Value) -> Value {
    let mut claims = claims(NOW);
    claims[field] = value;
    claims
}

fn without(field: &str) -> Value {
    let mut claims = claims(NOW);
    claims.as_object_mut().expect("an object").remove(field);
    claims
}

fn dataset(name: &str) -> DatasetId {
    DatasetId::new(name).expect("plain")
}

fn question(name: &str) -> Question {
    Question {
        dataset: dataset(name),
        version: Version::Latest,
        detail: Detail::default(),
        explain: false,
        query: Query::Describe(DescribeQuery {
            dimension: None,
            contains: None,
            limit: 1,
            offset: 0,
            since: None,
        }),
    }
}

fn headers(pairs: &[(&'static str, &[u8])]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, http::HeaderValue::from_bytes(value).expect("bytes"));
    }
    headers
}

#[test]
fn no_credential_is_anybody() {
    let who = authenticate(None, &keys(), &config(&[]), Timestamp(NOW));
    assert_eq!(who.expect("anybody"), Principal::anonymous());
    let local = Credential::local();
    let who = authenticate(Some(&local), &keys(), &config(&[]), Timestamp(NOW));
    assert_eq!(who.expect("the user"), Principal::local());
}

#[test]
fn each_algorithm_is_accepted() {
    for signer in Signer::TRUSTED {
        let who = ask(&signer.sign(&claims(NOW))).expect("accepted");
        assert_eq!(who.name, "ann");
        assert_eq!(who.proof, Proof::Token);
        assert_eq!(who.datasets, Datasets::Only(vec![]), "nothing by default");
    }
}

#[test]
fn a_public_key_is_no_secret() {
    let pem = include_bytes!("../../tests/auth/keys/TEST-ONLY-rsa.public.pem");
    for id in [None, Some("test-rsa".to_owned())] {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = id;
        let token = encode(&header, &claims(NOW), &EncodingKey::from_secret(pem));
        refused(&token, "signature");
        let mut no_secret = config(&[]);
        no_secret.jwt.as_mut().expect("configured").secret = None;
        let error = authenticate(
            Some(&Credential::bearer(token)),
            &keys(),
            &no_secret,
            Timestamp(NOW),
        )
        .expect_err("no secret, no HS256");
        assert!(error.message().contains("algorithm"));
    }
}

#[test]
fn a_key_has_one_algorithm() {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some("test-p256".into());
    refused(&Signer::Rsa.sign_with(&header, &claims(NOW)), "algorithm");
    for algorithm in [Algorithm::RS384, Algorithm::PS256] {
        let mut header = Header::new(algorithm);
        header.kid = Some("test-rsa".into());
        refused(&Signer::Rsa.sign_with(&header, &claims(NOW)), "algorithm");
    }
    let header = Header::new(Algorithm::HS512);
    refused(
        &Signer::Secret.sign_with(&header, &claims(NOW)),
        "key that is not known",
    );
    refused(&Signer::Stranger.sign(&claims(NOW)), "signature");
}

#[test]
fn no_algorithm_is_refused() {
    let body = URL_SAFE_NO_PAD.encode(claims(NOW).to_string());
    for alg in ["none", "None", "NONE", ""] {
        let head = json!({"alg": alg, "typ": "JWT", "kid": "test-rsa"}).to_string();
        let head = URL_SAFE_NO_PAD.encode(head);
        refused(&format!("{head}.{body}."), "neither");
        refused(&format!("{head}.{body}.AAAA"), "neither");
    }
}

#[test]
fn times_are_checked_within_the_skew() {
    let skew = i64::try_from(limits::CLOCK_SKEW_S).expect("small");
    for signer in Signer::TRUSTED {
        let token = signer.sign(&json!({
            "iss": tokens::ISSUER, "aud": tokens::AUDIENCE, "nbf": NOW, "exp": NOW + 100,
        }));
        refused_at(&token, NOW - skew - 1, "not valid yet");
        assert!(ask_at(&token, NOW - skew).is_ok());
        assert!(ask_at(&token, NOW + 99 + skew).is_ok());
        refused_at(&token, NOW + 100 + skew, "expired");
    }
    let never = Signer::P256.sign(&with("exp", json!(0)));
    refused(&never, "expired");
    let fraction = Signer::P256.sign(&with("exp", json!(1_800_000_000.5)));
    assert!(ask_at(&fraction, NOW + skew - 1).is_ok());
    refused_at(&fraction, NOW + skew, "expired");
    assert!(ask_at(&fraction, i64::MIN).is_err());
    assert!(ask_at(&fraction, i64::MAX).is_err());
}

#[test]
fn issuer_and_audience_must_be_ours() {
    let token = |claims: &Value| Signer::Ed25519.sign(claims);
    refused(&token(&with("iss", json!("https://login.test/"))), "issuer");
    refused(
        &token(&with("aud", json!("https://other.test"))),
        "audience",
    );
    refused(&token(&with("aud", json!(["a", "b"]))), "audience");
    refused(&token(&with("aud", json!([]))), "audience");
    assert!(ask(&token(&with("aud", json!(["a", tokens::AUDIENCE])))).is_ok());
    for claim in ["exp", "iss", "aud"] {
        assert_eq!(
            ask(&token(&without(claim))).expect_err(claim).kind(),
            ErrorKind::Unauthenticated
        );
    }
    for (claim, value) in [
        ("exp", json!("soon")),
        ("exp", json!(null)),
        ("exp", json!(-1)),
        ("exp", json!(1e300)),
        ("nbf", json!("soon")),
        ("iss", json!(7)),
        ("aud", json!(7)),
        ("aud", json!({})),
    ] {
        let error = ask(&token(&with(claim, value.clone()))).expect_err("wrong type");
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{claim} {value}");
    }
}

#[test]
fn an_unknown_key_is_a_reason_to_fetch_again() {
    let mut header = Signer::Rsa.header();
    header.kid = Some("rotated".into());
    let token = Signer::Rsa.sign_with(&header, &claims(NOW));
    refused(&token, "not known");
    let asks =
        |token: &str, keys: &KeySet| names_unknown_key(Some(&Credential::bearer(token)), keys);
    assert!(asks(&token, &keys()));
    let known = Signer::Rsa.sign(&claims(NOW));
    assert!(!asks(&known, &keys()));
    assert!(asks(&known, &KeySet::default()));
    assert!(!asks(
        &Signer::Secret.sign(&claims(NOW)),
        &KeySet::default()
    ));
    assert!(!asks("garbage", &KeySet::default()));
    assert!(!names_unknown_key(None, &KeySet::default()));
    assert!(!names_unknown_key(
        Some(&Credential::api_key(token)),
        &keys()
    ));
}

#[test]
fn a_token_without_a_key_id_means_the_only_key() {
    let mut header = Signer::P256.header();
    header.kid = None;
    let token = Signer::P256.sign_with(&header, &claims(NOW));
    refused(&token, "not known");
    let mut set: Value = serde_json::from_str(JWKS).expect("json");
    let only = json!({"keys": [set["keys"][1].take()]}).to_string();
    let only = KeySet::from_jwks(&only).expect("one key");
    let credential = Credential::bearer(token);
    assert!(authenticate(Some(&credential), &only, &config(&[]), Timestamp(NOW)).is_ok());
}

#[test]
fn what_a_token_says_about_keys_is_ignored() {
    let mut header = Signer::Rsa.header();
    header.jku = Some("https://evil.test/jwks.json".into());
    header.x5u = Some("https://evil.test/cert.pem".into());
    header.x5c = Some(vec!["AAAA".into()]);
    assert!(ask(&Signer::Rsa.sign_with(&header, &claims(NOW))).is_ok());

    let mut header = Signer::Stranger.header();
    header.jku = Some("https://evil.test/jwks.json".into());
    let set: Value = serde_json::from_str(JWKS).expect("json");
    header.jwk = serde_json::from_value(set["keys"][1].clone()).ok();
    assert!(header.jwk.is_some());
    refused(
        &Signer::Stranger.sign_with(&header, &claims(NOW)),
        "signature",
    );

    let mut header = Signer::Rsa.header();
    header.crit = Some(vec!["b64".into()]);
    refused(&Signer::Rsa.sign_with(&header, &claims(NOW)), "extensions");
}

#[test]
fn garbage_is_refused() {
    let good = Signer::Rsa.sign(&claims(NOW));
    for text in [
        "x",
        ".",
        "..",
        "...",
        "a.b.c",
        "eyJ.eyJ.x",
        "eyJhbGciOiJSUzI1NiJ9",
        "\u{0}",
    ] {
        refused(text, "neither");
    }
    for cut in (0..good.len()).step_by(7) {
        assert!(ask(&good[..cut]).is_err(), "{cut}");
    }
    for signer in Signer::TRUSTED {
        let good = signer.sign(&claims(NOW));
        for place in (0..good.len()).step_by(5) {
            let mut bytes = good.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("ascii");
            assert!(ask(&changed).is_err(), "{signer:?} {place}");
        }
    }
    let long = Signer::Rsa.sign(&with("sub", json!("x".repeat(limits::TOKEN_BYTES_MAX))));
    refused(&long, "too long");
    let error = authenticate(
        Some(&Credential::bearer(good)),
        &keys(),
        &Config::default(),
        Timestamp(NOW),
    )
    .expect_err("no tokens here");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
}

#[test]
fn claims_name_datasets() {
    let datasets = |claims: &Value| ask(&Signer::P256.sign(claims)).map(|who| who.datasets);
    let only = |names: &[&str]| Datasets::Only(names.iter().map(|n| dataset(n)).collect());
    for (claim, want) in [
        (json!(["acme", "beta"]), only(&["acme", "beta"])),
        (json!("acme beta"), only(&["acme", "beta"])),
        (json!(["acme", "../x", ""]), only(&["acme"])),
        (json!([]), only(&[])),
        (json!("*"), Datasets::All),
    ] {
        assert_eq!(
            datasets(&with("datasets", claim.clone())).expect("fine"),
            want
        );
        assert_eq!(
            datasets(&with("nearcast_datasets", claim)).expect("fine"),
            want
        );
    }
    let mut both = with("datasets", json!("*"));
    both["nearcast_datasets"] = json!("acme");
    assert_eq!(datasets(&both).expect("fine"), only(&["acme"]));
    for wrong in [json!(7), json!([7]), json!({"acme": true})] {
        assert!(datasets(&with("datasets", wrong)).is_err());
    }
    let open = config(&[("NEARCAST_JWT_DATASETS", "acme")]);
    let plain = Credential::bearer(Signer::P256.sign(&claims(NOW)));
    let who = authenticate(Some(&plain), &keys(), &open, Timestamp(NOW)).expect("fine");
    assert_eq!(who.datasets, only(&["acme"]));
}

#[test]
fn api_keys_open_what_they_are_for() {
    let other = "0".repeat(64);
    let entry = format!(
        "zero:{other} bob:{KEY_HASH}:acme+beta one:{}",
        "1".repeat(64)
    );
    let config = config(&[("NEARCAST_API_KEYS", &entry)]);
    for good in [Credential::api_key(KEY), Credential::bearer(KEY)] {
        let who = authenticate(Some(&good), &KeySet::default(), &config, Timestamp(NOW))
            .expect("a known key");
        assert_eq!((who.name.as_str(), who.proof), ("bob", Proof::ApiKey));
        for (name, may) in [("acme", true), ("beta", true), ("gamma", false)] {
            assert_eq!(
                authorize(question(name), &who, &config).is_ok(),
                may,
                "{name}"
            );
        }
    }
    for wrong in [&KEY[1..], KEY_HASH, "", "zero"] {
        let credential = Credential::api_key(wrong);
        let error = authenticate(Some(&credential), &keys(), &config, Timestamp(NOW))
            .expect_err("a wrong key");
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert!(
            wrong.is_empty()
                || !format!("{error:?} {credential:?}").contains(wrong)
                || wrong == "zero"
        );
    }
    let shown = format!("{config:?} {:?}", Credential::bearer(KEY));
    for secret in [KEY, KEY_HASH, tokens::SECRET] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn headers_carry_one_credential() {
    let read = |pairs: &[(&'static str, &[u8])]| credential(&headers(pairs));
    assert_eq!(read(&[]).expect("none"), None);
    let key = Some(Credential::api_key("k-1"));
    assert_eq!(read(&[("x-api-key", b" k-1 ")]).expect("fine"), key);
    let token = Some(Credential::bearer("a.b.c"));
    for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER  a.b.c "] {
        assert_eq!(
            read(&[("authorization", value.as_bytes())]).expect("fine"),
            token
        );
    }
    for twice in [
        &[("x-api-key", &b"k"[..]), ("authorization", b"Bearer t")][..],
        &[("x-api-key", b"k"), ("x-api-key", b"k")],
        &[
            ("authorization", b"Bearer t"),
            ("authorization", b"Bearer t"),
        ],
        &[("x-api-key", b"k, k")],
        &[("authorization", b"Bearer t, Bearer u")],
    ] {
        assert_eq!(read(twice).expect_err("two").kind(), ErrorKind::Invalid);
    }
    let long = [b"Bearer ".to_vec(), vec![b'x'; limits::TOKEN_BYTES_MAX]].concat();
    for wrong in [
        ("authorization", &b"Basic dXNlcjpwYXNz"[..]),
        ("authorization", b"Bearer"),
        ("authorization", b"Bearer "),
        ("authorization", b"Bearer a b"),
        ("authorization", b""),
        ("authorization", b"Bearer \xc3\xa9"),
        ("x-api-key", b""),
        ("x-api-key", b"\xff"),
        ("x-api-key", b"a b"),
        ("authorization", &long),
    ] {
        let error = read(&[wrong]).expect_err("not usable");
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{wrong:?}");
        assert!(!format!("{error:?}").contains("dXNl"));
    }
}

#[test]
fn a_refusal_does_not_tell_what_exists() {
    let config = config(&[("NEARCAST_PUBLIC_DATASETS", "demo")]);
    let bob = Principal {
        name: "bob".into(),
        proof: Proof::ApiKey,
        datasets: Datasets::Only(vec![dataset("acme")]),
    };
    for who in [&Principal::anonymous(), &bob] {
        let open = authorize(question("demo"), who, &config).expect("public");
        assert!(open.is_public());
        let [a, b] = ["private", "not-there"]
            .map(|name| authorize(question(name), who, &config).expect_err("closed"));
        assert_eq!(a.kind(), b.kind());
        assert_eq!(a.to_string(), b.to_string());
        assert_eq!(challenge(&config, &a), challenge(&config, &b));
        assert!(!a.to_string().contains("private"));
        let want = if who == &bob {
            ErrorKind::Forbidden
        } else {
            ErrorKind::Unauthenticated
        };
        assert_eq!(a.kind(), want);
    }
    let own = authorize(question("acme"), &bob, &config).expect("its own");
    assert!(!own.is_public(), "it depends on who asks");
    assert_eq!(own.question(), &question("acme"));
    assert_eq!(own.into_inner(), question("acme"));
}

#[test]
fn only_what_may_be_read_is_named_instead() {
    let config = config(&[
        ("NEARCAST_PUBLIC_DATASETS", "demo open"),
        ("NEARCAST_DATASET", "secret"),
    ]);
    let bob = Principal {
        name: "bob".into(),
        proof: Proof::ApiKey,
        datasets: Datasets::Only(vec![dataset("acme")]),
    };
    for (who, named) in [
        (&Principal::anonymous(), &["open"][..]),
        (&bob, &["acme", "open"]),
        (&Principal::local(), &["open", "secret"]),
    ] {
        let asked = authorize(question("demo"), who, &config).expect("public");
        let others: Vec<&str> = asked.others().iter().map(DatasetId::as_str).collect();
        assert_eq!(others, named, "{}", who.name);
    }
}

#[test]
fn the_challenge_says_where_to_log_in() {
    let config = config(&[("NEARCAST_PUBLIC_DATASETS", "demo")]);
    let at = "resource_metadata=\"https://nearcast.test/.well-known/oauth-protected-resource/mcp\"";
    let anonymous = authorize(question("x"), &Principal::anonymous(), &config).expect_err("closed");
    assert_eq!(challenge(&config, &anonymous), format!("Bearer {at}"));
    let wrong = challenge(&config, &ask("garbage").expect_err("garbage"));
    let wrong = wrong.to_str().expect("ascii");
    assert!(wrong.starts_with(&format!(
        "Bearer {at}, error=\"invalid_token\", error_description=\""
    )));
    assert!(wrong.ends_with('"'), "{wrong}");
    let quoted = Error::forbidden("a \"quote\" \\ and é\n");
    let value = challenge(&config, &quoted);
    assert_eq!(
        value,
        format!("Bearer {at}, error=\"insufficient_scope\", error_description=\"a quote  and \"")
    );
    assert_eq!(
        challenge(&Config::default(), &anonymous),
        "Bearer realm=\"nearcast\""
    );
}

#[test]
fn the_metadata_names_resource_and_login() {
    let document = resource_metadata(&config(&[])).expect("locked");
    assert_eq!(
        document,
        json!({
            "resource": "https://nearcast.test/mcp",
            "resource_name": "Nearcast",
            "authorization_servers": ["https://login.test"],
            "bearer_methods_supported": ["header"],
        })
    );
    let error = resource_metadata(&Config::default()).expect_err("nothing to log in to");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn key_sets_are_bounded_and_picked_over() {
    assert_eq!(keys().len(), 3);
    let set: Value = serde_json::from_str(JWKS).expect("json");
    let one = |key: Value| KeySet::from_jwks(&json!({"keys": [key]}).to_string());
    let changed = |place: usize, field: &str, value: Value| {
        let mut key = set["keys"][place].clone();
        key[field] = value;
        one(key)
    };
    assert!(changed(0, "use", json!("sig")).is_ok());
    for refused in [
        one(json!({"kty": "oct", "kid": "s", "k": "c2VjcmV0", "alg": "HS256"})),
        one(json!({"kty": "RSA", "kid": "short", "n": "AQAB", "e": "AQAB"})),
        one(json!("key")),
        changed(0, "use", json!("enc")),
        changed(0, "key_ops", json!(["sign"])),
        changed(0, "alg", json!("RS512")),
        changed(0, "n", json!("not base64!")),
        changed(0, "n", json!(URL_SAFE_NO_PAD.encode(vec![1; 513]))),
        changed(0, "kid", json!(7)),
        changed(1, "alg", json!("RS256")),
        changed(1, "crv", json!("P-384")),
        changed(1, "x", json!("AAAA")),
        changed(2, "x", json!("AAAA")),
        changed(2, "x", json!(null)),
        KeySet::from_jwks(r#"{"keys": []}"#),
        KeySet::from_jwks("<html>"),
        KeySet::from_jwks(&" ".repeat(limits::JWKS_BYTES_MAX + 1)),
        KeySet::from_jwks(
            &json!({"keys": vec![set["keys"][0].clone(); limits::KEYS_MAX + 1]}).to_string(),
        ),
    ] {
        assert_eq!(refused.expect_err("unusable").kind(), ErrorKind::Upstream);
    }
    let off_curve = changed(1, "x", json!(URL_SAFE_NO_PAD.encode([7; 32]))).expect("right length");
    let credential = Credential::bearer(Signer::P256.sign(&claims(NOW)));
    assert!(authenticate(Some(&credential), &off_curve, &config(&[]), Timestamp(NOW)).is_err());
}
