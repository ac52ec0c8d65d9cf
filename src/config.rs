//! What the owner decides, read from `NEARCAST_*` pairs. A key that is not known is an error that names its neighbour,
//! so a typing error never leaves a lock open. Nothing here prints a secret.

mod entries;
mod storage;

use std::collections::BTreeMap;
use std::fmt;

use tracing::level_filters::LevelFilter;

use crate::error::{Error, Result};
use crate::limits;
use crate::model::dataset::DatasetId;
use crate::model::principal::Datasets;

pub use storage::{S3Key, S3Settings};

/// The dataset that a question without one is about.
pub const DATASET: &str = "NEARCAST_DATASET";
/// The datasets that anyone may read: names with commas between, or `*`.
pub const PUBLIC_DATASETS: &str = "NEARCAST_PUBLIC_DATASETS";
/// The address that people use, as in `https://sales.example.com`.
pub const PUBLIC_URL: &str = "NEARCAST_PUBLIC_URL";
/// API keys: `name:sha256hex` or `name:sha256hex:dataset+dataset`, with commas or blanks between.
pub const API_KEYS: &str = "NEARCAST_API_KEYS";
/// The secret that HS256 tokens are signed with.
pub const JWT_SECRET: &str = "NEARCAST_JWT_SECRET";
/// Where the identity provider publishes its keys.
pub const JWKS_URL: &str = "NEARCAST_JWKS_URL";
/// Who issues tokens: their `iss`.
pub const JWT_ISSUER: &str = "NEARCAST_JWT_ISSUER";
/// Whom tokens are for: their `aud`.
pub const JWT_AUDIENCE: &str = "NEARCAST_JWT_AUDIENCE";
/// What a token that names no datasets may read: names with commas between, or `*`. Nothing if not given.
pub const JWT_DATASETS: &str = "NEARCAST_JWT_DATASETS";
/// The authorization servers that the resource's metadata names; the issuer if not given.
pub const AUTHORIZATION_SERVERS: &str = "NEARCAST_AUTHORIZATION_SERVERS";
/// The values of `Host` that are answered; all if not given.
pub const ALLOWED_HOSTS: &str = "NEARCAST_ALLOWED_HOSTS";
/// The origins of web pages that may call `/mcp`.
pub const ALLOWED_ORIGINS: &str = "NEARCAST_ALLOWED_ORIGINS";
/// How much is logged: off, error, warn, info, debug or trace.
pub const LOG: &str = "NEARCAST_LOG";
/// Where the datasets lie: a directory, `s3://bucket/prefix` or `https://host/prefix`.
pub const DATA: &str = "NEARCAST_DATA";
/// How long a server may take its data for current without looking, seconds: 0 to 3600, 30 if not given.
pub const POINTER_MAX_AGE_S: &str = "NEARCAST_POINTER_MAX_AGE_S";
/// The address to listen on; read by the native host.
pub const LISTEN: &str = "NEARCAST_LISTEN";
/// Where storage that speaks S3 answers, without the bucket; AWS if not given.
pub const S3_ENDPOINT: &str = "NEARCAST_S3_ENDPOINT";
/// The region of the bucket.
pub const S3_REGION: &str = "NEARCAST_S3_REGION";
/// Whether the bucket stands in the path (true) or in the host's name (false).
pub const S3_PATH_STYLE: &str = "NEARCAST_S3_PATH_STYLE";
/// The id of the key to the bucket.
pub const S3_ACCESS_KEY_ID: &str = "NEARCAST_S3_ACCESS_KEY_ID";
/// The secret of the key to the bucket.
pub const S3_SECRET_ACCESS_KEY: &str = "NEARCAST_S3_SECRET_ACCESS_KEY";
/// The token that goes with a key that expires.
pub const S3_SESSION_TOKEN: &str = "NEARCAST_S3_SESSION_TOKEN";

/// Every key there is.
pub const KEYS: [&str; 22] = [
    DATASET,
    PUBLIC_DATASETS,
    PUBLIC_URL,
    API_KEYS,
    JWT_SECRET,
    JWKS_URL,
    JWT_ISSUER,
    JWT_AUDIENCE,
    JWT_DATASETS,
    AUTHORIZATION_SERVERS,
    ALLOWED_HOSTS,
    ALLOWED_ORIGINS,
    LOG,
    DATA,
    POINTER_MAX_AGE_S,
    LISTEN,
    S3_ENDPOINT,
    S3_REGION,
    S3_PATH_STYLE,
    S3_ACCESS_KEY_ID,
    S3_SECRET_ACCESS_KEY,
    S3_SESSION_TOKEN,
];

