//! Blocks in a Kubo node, by its RPC (<https://docs.ipfs.tech/reference/kubo/rpc/>): put as raw pinned blocks, asked for
//! offline alone, so that nothing is ever looked for on the network.

use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use reqwest::multipart::{Form, Part};
use reqwest::{Certificate, Client, Response, StatusCode, redirect};
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::object::{Cid, MAX_OBJECT};

use super::folder::blocking;
use super::notes::Notes;
use super::{BlobError, Found, car, failed};

/// Longest wait for a connection: a node is near.
const CONNECT: Duration = Duration::from_secs(3);

/// Longest wait for an answer. Lower takes a busy node for one that is gone, higher lets people wait for it.
const ANSWER: Duration = Duration::from_secs(15);

/// Waits before the further tries after a connection that failed.
const WAITS: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

/// Longest answer that is not a block, in bytes.
const LONGEST: usize = 1 << 20;

/// The notes on what was put, in the folder of blocks.
const NOTES: &str = "kubo";

/// A Kubo node.
#[derive(Clone)]
pub struct Node {
    /// Where its RPC answers, with a user and a password when it wants them.
    pub url: Url,
}

/// The password stays out of what is printed.
impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "kubo+{}://{}", self.url.scheme(), self.url.host_str().unwrap_or_default())
    }
}

pub(super) struct Kubo {
    client: Client,
    url: Url,
    user: Option<(String, String)>,
    notes: Notes,
}

/// What the node answers instead of what was asked for.
#[derive(Deserialize)]
struct Complaint {
    #[serde(rename = "Message")]
    message: String,
}

#[derive(Deserialize)]
struct Put {
    #[serde(rename = "Key")]
    key: String,
}

impl Kubo {
    pub(super) fn open(node: &Node, root: &Path, roots: Option<&[u8]>) -> Result<Self, BlobError> {
        let wrong = |_| BlobError::Wrong("no client for Kubo can be made: check VAIDYA_EXTRA_ROOTS".to_owned());
        let roots = roots.map(Certificate::from_pem_bundle).transpose().map_err(wrong)?.unwrap_or_default();
        let client = Client::builder().connect_timeout(CONNECT).timeout(ANSWER).redirect(redirect::Policy::none());
        let client = client.tls_certs_merge(roots).build().map_err(wrong)?;
        let mut url = node.url.clone();
        let decoded = |text: &str| percent_decoded(text);
        let user = (!url.username().is_empty())
            .then(|| (decoded(url.username()), decoded(url.password().unwrap_or_default())));
        let _cannot_fail_for_http = (url.set_username(""), url.set_password(None));
        Ok(Self { client, url, user, notes: Notes::open(&root.join(NOTES))? })
    }

    pub(super) async fn put(&self, name: &Cid, object: &[u8]) -> Result<(), BlobError> {
        self.notes.write(vec![name.clone()]).await?;
        let how = [("cid-codec", "raw"), ("mhtype", "sha2-256"), ("pin", "true")];
        let answer = self.call("block/put", &how, Some(object)).await?;
        let put: Put = parsed(&text(answer).await?)?;
        if put.key == name.as_str() { Ok(()) } else { Err(strange("another name than the block's")) }
    }

    /// Several at once, as one CAR whose roots are all of them: each is pinned.
    pub(super) async fn import(&self, objects: &[(Cid, Vec<u8>)]) -> Result<(), BlobError> {
        let names: Vec<Cid> = objects.iter().map(|(name, _)| name.clone()).collect();
        self.notes.write(names.clone()).await?;
        let car = car::of(objects).await?;
        let answer = self.call("dag/import", &[("pin-roots", "true")], Some(&car)).await?;
        let answer = text(answer).await?;
        let mut pinned = Vec::new();
        for line in answer.lines().filter(|line| !line.trim().is_empty()) {
            let line: Value = parsed(line)?;
            let root = line.get("Root");
            let complaint = root.and_then(|root| root.get("PinErrorMsg")).and_then(Value::as_str).unwrap_or_default();
            let cid = root.and_then(|root| root.get("Cid")?.get("/")?.as_str());
            if let Some(cid) = cid.filter(|_| complaint.is_empty()) {
                pinned.push(cid.to_owned());
            }
        }
        let all = names.iter().all(|name| pinned.iter().any(|pinned| pinned == name.as_str()));
        if all { Ok(()) } else { Err(strange("fewer blocks pinned than were imported")) }
    }

    pub(super) async fn get(&self, name: &Cid) -> Result<Option<Vec<u8>>, BlobError> {
        let how = [("arg", name.as_str()), ("offline", "true")];
        let Some(answer) = there(self.call("block/get", &how, None).await)? else { return Ok(None) };
        // One more than a block has: enough to see that it is none.
        Ok(Some(bytes(answer, MAX_OBJECT.saturating_add(1)).await?))
    }

    pub(super) async fn has(&self, name: &Cid) -> Result<bool, BlobError> {
        let how = [("arg", name.as_str()), ("offline", "true")];
        Ok(there(self.call("block/stat", &how, None).await)?.is_some())
    }

    /// When this server put it there last; none for what it did not put, or what is settled.
    pub(super) async fn at(&self, name: &Cid) -> Result<Option<Timestamp>, BlobError> {
        self.notes.at(name).await
    }

    pub(super) async fn delete(&self, name: &Cid) -> Result<(), BlobError> {
        match self.call("pin/rm", &[("arg", name.as_str())], None).await {
            Ok(_) => {}
            Err(Asked::Refused(message)) if message.contains("not pinned") => {}
            Err(other) => return Err(other.into()),
        }
        let answer = self.call("block/rm", &[("arg", name.as_str()), ("force", "true")], None).await?;
        // A line for each block, with what hindered its removal.
        for line in text(answer).await?.lines().filter(|line| !line.trim().is_empty()) {
            let line: Value = parsed(line)?;
            if line.get("Error").and_then(Value::as_str).is_some_and(|why| !why.is_empty()) {
                return Err(strange("a block that can't be removed"));
            }
        }
        self.notes.forget(name).await
    }

