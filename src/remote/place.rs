//! Where datasets lie, as an owner writes it: a directory, a bucket, a prefix on the web.

use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::config::{S3_ACCESS_KEY_ID, S3_REGION, S3Settings};
use crate::error::{Error, Result};
use crate::model::dataset::ObjectKey;

use super::sigv4::Credentials;

/// What stands in a path as it is; everything else is encoded (RFC 3986's unreserved characters and the slash, as the
/// signature wants it).
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// Where datasets lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A directory.
    Directory(String),
    /// A bucket of what speaks S3.
    Bucket(Bucket),
    /// A prefix on the web that anyone may read.
    Web(Web),
}

impl Place {
    /// Reads `s3://bucket/prefix`, `https://host/prefix` (`http` on this machine only), or a path.
    ///
    /// # Errors
    /// `Invalid`, with what to change.
    pub fn parse(text: &str, s3: &S3Settings) -> Result<Self> {
        if let Some(rest) = text.strip_prefix("s3://") {
            return Bucket::new(rest, s3).map(Self::Bucket);
        }
        if text.starts_with("https://") || text.starts_with("http://") {
            return Web::public(text).map(Self::Web);
        }
        match text.split_once("://") {
            Some((scheme, _)) => Err(Error::invalid(format!(
                "there is no storage {scheme}:// here: write a directory, s3://bucket/prefix or https://host/prefix"
            ))),
            None => Ok(Self::Directory(text.to_owned())),
        }
    }
}

/// A prefix of web addresses under which keys are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// Scheme, host and port, with no slash at the end.
    origin: String,
    /// Encoded path, with no slash at the end.
    path: String,
}

impl Web {
    fn public(text: &str) -> Result<Self> {
        let wrong = |what: &str| Error::invalid(format!("{what}, as in https://example.com/sales"));
        let uri: Uri = text.parse().map_err(|_| wrong("write a web address"))?;
        let host = uri.host().unwrap_or_default();
        if uri.query().is_some() || text.contains('#') {
            return Err(wrong("leave query and fragment out of the web address"));
        }
        if uri.authority().is_some_and(|a| a.as_str().contains('@')) {
            return Err(wrong("leave user and password out of the web address"));
        }
        let loopback = host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback());
        if uri.scheme_str() != Some("https") && !loopback {
            return Err(wrong(
                "data are read over https; http is for this machine only",
            ));
        }
        Ok(Self {
            origin: origin(&uri),
            path: uri.path().trim_end_matches('/').to_owned(),
        })
    }

    /// The address of an object.
    ///
    /// # Errors
    /// `Internal` if that is none.
    pub fn address(&self, key: &ObjectKey) -> Result<Uri> {
        let key = utf8_percent_encode(key.as_str(), PATH);
        format!("{}{}/{key}", self.origin, self.path)
            .parse()
            .map_err(|e| Error::internal(format!("{key} has no web address")).with_source(e))
    }

    /// Scheme, host and port, for a host that allows or refuses outbound requests.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

fn origin(uri: &Uri) -> String {
    format!(
        "{}://{}",
        uri.scheme_str().unwrap_or("https"),
        uri.authority().map_or("", |a| a.as_str())
    )
}

/// A bucket of what speaks S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What comes before every key, with no slash at either end.
    pub prefix: String,
    /// The region that signatures name.
    pub region: String,
    /// Scheme, host and port of the service, without the bucket.
    pub endpoint: String,
    /// Whether the bucket stands in the path.
    pub path_style: bool,
    /// The key to sign with; without one a host may find another way, or there is none.
    pub credentials: Option<Credentials>,
}

impl Bucket {
    fn new(rest: &str, s3: &S3Settings) -> Result<Self> {
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if name.is_empty() || name.len() > 255 || !name.chars().all(plain) {
            return Err(Error::invalid(
                "write the bucket's name, and after a slash what its keys begin with, as in s3://bucket/prefix",
            ));
        }
        let prefix = prefix.trim_matches('/');
        let climbs = |part: &str| matches!(part, "" | "." | "..");
        if !prefix.is_empty() && prefix.split('/').any(climbs) {
            return Err(Error::invalid(
                "a prefix is of names with a slash between, as in s3://bucket/sales/data",
            ));
        }
        // Whoever runs storage of his own seldom has regions, and then this one is meant.
        let region = match (&s3.region, &s3.endpoint) {
            (Some(region), _) => region.clone(),
            (None, Some(_)) => "us-east-1".to_owned(),
            (None, None) => {
                return Err(Error::invalid(format!(
                    "set {S3_REGION} (or AWS_REGION) to the bucket's region, as in eu-central-1"
                )));
            }
        };
        let path_style = s3
            .path_style
            .unwrap_or(s3.endpoint.is_some() || name.contains(['.', '_']));
        Ok(Self {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
            endpoint: s3
                .endpoint
                .clone()
                .unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com")),
            region,
            path_style,
            credentials: s3.key.as_ref().map(Credentials::from),
        })
    }

    /// Scheme, host and port of the bucket where it stands in the host's name.
    #[must_use]
    pub fn host_style_endpoint(&self) -> String {
        let (scheme, host) = self.endpoint.split_once("://").unwrap_or(("https", ""));
        format!("{scheme}://{}.{host}", self.name)
    }

    /// The prefix of its objects' addresses.
    #[must_use]
    pub fn web(&self) -> Web {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        let prefix = utf8_percent_encode(&self.prefix, PATH);
        if self.path_style {
            Web {
                origin: self.endpoint.clone(),
                path: format!("/{}{slash}{prefix}", self.name),
            }
        } else {
            Web {
                origin: self.host_style_endpoint(),
                path: format!("{slash}{prefix}"),
            }
        }
    }