/// What the owner decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The dataset that a question without one is about.
    pub default_dataset: DatasetId,
    /// The datasets that anyone may read.
    pub public_datasets: PublicDatasets,
    /// The address that people use: an origin, without a slash at its end.
    pub public_url: Option<String>,
    /// The API keys that are accepted.
    pub api_keys: Vec<ApiKey>,
    /// The tokens that are accepted.
    pub jwt: Option<JwtConfig>,
    /// The authorization servers that the resource's metadata names.
    pub authorization_servers: Vec<String>,
    /// The values of `Host` that are answered, lowercase; all if empty.
    pub allowed_hosts: Vec<String>,
    /// The origins of web pages that may call `/mcp`, lowercase.
    pub allowed_origins: Vec<String>,
    /// How much is logged.
    pub log: LevelFilter,
    /// Where the datasets lie: a directory, `s3://bucket/prefix` or `https://host/prefix`.
    pub data: Option<String>,
    /// How long a pointer is taken for current without being read again, seconds.
    pub pointer_max_age_s: u32,
    /// How to reach what speaks S3.
    pub s3: S3Settings,
    /// The address to listen on, on the native host.
    pub listen: Option<String>,
}

/// The datasets that anyone may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicDatasets {
    /// Every one.
    All,
    /// These.
    Only(Vec<DatasetId>),
}

impl PublicDatasets {
    /// Whether anyone may read it.
    #[must_use]
    pub fn contains(&self, dataset: &DatasetId) -> bool {
        match self {
            Self::All => true,
            Self::Only(list) => list.contains(dataset),
        }
    }

    /// Whether there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Only(list) if list.is_empty())
    }
}

/// An API key, known by its hash alone.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its name, for the log.
    pub name: String,
    /// SHA-256 of the key.
    pub sha256: [u8; 32],
    /// What it opens.
    pub datasets: Datasets,
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey")
            .field("name", &self.name)
            .field("sha256", &"[redacted]")
            .field("datasets", &self.datasets)
            .finish()
    }
}

/// Which tokens are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtConfig {
    /// Who must have issued them.
    pub issuer: String,
    /// Whom they must be for.
    pub audience: String,
    /// The secret of HS256 tokens.
    pub secret: Option<Secret>,
    /// Where the keys of RS256, ES256 and `EdDSA` tokens are published.
    pub jwks_url: Option<String>,
    /// What a token that names no datasets may read, beyond the public ones.
    pub datasets: Datasets,
}

/// Bytes that are never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    pub(crate) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes, for the one who checks a signature.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Default for Config {
    fn default() -> Self {
        let demo = DatasetId::new("demo");
        Self {
            default_dataset: demo.unwrap_or_else(|_| unreachable!("a plain name")),
            public_datasets: PublicDatasets::Only(Vec::new()),
            public_url: None,
            api_keys: Vec::new(),
            jwt: None,
            authorization_servers: Vec::new(),
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            log: LevelFilter::INFO,
            data: None,
            pointer_max_age_s: limits::POINTER_MAX_AGE_S,
            s3: S3Settings::default(),
            listen: None,
        }
    }
}