    pub(super) fn list(&self) -> BoxStream<'static, Result<Found, BlobError>> {
        let notes = self.notes.clone();
        let all = stream::once(blocking(move || Ok(notes.all()?.collect::<Vec<_>>())));
        let each = all.flat_map(|found| match found {
            Ok(found) => stream::iter(found.into_iter().map(Ok)).boxed(),
            Err(error) => failed(error),
        });
        each.boxed()
    }

    pub(super) async fn settle(&self, name: &Cid) -> Result<(), BlobError> {
        self.notes.forget(name).await
    }

    pub(super) async fn probe(&self) -> Result<(), BlobError> {
        match self.call("version", &[], None).await {
            Ok(answer) => {
                let version: Value = parsed(&text(answer).await?)?;
                let node = version.get("Version").is_some();
                if node { Ok(()) } else { Err(strange("something else than its version")) }
            }
            Err(Asked::Closed) => Err(BlobError::Wrong(CLOSED.to_owned())),
            Err(Asked::Elsewhere) => Err(BlobError::Wrong(ELSEWHERE.to_owned())),
            Err(other) => Err(other.into()),
        }
    }

    /// One command; tried again when the connection fails. Every command here may be given twice.
    async fn call(&self, command: &str, how: &[(&str, &str)], file: Option<&[u8]>) -> Result<Response, Asked> {
        let mut waits = WAITS.iter();
        loop {
            match (self.once(command, how, file).await, waits.next()) {
                (Err(Asked::Away(_)), Some(wait)) => tokio::time::sleep(*wait).await,
                (went, _) => return went,
            }
        }
    }

    async fn once(&self, command: &str, how: &[(&str, &str)], file: Option<&[u8]>) -> Result<Response, Asked> {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/api/v0/{command}", self.url.path().trim_end_matches('/')));
        if !how.is_empty() {
            url.query_pairs_mut().extend_pairs(how);
        }
        let mut request = self.client.post(url);
        if let Some((user, password)) = &self.user {
            request = request.basic_auth(user, Some(password));
        }
        if let Some(file) = file {
            request = request.multipart(Form::new().part("file", Part::bytes(file.to_vec()).file_name("block")));
        }
        let answer = request.send().await.map_err(|error| Asked::Away(unreached(&error)))?;
        match answer.status() {
            StatusCode::OK => Ok(answer),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Asked::Closed),
            StatusCode::INTERNAL_SERVER_ERROR => Err(complained(answer).await),
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                Err(Asked::Away("a proxy says that the Kubo node is away"))
            }
            _ => Err(Asked::Elsewhere),
        }
    }
}

const CLOSED: &str = "the Kubo node does not let us in: write its user and password into VAIDYA_BLOCKS \
    (kubo+https://user:password@host)";
const ELSEWHERE: &str =
    "what answers at the address of VAIDYA_BLOCKS is not the RPC of a Kubo node (port 5001, not the gateway)";

/// Why a command was not done.
enum Asked {
    /// The node does not answer.
    Away(&'static str),
    /// It wants another password.
    Closed,
    /// It is no Kubo node.
    Elsewhere,
    /// It says why.
    Refused(String),
}

impl From<Asked> for BlobError {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Away(why) => Self::Away(why.to_owned()),
            Asked::Closed => Self::Away(CLOSED.to_owned()),
            Asked::Elsewhere => Self::Away(ELSEWHERE.to_owned()),
            Asked::Refused(message) if message.contains("no space left on device") => Self::Full,
            Asked::Refused(_) => Self::Away("the Kubo node does not do what it is asked".to_owned()),
        }
    }
}

/// A block it has not is no failure.
fn there(answer: Result<Response, Asked>) -> Result<Option<Response>, BlobError> {
    let missing = |message: &str| ["could not find", "not found"].iter().any(|words| message.contains(words));
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Asked::Refused(message)) if missing(&message) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

fn unreached(error: &reqwest::Error) -> &'static str {
    match error {
        error if error.is_timeout() => "the Kubo node takes too long",
        error if error.is_connect() => "the Kubo node can't be reached",
        _ => "the Kubo node broke off",
    }
}

async fn complained(answer: Response) -> Asked {
    match text(answer).await.map(|text| serde_json::from_str::<Complaint>(&text)) {
        Ok(Ok(complaint)) => Asked::Refused(complaint.message),
        Ok(Err(_)) => Asked::Elsewhere,
        Err(_) => Asked::Away("the Kubo node broke off"),
    }
}

async fn text(answer: Response) -> Result<String, BlobError> {
    String::from_utf8(bytes(answer, LONGEST).await?).map_err(|_| strange("no text"))
}

/// The first `limit` bytes of an answer.
async fn bytes(mut answer: Response, limit: usize) -> Result<Vec<u8>, BlobError> {
    let mut read = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| BlobError::Away(unreached(&error).to_owned()))? {
        let room = limit.saturating_sub(read.len());
        read.extend(chunk.iter().take(room));
        if read.len() >= limit {
            break;
        }
    }
    Ok(read)
}

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, BlobError> {
    serde_json::from_str(text).map_err(|_| strange("something that can't be read"))
}

fn strange(what: &str) -> BlobError {
    BlobError::Away(format!("the Kubo node answers {what}"))
}

/// A user or password of a URL as it was meant.
fn percent_decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
