//! Mail against a real mail server: sent over TLS, refused, told to come back, and kept from who is not to be trusted.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use vaidya::gateway::mail::{Mail, Sending};

use crate::authority::Authority;
use crate::server::Folder;

/// A mail server with aiosmtpd: wants a log-in, refuses `nobody@`, is too busy for `later@`, prints what it takes.
const SERVER: &str = r#"
import asyncio, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult

class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such person"
        if address.startswith("later@"):
            return "451 4.3.0 busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"
    async def handle_DATA(self, server, session, envelope):
        kept = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": server.transport.get_extra_info("ssl_object") is not None,
                "name": session.host_name, "text": envelope.content.decode()}
        print(json.dumps(kept), flush=True)
        return "250 kept"

def known(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == (b"visits", b"p@ss/word")
    return AuthResult(success=right, handled=right)

async def main(way, certificate, key):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    def session():
        secure = {"tls_context": tls, "require_starttls": True} if way == "starttls" else {}
        login = {"auth_required": way != "plain", "authenticator": known, "auth_require_tls": way == "starttls"}
        return SMTP(Handler(), **secure, **login)
    server = await loop.create_server(session, "127.0.0.1", 0, ssl=tls if way == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main(*sys.argv[1:]))
"#;

/// A running mail server.
struct Post {
    child: Child,
    port: u16,
    kept: BufReader<ChildStdout>,
    folder: Folder,
    root: Vec<u8>,
}

impl Post {
    /// With TLS from the start (`tls`), by STARTTLS (`starttls`), or none (`plain`).
    fn start(way: &str) -> Self {
        let (folder, authority) = (Folder::new(), Authority::new());
        let pair = authority.issue(&folder.0, 1);
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-W", "ignore", "-c", SERVER, way]).arg(&pair.certificate).arg(&pair.key).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3 with aiosmtpd: scripts/need.sh smtp");
        let mut kept = BufReader::new(child.stdout.take().unwrap());
        let mut port = String::new();
        kept.read_line(&mut port).unwrap();
        let port = port.trim().parse().expect("a port; python3 needs aiosmtpd: scripts/need.sh smtp");
        let root = std::fs::read(authority.root(&folder.0)).unwrap();
        Self { child, port, kept, folder, root }
    }

    fn mail(&self, start: &str, roots: Option<&[u8]>) -> Mail {
        let url = format!("{start}@127.0.0.1:{}", self.port);
        Mail::new(&url, "City Clinic <visits@clinic.example>", roots).unwrap()
    }

    /// The next message that it took.
    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.kept.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        let _dead_already = self.child.kill();
        let _reaped_already = self.child.wait();
        let _kept_until_now = &self.folder;
    }
}

async fn sent_and_refused(way: &str, start: &str) {
    let mut post = Post::start(way);
    let mail = post.mail(start, Some(&post.root));
    assert_eq!(mail.send("asha@example.org", "आपका कोड", "482913\n").await, Sending::Sent);
    let kept = post.next();
    assert_eq!((kept["from"].as_str(), kept["tls"].as_bool()), (Some("visits@clinic.example"), Some(true)));
    assert_eq!(kept["to"], serde_json::json!(["asha@example.org"]));
    assert_eq!(kept["name"], "clinic.example");
    let text = kept["text"].as_str().unwrap();
    assert!(text.contains("482913") && text.contains("Subject: =?utf-8?b?"), "{text}");
    let outcome = async |to: &str| mail.send(to, "x", "x").await;
    assert!(matches!(outcome("nobody@example.org").await, Sending::Refused(_)));
    assert!(matches!(outcome("later@example.org").await, Sending::Later(_)));
    assert_eq!(outcome("asha@example.org").await, Sending::Sent, "the next one goes");
    let eve = "asha@example.org>\r\nRCPT TO:<eve@evil.example";
    assert!(matches!(outcome(eve).await, Sending::Refused(_)));
    assert_eq!(post.next()["to"], serde_json::json!(["asha@example.org"]), "and nobody else has it");
}

#[tokio::test]
async fn mail_goes_inside_tls() {
    sent_and_refused("tls", "smtps://visits:p%40ss%2Fword").await;
}

#[tokio::test]
async fn mail_goes_by_starttls() {
    sent_and_refused("starttls", "smtp://visits:p%40ss%2Fword").await;
}

#[tokio::test]
async fn a_server_nobody_vouches_for_gets_nothing() {
    let (post, other) = (Post::start("tls"), Post::start("tls"));
    for roots in [None, Some(other.root.as_slice())] {
        let mail = post.mail("smtps://visits:p%40ss%2Fword", roots);
        assert!(matches!(mail.send("asha@example.org", "x", "x").await, Sending::Later(_)));
    }
}

#[tokio::test]
async fn a_wrong_log_in_waits_for_whoever_runs_the_server() {
    let post = Post::start("tls");
    let mail = post.mail("smtps://visits:wrong", Some(&post.root));
    assert_eq!(
        mail.send("asha@example.org", "x", "x").await,
        Sending::Later("the mail server does not take our log-in")
    );
}

#[tokio::test]
async fn this_machine_s_own_relay_may_do_without_tls() {
    let mut post = Post::start("plain");
    let mail = post.mail("smtp://visits:p%40ss%2Fword", None);
    assert_ne!(mail.send("asha@example.org", "x", "x").await, Sending::Sent, "no password goes out in the open");
    let url = format!("smtp://127.0.0.1:{}", post.port);
    let mail = Mail::new(&url, "visits@clinic.example", None).unwrap();
    assert_eq!(mail.send("asha@example.org", "x", "x").await, Sending::Sent);
    assert_eq!(post.next()["tls"], false);
}