impl Config {
    /// Reads the pairs whose key starts with `NEARCAST_`, and the key, region and endpoint that AWS's tools read; hosts hand
    /// in the environment as it is. An empty value counts as not given.
    ///
    /// # Errors
    /// `Invalid`, with what to change, for a key that is not known and for a value that does not fit.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let (mut given, mut aws) = (BTreeMap::new(), BTreeMap::new());
        for (key, value) in pairs {
            if let Some(known) = storage::AWS_KEYS.into_iter().find(|k| *k == key)
                && !value.trim().is_empty()
            {
                aws.insert(known, value.trim().to_owned());
            }
            if !key.starts_with("NEARCAST_") {
                continue;
            }
            let Some(known) = KEYS.into_iter().find(|k| *k == key) else {
                return Err(unknown(&key));
            };
            let value = value.trim();
            if !value.is_empty() {
                given.insert(known, value.to_owned());
            }
        }
        Self::from_known(&Given(given), &aws)
    }

    fn from_known(given: &Given, aws: &BTreeMap<&'static str, String>) -> Result<Self> {
        let default = Self::default();
        let public_url = given.read(PUBLIC_URL, entries::origin)?;
        let jwt = given.jwt()?;
        if jwt.is_some() && public_url.is_none() {
            return Err(Error::invalid(format!(
                "{JWT_ISSUER} is set and {PUBLIC_URL} is not: set it to the address that people use, as in https://sales.example.com, so that clients find out where to log in"
            )));
        }
        let authorization_servers =
            match given.read(AUTHORIZATION_SERVERS, entries::web_addresses)? {
                Some(list) => list,
                None => jwt
                    .as_ref()
                    .filter(|jwt| entries::web_address(&jwt.issuer).is_ok())
                    .map(|jwt| jwt.issuer.clone())
                    .into_iter()
                    .collect(),
            };
        Ok(Self {
            default_dataset: given
                .read(DATASET, |name| DatasetId::new(name))?
                .unwrap_or(default.default_dataset),
            public_datasets: match given.read(PUBLIC_DATASETS, entries::datasets)? {
                Some(Datasets::All) => PublicDatasets::All,
                Some(Datasets::Only(list)) => PublicDatasets::Only(list),
                None => default.public_datasets,
            },
            public_url,
            api_keys: given.read(API_KEYS, entries::api_keys)?.unwrap_or_default(),
            jwt,
            authorization_servers,
            allowed_hosts: given
                .read(ALLOWED_HOSTS, entries::hosts)?
                .unwrap_or_default(),
            allowed_origins: given
                .read(ALLOWED_ORIGINS, entries::origins)?
                .unwrap_or_default(),
            log: given.read(LOG, entries::level)?.unwrap_or(default.log),
            data: given.text(DATA).map(str::to_owned),
            pointer_max_age_s: given
                .read(POINTER_MAX_AGE_S, entries::seconds)?
                .unwrap_or(default.pointer_max_age_s),
            s3: storage::s3(given, aws)?,
            listen: given.text(LISTEN).map(str::to_owned),
        })
    }

    /// Whether any credential is accepted at all.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        !self.api_keys.is_empty() || self.jwt.is_some()
    }

    /// Whether anyone may read the dataset.
    #[must_use]
    pub fn is_public(&self, dataset: &DatasetId) -> bool {
        self.public_datasets.contains(dataset)
    }

    /// Lets anyone read one more dataset: for a host that serves the built-in demo.
    #[must_use]
    pub fn with_public(mut self, dataset: DatasetId) -> Self {
        if let PublicDatasets::Only(list) = &mut self.public_datasets
            && !list.contains(&dataset)
        {
            list.push(dataset);
        }
        self
    }

    /// Where the keys of tokens are published, for the host that fetches them.
    #[must_use]
    pub fn jwks_url(&self) -> Option<&str> {
        self.jwt.as_ref()?.jwks_url.as_deref()
    }
}

/// The pairs that were given, none empty.
struct Given(BTreeMap<&'static str, String>);

impl Given {
    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn read<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T>,
    ) -> Result<Option<T>> {
        self.text(key)
            .map(read)
            .transpose()
            .map_err(|error| error.context(key))
    }

    fn jwt(&self) -> Result<Option<JwtConfig>> {
        let secret = self.read(JWT_SECRET, entries::secret)?;
        let jwks_url = self.read(JWKS_URL, entries::key_address)?;
        let datasets = self.read(JWT_DATASETS, entries::datasets)?;
        let (issuer, audience) = (self.text(JWT_ISSUER), self.text(JWT_AUDIENCE));
        if secret.is_none() && jwks_url.is_none() {
            for key in [JWT_ISSUER, JWT_AUDIENCE, JWT_DATASETS] {
                if self.text(key).is_some() {
                    return Err(Error::invalid(format!(
                        "{key} is set, but no token can be checked: set {JWKS_URL} or {JWT_SECRET} as well"
                    )));
                }
            }
            return Ok(None);
        }
        let (Some(issuer), Some(audience)) = (issuer, audience) else {
            return Err(Error::invalid(format!(
                "set {JWT_ISSUER} and {JWT_AUDIENCE} as well: a token counts only if it is from this issuer and for this audience"
            )));
        };
        Ok(Some(JwtConfig {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            secret,
            jwks_url,
            datasets: datasets.unwrap_or(Datasets::Only(Vec::new())),
        }))
    }
}

fn unknown(key: &str) -> Error {
    let mut near: Vec<_> = KEYS
        .iter()
        .map(|known| (strsim::damerau_levenshtein(key, known), *known))
        .collect();
    near.sort_unstable();
    let nearest = near
        .first()
        .map(|(_, known)| (*known).to_owned())
        .into_iter()
        .collect();
    let shown: String = key.chars().take(60).collect();
    Error::invalid(format!("there is no setting {shown:?}")).with_suggestions(nearest)
}

#[cfg(test)]
mod tests;
