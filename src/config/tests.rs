use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Config> {
    Config::from_pairs(
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
    )
}

#[track_caller]
fn wrong(pairs: &[(&str, &str)], says: &str) {
    let error = read(pairs).expect_err(says).to_string();
    assert!(error.contains(says), "{error}");
}

fn dataset(name: &str) -> DatasetId {
    DatasetId::new(name).expect("plain")
}

const HASH: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

const TOKENS: [(&str, &str); 4] = [
    (PUBLIC_URL, "https://Sales.example.com/"),
    (JWT_ISSUER, "https://login.example.com/"),
    (JWT_AUDIENCE, "https://sales.example.com/mcp"),
    (JWKS_URL, "https://login.example.com/keys?v=1"),
];

#[test]
fn an_empty_environment_is_closed() {
    let config = read(&[("PATH", "/bin"), ("NEARCAST_API_KEYS", " ")]).expect("fine");
    assert_eq!(config, Config::default());
    assert!(!config.is_public(&config.default_dataset));
    assert!(!config.is_locked());
    assert_eq!(config.default_dataset.as_str(), "demo");
    let open = config
        .with_public(dataset("demo"))
        .with_public(dataset("demo"));
    assert_eq!(
        open.public_datasets,
        PublicDatasets::Only(vec![dataset("demo")])
    );
}

#[test]
fn a_typing_error_names_its_neighbour() {
    wrong(
        &[("NEARCAST_PUBLIC_DATASET", "*")],
        "there is no setting \"NEARCAST_PUBLIC_DATASET\"; did you mean \"NEARCAST_PUBLIC_DATASETS\"?",
    );
    wrong(
        &[("NEARCAST_APIKEYS", "")],
        "did you mean \"NEARCAST_API_KEYS\"?",
    );
    wrong(&[("NEARCAST_jwt_issuer", "x")], "did you mean");
    assert!(read(&[("nearcast_dataset", "!"), ("XNEARCAST_A", "x")]).is_ok());
}

#[test]
fn datasets_are_names_or_all() {
    let public = |text| read(&[(PUBLIC_DATASETS, text)]).map(|c| c.public_datasets);
    assert_eq!(public("*").expect("all"), PublicDatasets::All);
    assert_eq!(
        public("b, a,,b\n").expect("two"),
        PublicDatasets::Only(vec![dataset("a"), dataset("b")])
    );
    wrong(
        &[(PUBLIC_DATASETS, "a,*")],
        "NEARCAST_PUBLIC_DATASETS: \"*\": a dataset's name is",
    );
    wrong(
        &[(DATASET, "Demo")],
        "NEARCAST_DATASET: a dataset's name is",
    );
}

#[test]
fn api_keys_are_names_and_hashes() {
    let text = format!("bob:{HASH}\n ann@x:{}:a+b, eve:{HASH}", HASH.to_uppercase());
    let config = read(&[(API_KEYS, &text)]).expect("three");
    let names: Vec<_> = config.api_keys.iter().map(|k| k.name.as_str()).collect();
    assert_eq!(names, ["bob", "ann@x", "eve"]);
    assert_eq!(config.api_keys[0].sha256[..3], [0x2c, 0x26, 0xb4]);
    assert_eq!(config.api_keys[0].sha256, config.api_keys[1].sha256);
    assert_eq!(config.api_keys[0].datasets, Datasets::All);
    assert_eq!(
        config.api_keys[1].datasets,
        Datasets::Only(vec![dataset("a"), dataset("b")])
    );
    assert!(config.is_locked());

    wrong(
        &[(API_KEYS, "bob:plaintext-key")],
        "NEARCAST_API_KEYS: entry 1: after the name \"bob\"",
    );
    let pasted = read(&[(API_KEYS, "ok:x plaintext-key")]).expect_err("no hash");
    assert!(!format!("{pasted:?}").contains("plaintext"));
    let pasted = read(&[(API_KEYS, "bob:plaintext-key")]).expect_err("no hash");
    assert!(!format!("{pasted:?}").contains("plaintext"));
    wrong(&[(API_KEYS, &format!(":{HASH}"))], "write name:sha256");
    wrong(&[(API_KEYS, &format!("bob:{HASH}0"))], "64 hex digits");
    wrong(
        &[(API_KEYS, &format!("bob:{}", "é".repeat(32)))],
        "64 hex digits",
    );
    wrong(&[(API_KEYS, &format!("b\"b:{HASH}"))], "a key's name is");
    wrong(
        &[(API_KEYS, &format!("bob:{HASH}:"))],
        "the datasets of \"bob\"",
    );
    wrong(
        &[(API_KEYS, &format!("bob:{HASH}:*"))],
        "the datasets of \"bob\"",
    );
    wrong(
        &[(API_KEYS, &format!("bob:{HASH} bob:{HASH}"))],
        "there twice",
    );
}

