//! Blocks in a bucket of an S3 server: asked a few times for a few seconds, and then said to be away.

use std::error::Error;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpError, HttpErrorKind};
use object_store::path::Path;
use object_store::{
    BackoffConfig, Certificate, ClientOptions, ObjectMeta, ObjectStore as _, ObjectStoreExt as _, RetryConfig,
};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::object::{Cid, MAX_OBJECT};

use super::{BlobError, Found};

/// Longest wait for a connection. Lower takes a slow line for a server that is down.
const CONNECT: Duration = Duration::from_secs(3);

/// Longest wait for an answer: of a block of 1 MiB over a line of 1 Mbit/s.
const ANSWER: Duration = Duration::from_secs(10);

/// Further tries after the first. Lower shows people what would have passed, higher lets them wait for what won't.
const TRIES: usize = 3;

/// No further try begins after this.
const PATIENCE: Duration = Duration::from_secs(12);

/// A bucket of an S3 server, and how to get in.
#[derive(Clone)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What all names in it begin with; may be empty.
    pub prefix: String,
    /// Where the server is; none is Amazon's.
    pub endpoint: Option<String>,
    /// Which region; any will do for most servers that are not Amazon's.
    pub region: String,
    /// The name of the key.
    pub key: String,
    /// The key.
    pub secret: String,
}

/// The secret stays out of what is printed.
impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}/{}", self.name, self.prefix)
    }
}

pub(super) struct S3 {
    store: AmazonS3,
    prefix: Path,
    bucket: String,
}

impl S3 {
    pub(super) fn open(bucket: &Bucket, roots: Option<&[u8]>) -> Result<Self, BlobError> {
        let wrong = |_: object_store::Error| BlobError::Wrong(UNUSABLE.to_owned());
        let plain = bucket.endpoint.as_deref().is_some_and(|url| url.starts_with("http://"));
        let options = ClientOptions::new().with_connect_timeout(CONNECT).with_timeout(ANSWER).with_allow_http(plain);
        let roots = roots.map(Certificate::from_pem_bundle).transpose().map_err(wrong)?.into_iter().flatten();
        let options = roots.fold(options, ClientOptions::with_root_certificate);
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(2),
            ..BackoffConfig::default()
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&bucket.name)
            .with_region(&bucket.region)
            .with_access_key_id(&bucket.key)
            .with_secret_access_key(&bucket.secret)
            .with_client_options(options)
            .with_retry(RetryConfig { backoff, max_retries: TRIES, retry_timeout: PATIENCE });
        if let Some(endpoint) = &bucket.endpoint {
            builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
        }
        let prefix = Path::parse(&bucket.prefix).map_err(|_| BlobError::Wrong(UNUSABLE.to_owned()))?;
        Ok(Self { store: builder.build().map_err(wrong)?, prefix, bucket: bucket.name.clone() })
    }

    pub(super) async fn put(&self, name: &Cid, object: Vec<u8>) -> Result<(), BlobError> {
        // The request is signed over the hash of the body: the server refuses what was changed on the way.
        self.store.put(&self.path(name), object.into()).await.map(|_| ()).map_err(|error| why(&error))
    }

    pub(super) async fn get(&self, name: &Cid) -> Result<Option<Vec<u8>>, BlobError> {
        let Some(found) = there(self.store.get(&self.path(name)).await)? else { return Ok(None) };
        if found.meta.size > u64::try_from(MAX_OBJECT).unwrap_or(u64::MAX) {
            // Not fetched: whatever it is, it is no block.
            return Err(BlobError::Damaged(name.as_str().to_owned()));
        }
        let bytes = found.bytes().await.map_err(|error| why(&error))?;
        Ok(Some(bytes.into()))
    }

    pub(super) async fn at(&self, name: &Cid) -> Result<Option<Timestamp>, BlobError> {
        Ok(there(self.store.head(&self.path(name)).await)?.map(|meta| put_at(&meta)))
    }

    pub(super) async fn delete(&self, name: &Cid) -> Result<(), BlobError> {
        there(self.store.delete(&self.path(name)).await).map(|_| ())
    }

    pub(super) fn list(&self) -> BoxStream<'static, Result<Found, BlobError>> {
        let listed = self.store.list(Some(&self.prefix));
        listed.filter_map(async |one| one.map_err(|error| why(&error)).map(|meta| ours(&meta)).transpose()).boxed()
    }

    /// Asks for a list, which says more than a block that isn't there: whether the bucket is.
    pub(super) async fn probe(&self) -> Result<(), BlobError> {
        let Some(Err(error)) = self.store.list(Some(&self.prefix)).next().await else { return Ok(()) };
        let wrong = |sentence: &str| Err(BlobError::Wrong(sentence.to_owned()));
        match status(&error) {
            Some(404) => Err(BlobError::Wrong(format!(
                "the S3 server has no bucket {}: make it, or name another in VAIDYA_BLOCKS",
                self.bucket
            ))),
            Some(401 | 403) => wrong(REFUSED),
            Some(301 | 307 | 400) => wrong(ELSEWHERE),
            _ => Err(why(&error)),
        }
    }

    fn path(&self, name: &Cid) -> Path {
        self.prefix.clone().join(name.as_str())
    }
}

const UNUSABLE: &str =
    "no client for S3 can be made of VAIDYA_BLOCKS and VAIDYA_S3_ENDPOINT (and VAIDYA_EXTRA_ROOTS): check them";
const REFUSED: &str = "the S3 server does not let us in: check VAIDYA_S3_KEY, VAIDYA_S3_SECRET and what they may do \
    (list, get, put and delete in the bucket of VAIDYA_BLOCKS)";
const ELSEWHERE: &str = "the S3 server does not take our requests: check VAIDYA_S3_REGION and VAIDYA_S3_ENDPOINT";

/// What is named like a block; what else is in the bucket is not ours.
fn ours(meta: &ObjectMeta) -> Option<Found> {
    let name = Cid::parse(meta.location.filename()?).ok()?;
    Some(Found { name, at: put_at(meta) })
}

fn put_at(meta: &ObjectMeta) -> Timestamp {
    Timestamp(meta.last_modified.timestamp_millis())
}

fn there<T>(answer: object_store::Result<T>) -> Result<Option<T>, BlobError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(why(&error)),
    }
}

/// What an error means, in words of ours: what a server writes may quote what was sent to it.
fn why(error: &object_store::Error) -> BlobError {
    let away = |why: &str| BlobError::Away(why.to_owned());
    match (status(error), transport(error)) {
        (Some(507), _) => BlobError::Full,
        (Some(401 | 403), _) => away(REFUSED),
        (Some(status), _) => away(&format!("the S3 server answers {status}")),
        (None, Some(HttpErrorKind::Timeout)) => away("the S3 server takes too long"),
        (None, Some(HttpErrorKind::Connect)) => away("the S3 server can't be reached"),
        (None, _) => away("the S3 server broke off"),
    }
}

/// How the way to the server failed.
fn transport(error: &object_store::Error) -> Option<HttpErrorKind> {
    causes(error).find_map(|cause| cause.downcast_ref::<HttpError>()).map(HttpError::kind)
}

/// The status in an answer that was none of success: the library says it in its words alone.
fn status(error: &object_store::Error) -> Option<u16> {
    causes(error).find_map(|cause| {
        let text = cause.to_string();
        let (_, after) = text.split_once("status code: ")?;
        after.get(..3)?.parse().ok()
    })
}

fn causes(error: &object_store::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}
