//! What this process serves: the owner's decisions from the environment and the command line, and the store.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use nearcast::config::{self, PublicDatasets, S3Settings};
use nearcast::model::DatasetId;
use nearcast::remote::Place;
use nearcast::{Config, Error, Result};

use crate::cli::DataArgs;
use crate::stores::{DirectoryStore, MemoryStore, RemoteStore, Store, bucket_store, web_store};

/// The address when nothing else is asked.
pub const LISTEN_DEFAULT: SocketAddr =
    SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8787);

/// What is served.
#[derive(Debug)]
pub struct Setup {
    /// The owner's decisions.
    pub config: Config,
    /// The data.
    pub store: Store,
    /// What the data are, for the greeting.
    pub what: String,
}

/// Reads the environment and finds the data.
///
/// # Errors
/// `Invalid` for a wrong setting, `NotFound` for a directory or dataset that is not there.
pub fn set_up(args: &DataArgs) -> Result<Setup> {
    let pairs: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let named = args.dataset.is_some() || pairs.iter().any(|(key, _)| key == config::DATASET);
    let mut config = Config::from_pairs(pairs)?;
    if let Some(name) = &args.dataset {
        config.default_dataset = DatasetId::new(name.clone())?;
    }
    let directory = args
        .data
        .clone()
        .or_else(|| config.data.clone().map(PathBuf::from));
    let Some(directory) = directory else {
        let demo = DatasetId::new("demo")?;
        return Ok(Setup {
            config: config.with_public(demo),
            store: Store::Memory(MemoryStore::new(crate::demo::objects())),
            what: "the built-in demo dataset".into(),
        });
    };
    let directory = match remote(&directory, &config.s3)? {
        None => directory,
        Some(store) if named => {
            return Ok(Setup {
                what: format!(
                    "dataset {} in {}",
                    config.default_dataset,
                    directory.display()
                ),
                config,
                store: Store::Remote(store),
            });
        }
        Some(_) => {
            return Err(Error::invalid(format!(
                "{} is not listed: name the dataset that is meant by default with --dataset or NEARCAST_DATASET",
                directory.display()
            )));
        }
    };
    let store = DirectoryStore::new(&directory)?;
    let datasets = store.datasets()?;
    if !named
        && !datasets
            .iter()
            .any(|name| name == config.default_dataset.as_str())
    {
        config.default_dataset = match datasets.as_slice() {
            [] => {
                return Err(Error::not_found(format!(
                    "{} holds no dataset: make one with `nearcast ingest FILE.csv --out {}`",
                    directory.display(),
                    directory.display()
                )));
            }
            [only] => DatasetId::new(only.clone())?,
            several => {
                return Err(Error::invalid(format!(
                    "{} holds several datasets: name the one that is meant by default with --dataset",
                    directory.display()
                ))
                .with_suggestions(several.to_vec()));
            }
        };
    }
    let what = match datasets.as_slice() {
        [one] => format!("dataset {one} in {}", directory.display()),
        several => format!("{} datasets in {}", several.len(), directory.display()),
    };
    Ok(Setup {
        config,
        store: Store::Directory(store),
        what,
    })
}

/// The store of a place that is no directory.
fn remote(place: &Path, s3: &S3Settings) -> Result<Option<RemoteStore>> {
    let Some(text) = place.to_str() else {
        return Ok(None);
    };
    let place = Place::parse(text, s3).map_err(|e| e.context("--data or NEARCAST_DATA"))?;
    match place {
        Place::Directory(_) => Ok(None),
        Place::Bucket(bucket) => bucket_store(&bucket).map(Some),
        Place::Web(web) => web_store(web).map(Some),
    }
}

/// Whom a server without any key, token or public dataset is open to. An owner who serves on the loopback address, with
/// nothing configured, means himself; anything that others can reach stays closed until he opens it.
///
/// Returns whether it was opened.
pub fn open_to_owner(config: &mut Config, address: SocketAddr) -> bool {
    if !address.ip().is_loopback() {
        return false;
    }
    let url = format!("http://{address}");
    if config.public_url.is_none() {
        config.public_url = Some(url);
    }
    // Another site's page can reach this address by DNS rebinding, but not under these names.
    if config.allowed_hosts.is_empty() {
        let port = address.port();
        config.allowed_hosts = ["localhost", "127.0.0.1", "[::1]"]
            .map(|name| format!("{name}:{port}"))
            .to_vec();
        // Behind a tunnel or a proxy on this machine the public name is a name of this server, too.
        let own = config
            .public_url
            .as_deref()
            .and_then(|url| url.split("://").nth(1))
            .map(str::to_owned);
        config.allowed_hosts.extend(own);
    }
    let closed = !config.is_locked() && config.public_datasets.is_empty();
    if closed {
        config.public_datasets = PublicDatasets::All;
    }
    closed
}