    /// The key to sign with.
    ///
    /// # Errors
    /// `Invalid` if none is configured.
    pub fn required_credentials(&self) -> Result<&Credentials> {
        self.credentials.as_ref().ok_or_else(|| {
            Error::invalid(format!(
                "s3://{} needs a key: set {S3_ACCESS_KEY_ID} and its secret; a bucket that anyone may read is given as https://",
                self.name
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::model::dataset::DatasetId;

    fn place(pairs: &[(&str, &str)]) -> Result<Place> {
        let pairs = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        let config = Config::from_pairs(pairs)?;
        Place::parse(config.data.as_deref().unwrap_or_default(), &config.s3)
    }

    fn address(pairs: &[(&str, &str)]) -> String {
        let key = ObjectKey::pointer(&DatasetId::new("demo").expect("plain"));
        let web = match place(pairs).expect("a place") {
            Place::Bucket(bucket) => bucket.web(),
            Place::Web(web) => web,
            Place::Directory(path) => return path,
        };
        web.address(&key).expect("an address").to_string()
    }

    #[test]
    fn places_are_told_apart_and_keep_their_prefix() {
        let data = |text| [("NEARCAST_DATA", text)];
        assert_eq!(address(&data("./data")), "./data");
        for (text, expected) in [
            (
                "https://example.com",
                "https://example.com/demo/current.json",
            ),
            (
                "https://example.com/",
                "https://example.com/demo/current.json",
            ),
            (
                "https://example.com:8443/a/b/",
                "https://example.com:8443/a/b/demo/current.json",
            ),
            (
                "https://example.com/a%20b",
                "https://example.com/a%20b/demo/current.json",
            ),
            (
                "http://127.0.0.1:9/x",
                "http://127.0.0.1:9/x/demo/current.json",
            ),
        ] {
            assert_eq!(address(&data(text)), expected);
        }
    }

    #[test]
    fn buckets_stand_in_the_host_or_in_the_path() {
        let with = |text: &'static str, more: &[(&'static str, &'static str)]| {
            let mut pairs = vec![("NEARCAST_DATA", text)];
            pairs.extend_from_slice(more);
            address(&pairs)
        };
        let region = ("NEARCAST_S3_REGION", "eu-central-1");
        let minio = ("NEARCAST_S3_ENDPOINT", "http://minio:9000");
        assert_eq!(
            with("s3://sales", &[region]),
            "https://sales.s3.eu-central-1.amazonaws.com/demo/current.json"
        );
        assert_eq!(
            with("s3://sales/a b/c+d/", &[("AWS_REGION", "us-west-2")]),
            "https://sales.s3.us-west-2.amazonaws.com/a%20b/c%2Bd/demo/current.json"
        );
        // A dot in the name would not fit the certificate.
        assert_eq!(
            with("s3://sales.example", &[region]),
            "https://s3.eu-central-1.amazonaws.com/sales.example/demo/current.json"
        );
        assert_eq!(
            with("s3://sales/x", &[minio]),
            "http://minio:9000/sales/x/demo/current.json"
        );
        assert_eq!(
            with(
                "s3://sales/x",
                &[minio, ("NEARCAST_S3_PATH_STYLE", "false")]
            ),
            "http://sales.minio:9000/x/demo/current.json"
        );
    }

    #[test]
    fn wrong_places_say_what_to_write() {
        for (text, said) in [
            ("s3://", "the bucket's name"),
            ("s3:///x", "the bucket's name"),
            ("s3://a/../b", "a prefix is of names"),
            ("s3://a/b//c", "a prefix is of names"),
            ("s3://sales", "NEARCAST_S3_REGION"),
            ("gs://sales", "s3://bucket/prefix"),
            ("http://example.com", "https"),
            ("https://user:secret@example.com", "user and password"),
            ("https://example.com?x=1", "query"),
        ] {
            let error = place(&[("NEARCAST_DATA", text)]).expect_err(text);
            assert!(error.to_string().contains(said), "{text}: {error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn keys_come_whole_from_one_source_and_are_never_printed() {
        let all = [
            ("NEARCAST_DATA", "s3://sales"),
            ("AWS_REGION", "auto"),
            ("AWS_ACCESS_KEY_ID", "AWSID"),
            ("AWS_SECRET_ACCESS_KEY", "awssecret"),
            ("AWS_SESSION_TOKEN", "awstoken"),
            ("NEARCAST_S3_ACCESS_KEY_ID", "OURID"),
            ("NEARCAST_S3_SECRET_ACCESS_KEY", "oursecret"),
        ];
        let shown = format!("{:?}", place(&all).expect("a place"));
        assert!(
            shown.contains("OURID") && !shown.contains("AWSID"),
            "{shown}"
        );
        assert!(
            !shown.contains("secret") && !shown.contains("token:"),
            "{shown}"
        );
        let shown = format!("{:?}", place(&all[..5]).expect("a place"));
        assert!(
            shown.contains("AWSID") && !shown.contains("awstoken"),
            "{shown}"
        );
        let error = place(&all[..6]).expect_err("half a key");
        assert!(error.to_string().contains("both, or neither"), "{error}");
        let error = match place(&all[..2]).expect("a place") {
            Place::Bucket(bucket) => bucket.required_credentials().cloned(),
            other => panic!("{other:?}"),
        };
        assert!(error.expect_err("no key").to_string().contains("https://"));
    }
}