#[test]
fn tokens_need_issuer_audience_and_address() {
    let config = read(&TOKENS).expect("complete");
    let jwt = config.jwt.as_ref().expect("tokens");
    assert_eq!(
        config.jwks_url(),
        Some("https://login.example.com/keys?v=1")
    );
    assert_eq!(jwt.datasets, Datasets::Only(vec![]));
    assert_eq!(
        config.public_url.as_deref(),
        Some("https://sales.example.com")
    );
    assert_eq!(config.authorization_servers, ["https://login.example.com/"]);
    assert!(config.is_locked());

    wrong(&TOKENS[1..], "NEARCAST_PUBLIC_URL is not");
    wrong(&TOKENS[..3], "set NEARCAST_JWKS_URL or NEARCAST_JWT_SECRET");
    wrong(
        &[TOKENS[0], TOKENS[1], TOKENS[3]],
        "set NEARCAST_JWT_ISSUER and",
    );
    wrong(
        &[TOKENS[0], TOKENS[2], TOKENS[3]],
        "set NEARCAST_JWT_ISSUER and",
    );
    wrong(&[(JWT_DATASETS, "*")], "NEARCAST_JWT_DATASETS is set, but");

    let secret = [&TOKENS[..3], &[(JWT_SECRET, SECRET), (JWT_DATASETS, "*")]].concat();
    let config = read(&secret).expect("complete");
    assert_eq!(
        config.jwt.as_ref().map(|j| &j.datasets),
        Some(&Datasets::All)
    );
    assert!(!format!("{config:?}").contains(SECRET));
    let short = read(&[(JWT_SECRET, &SECRET[1..])]).expect_err("31 bytes");
    assert!(short.message().contains("at least 32 bytes"), "{short}");
    assert!(!format!("{short:?}").contains(&SECRET[1..]));
}

#[test]
fn addresses_are_checked() {
    for bad in [
        "sales.example.com",
        "ftp://x.com",
        "https://",
        "https://x.com/path",
        "https://x.com/?q",
        "https://user:pass@x.com",
        "https://x.com/#a",
    ] {
        wrong(&[(PUBLIC_URL, bad)], "NEARCAST_PUBLIC_URL: ");
    }
    for url in [
        "http://x.com/keys",
        "http://127.0.0.1.x.com",
        "http://192.168.0.1/k",
    ] {
        wrong(&[(JWKS_URL, url)], "over https");
    }
    for url in [
        "http://127.0.0.1:9/k",
        "http://[::1]:9/k",
        "http://localhost/k",
    ] {
        let settings = [&TOKENS[..3], &[(JWKS_URL, url)]].concat();
        assert!(read(&settings).is_ok(), "{url}");
    }
    let config = read(&[
        (ALLOWED_HOSTS, "Sales.Example.com, localhost:8787 [::1]:80"),
        (ALLOWED_ORIGINS, "https://A.com/ http://localhost:3000"),
        (AUTHORIZATION_SERVERS, "https://a.com/x https://b.com"),
    ])
    .expect("fine");
    assert_eq!(
        config.allowed_hosts,
        ["sales.example.com", "localhost:8787", "[::1]:80"]
    );
    assert_eq!(
        config.allowed_origins,
        ["https://a.com", "http://localhost:3000"]
    );
    assert_eq!(
        config.authorization_servers,
        ["https://a.com/x", "https://b.com"]
    );
    wrong(&[(ALLOWED_HOSTS, "https://x.com")], "is no host");
    wrong(&[(ALLOWED_HOSTS, "a@b")], "is no host");
    wrong(
        &[(ALLOWED_ORIGINS, "*")],
        "NEARCAST_ALLOWED_ORIGINS: \"*\": write a web address",
    );
}

#[test]
fn what_hosts_read_is_known() {
    let config = read(&[(LOG, "Debug"), (DATA, "./data"), (LISTEN, "0.0.0.0:80")]).expect("fine");
    assert_eq!(config.log, LevelFilter::DEBUG);
    assert_eq!(config.data.as_deref(), Some("./data"));
    assert_eq!(config.listen.as_deref(), Some("0.0.0.0:80"));
    wrong(&[(LOG, "loud")], "NEARCAST_LOG: write off, error");
}

#[test]
fn a_pointer_is_trusted_for_half_a_minute_unless_told_otherwise() {
    let age = |value| read(&[(POINTER_MAX_AGE_S, value)]).map(|c| c.pointer_max_age_s);
    assert_eq!(age("").expect("not given"), 30);
    assert_eq!(age("0").expect("always look"), 0);
    assert_eq!(age("3600").expect("an hour"), 3_600);
    for wrong in ["3601", "-1", "soon"] {
        let error = age(wrong).expect_err(wrong);
        assert!(error.message().contains(POINTER_MAX_AGE_S), "{error}");
    }
}
