//! Buckets of what speaks S3: the handle that writes and lists, and the keys that this machine's surroundings give.

use std::sync::Arc;

use nearcast::remote::Bucket;
use nearcast::{Error, Result};
use object_store::aws::{
    AmazonS3, AmazonS3Builder, AmazonS3ConfigKey, AwsCredential, S3ConditionalPut,
};
use object_store::{RetryConfig, StaticCredentialProvider};

use super::client::{Retrying, WebClient};

/// A handle that reads, writes and lists a bucket. Writes on condition are made with `If-Match` and `If-None-Match`;
/// "slow down" is heeded and other trouble tried again, within limits. Keys that it is given are those of the bucket: what
/// they begin with is [`Bucket::prefix`].
///
/// Without a configured key it asks what surrounds it: a web identity, a container's or an instance's role.
///
/// # Errors
/// `Invalid` for settings that do not go together.
pub fn s3_client(bucket: &Bucket) -> Result<AmazonS3> {
    s3_client_over(bucket, WebClient::new()?)
}

pub(super) fn s3_client_over(bucket: &Bucket, client: WebClient) -> Result<AmazonS3> {
    // `object_store` expects the bucket in the endpoint where it is to stand in the host's name.
    let endpoint = if bucket.path_style {
        bucket.endpoint.clone()
    } else {
        bucket.host_style_endpoint()
    };
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(&bucket.name)
        .with_region(&bucket.region)
        .with_config(AmazonS3ConfigKey::S3Endpoint, endpoint)
        .with_virtual_hosted_style_request(!bucket.path_style)
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_allow_http(true)
        .with_retry(RetryConfig {
            max_retries: 0,
            ..RetryConfig::default()
        })
        .with_http_connector(Retrying(client));
    if let Some(key) = &bucket.credentials {
        // As a whole, so that no token of the environment's goes with it.
        let credential = AwsCredential {
            key_id: key.key_id.clone(),
            secret_key: key.secret.clone(),
            token: key.session_token.clone(),
        };
        builder = builder.with_credentials(Arc::new(StaticCredentialProvider::new(credential)));
    }
    builder.build().map_err(|e| {
        Error::invalid(format!("s3://{} cannot be reached: {e}", bucket.name)).with_source(e)
    })
}
