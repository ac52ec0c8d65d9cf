//! Which names this server goes by: a guard against DNS rebinding for servers on private addresses.

use http::Request;
use http::header::HOST;
use http::uri::Authority;

use crate::config::Config;
use crate::error::{Error, Result};

/// Lets a request pass that is addressed to a name that the owner listed; any name if none is listed.
///
/// # Errors
/// `Forbidden` for any other name.
pub fn check_host<B>(request: &Request<B>, config: &Config) -> Result<()> {
    if config.allowed_hosts.is_empty() {
        return Ok(());
    }
    let named = match request.headers().get(HOST) {
        Some(value) => value
            .to_str()
            .ok()
            .and_then(|text| text.parse::<Authority>().ok()),
        None => request.uri().authority().cloned(),
    };
    let listed = named.is_some_and(|host| {
        config
            .allowed_hosts
            .iter()
            .filter_map(|allowed| allowed.parse::<Authority>().ok())
            .any(|allowed| {
                allowed.host().eq_ignore_ascii_case(host.host())
                    && allowed
                        .port_u16()
                        .is_none_or(|port| host.port_u16() == Some(port))
            })
    });
    if listed {
        return Ok(());
    }
    Err(Error::forbidden(
        "this server does not go by the name in the header Host: the owner lists its names in NEARCAST_ALLOWED_HOSTS",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_names_pass() {
        let config = Config {
            allowed_hosts: vec!["localhost".into(), "127.0.0.1:8787".into()],
            ..Config::default()
        };
        let passes = |host: &str| {
            let request = Request::builder()
                .header(HOST, host)
                .body(())
                .expect("fine");
            check_host(&request, &config).is_ok()
        };
        assert!(passes("localhost:1") && passes("LOCALHOST") && passes("127.0.0.1:8787"));
        assert!(
            !passes("127.0.0.1:1") && !passes("evil.example") && !passes("localhost.evil.example")
        );
        assert!(
            check_host(
                &Request::builder().body(()).expect("fine"),
                &Config::default()
            )
            .is_ok()
        );
    }
}
