//! An S3 server for the tests (moto): a private one for the test that asks, with a bucket and a key that it checks.
#![expect(clippy::expect_used, reason = "tests end by panicking")]

use std::path::PathBuf;
use std::process::Command;

use crate::browser::{Answer, Browser};
use crate::server::Folder;

/// The bucket that is there.
pub(crate) const BUCKET: &str = "vaidya-tests";

/// What a request says to be taken for one to the service that hands out keys.
const TO_IAM: (&str, &str) = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x",
);

/// A running S3 server.
pub(crate) struct S3 {
    folder: Folder,
    pub(crate) port: u16,
    /// The name of the key that is let in.
    pub(crate) key: String,
    /// The key.
    pub(crate) secret: String,
}

fn script(words: &[&str]) -> String {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scripts/s3.sh");
    let done = Command::new(script).args(words).output().expect("scripts/s3.sh runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

impl S3 {
    /// With a bucket, and a key that is checked from then on.
    pub(crate) fn start() -> Self {
        let folder = Folder::new();
        let place = folder.0.to_str().expect("a path");
        let url = script(&["start", place, &std::process::id().to_string()]);
        let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        let mut s3 = Self { folder, port, key: String::new(), secret: String::new() };
        assert_eq!(s3.raw("PUT", &format!("/{BUCKET}"), "").status, 200);
        s3.iam("Action=CreateUser&UserName=vaidya");
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":["s3:ListBucket","s3:GetObject","s3:PutObject","s3:DeleteObject"]}]}"#;
        let policy: String = url::form_urlencoded::byte_serialize(policy.as_bytes()).collect();
        s3.iam(&format!("Action=PutUserPolicy&UserName=vaidya&PolicyName=blocks&PolicyDocument={policy}"));
        let made = s3.iam("Action=CreateAccessKey&UserName=vaidya");
        let field = |name: &str| {
            let (_, rest) = made.split_once(&format!("<{name}>")).expect("a key");
            rest.split('<').next().expect("its text").to_owned()
        };
        (s3.key, s3.secret) = (field("AccessKeyId"), field("SecretAccessKey"));
        assert_eq!(s3.raw("POST", "/moto-api/reset-auth", "0").status, 200);
        s3
    }

    /// A request as it is, to the server itself.
    pub(crate) fn raw(&self, method: &str, path: &str, body: &str) -> Answer {
        Browser::new(self.port).send(method, path, &[], body)
    }

    fn iam(&self, what: &str) -> String {
        let form = ("content-type", "application/x-www-form-urlencoded");
        let answer = Browser::new(self.port).send("POST", "/", &[TO_IAM, form], &format!("{what}&Version=2010-05-08"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// The settings of a server whose blocks are here, reached through this port.
    pub(crate) fn settings(&self, port: u16) -> [(&'static str, String); 4] {
        [
            ("VAIDYA_BLOCKS", format!("s3://{BUCKET}/blocks")),
            ("VAIDYA_S3_ENDPOINT", format!("http://127.0.0.1:{port}")),
            ("VAIDYA_S3_KEY", self.key.clone()),
            ("VAIDYA_S3_SECRET", self.secret.clone()),
        ]
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        script(&["stop", self.folder.0.to_str().expect("a path")]);
    }
}
