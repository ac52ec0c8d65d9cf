use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Config> {
    Config::from_pairs(
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
    )
}

const HASH: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

#[test]
fn an_empty_environment_is_closed() {
    let config = read(&[("PATH", "/bin"), ("NEARCAST_API_KEYS", " ")]).expect("fine");
    assert_eq!(config, Config::default());
    assert!(!config.is_public(&config.default_dataset));
    assert!(!config.is_locked());
}
