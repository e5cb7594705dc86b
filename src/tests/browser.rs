//! A browser as far as the wire goes: cookies, headers, and a socket; nothing of a page.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream as Line;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// The word of a problem.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let start = format!("{}:", name.to_lowercase());
        let line = self.head.lines().find(|line| line.to_lowercase().starts_with(&start))?;
        line.split_once(':').map(|(_, value)| value.trim())
    }
}

/// Cookies and an address.
#[derive(Clone)]
pub(crate) struct Browser {
    port: u16,
    cookies: Vec<(String, String)>,
}

impl Browser {
    pub(crate) fn new(port: u16) -> Self {
        Self { port, cookies: Vec::new() }
    }

    /// The same browser with one more cookie.
    pub(crate) fn carrying(mut self, name: &str, value: &str) -> Self {
        self.cookies.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A browser of this server with someone signed in.
    pub(crate) fn signed_in(port: u16, login: &str, password: &str) -> Self {
        let mut browser = Self::new(port);
        let answer = browser.post("/login", &json!({"login": login, "password": password}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        browser
    }

    /// The same browser, when the server has moved to another port.
    pub(crate) fn at(&self, port: u16) -> Self {
        Self { port, cookies: self.cookies.clone() }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    fn cookie(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// Bytes as they are, and the answer to them.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(&self.bytes(bytes)).into_owned()
    }

    fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let _closed_early = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _closed = stream.read_to_end(&mut answer);
        answer
    }

    /// A request with these headers.
    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost:{}\r\nconnection: close\r\n", self.port);
        if !self.cookies.is_empty() {
            head.push_str(&format!("cookie: {}\r\n", self.cookie()));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        let answer = self.raw(head.as_bytes());
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        self.keep_cookies(head);
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    fn keep_cookies(&mut self, head: &str) {
        for line in head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")) {
            let Some((name, rest)) = line.split_once('=') else { continue };
            let value = rest.split(';').next().unwrap_or_default();
            self.cookies.retain(|(kept, _)| kept != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    /// A request of our own page, below the base.
    pub(crate) fn ask(&mut self, method: &str, path: &str, body: &Value) -> Answer {
        let origin = self.origin();
        let headers = [("origin", origin.as_str()), ("content-type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, &format!("/api/v1{path}"), &headers, &body)
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &Value::Null)
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, body)
    }

    /// Sends bytes of our own page, below the base.
    pub(crate) fn put(&mut self, path: &str, bytes: &[u8]) -> Answer {
        let (port, cookie, origin) = (self.port, self.cookie(), self.origin());
        let head = format!(
            "PUT /api/v1{path} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\ncookie: {cookie}\r\n\
             origin: {origin}\r\ncontent-type: application/octet-stream\r\ncontent-length: {}\r\n\r\n",
            bytes.len()
        );
        let answer = self.raw(&[head.as_bytes(), bytes].concat());
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Fetches bytes as they are, below the base.
    pub(crate) fn fetch(&self, path: &str) -> (u16, Vec<u8>) {
        let (port, cookie) = (self.port, self.cookie());
        let head = format!(
            "GET /api/v1{path} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\ncookie: {cookie}\r\n\r\n"
        );
        let answer = self.bytes(head.as_bytes());
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
        let (head, body) = answer.split_at(end);
        let status = String::from_utf8_lossy(head).split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or(0), body.to_vec())
    }

    /// Who this is, as `GET /me` says.
    pub(crate) fn me(&mut self) -> Value {
        self.get("/me").json()
    }

    /// Waits until the server, which is already listening, answers.
    pub(crate) fn wait_until_it_answers(&self) {
        let answer = self.clone().send("GET", "/healthz", &[], "");
        assert_eq!(answer.status, 200, "{}", answer.head);
    }

    /// Opens the socket.
    pub(crate) async fn socket(&self) -> Socket {
        self.try_socket(&self.origin(), "/ws").await.expect("the socket opens")
    }

    /// Opens the socket as a page of this origin would; the status when it is refused.
    pub(crate) async fn try_socket(&self, origin: &str, path: &str) -> Result<Socket, u16> {
        use tokio_tungstenite::tungstenite::Error;
        let mut request = format!("ws://localhost:{}{path}", self.port).into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        request.headers_mut().insert("cookie", self.cookie().parse().unwrap());
        let stream = Line::connect(("127.0.0.1", self.port)).await.expect("the server listens");
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((stream, _)) => Ok(Socket { stream, heard: Vec::new(), key: [7; 32].to_vec() }),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(_) => Err(0),
        }
    }
}

/// An open socket.
pub(crate) struct Socket {
    stream: WebSocketStream<Line>,
    /// What was heard while something else was waited for.
    heard: Vec<Value>,
    /// What it joins with to be sealed to.
    pub(crate) key: Vec<u8>,
}

impl Socket {
    pub(crate) async fn say(&mut self, message: &Value) {
        self.frame(Message::text(message.to_string())).await;
    }

    /// Any frame; a socket the server has closed takes none.
    pub(crate) async fn frame(&mut self, frame: Message) {
        let _closed = self.stream.send(frame).await;
    }

    /// The next message of this kind; others are kept for later.
    pub(crate) async fn hear(&mut self, kind: &str) -> Value {
        self.hear_where(|message| message["t"] == kind).await
    }

    /// The next message that fits; others are kept for later.
    pub(crate) async fn hear_where(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.heard.iter().position(&fits) {
            return self.heard.remove(place);
        }
        loop {
            let message = self.next().await.expect("the socket stays open");
            if fits(&message) {
                return message;
            }
            self.heard.push(message);
        }
    }

    /// How many of this kind came while something else was waited for.
    pub(crate) fn heard(&self, kind: &str) -> usize {
        self.heard.iter().filter(|message| message["t"] == kind).count()
    }

    /// The next message; none, with the code, when the server closes.
    pub(crate) async fn next(&mut self) -> Result<Value, Option<u16>> {
        loop {
            let heard = tokio::time::timeout(PATIENCE, self.stream.next()).await.expect("the server says something");
            match heard {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).expect("JSON")),
                Some(Ok(Message::Close(reason))) => return Err(reason.map(|reason| reason.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Waits for the server to close, and says with which code.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }

    /// Takes a seat, and hears `joined` or `lobby`.
    pub(crate) async fn join(&mut self, visit: &str) -> Value {
        self.ask_to_join(visit, 0).await;
        self.hear_where(|message| ["joined", "lobby", "refused"].iter().any(|kind| message["t"] == *kind)).await
    }

    pub(crate) async fn ask_to_join(&mut self, visit: &str, seen: u64) {
        let (offer, key) = (crate::browser::offer(), base64url(&self.key));
        let join = json!({
            "t": "join", "re": 1, "visit": visit, "offer": offer, "seen": seen, "mic": true, "cam": true, "key": key
        });
        self.say(&join).await;
    }
}

/// Bytes as the wire writes them.
pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// The offer of a two-person call, as Chromium words it and no longer than needed. Nothing is connected by it.
pub(crate) fn offer() -> String {
    let ice = "a=ice-ufrag:tEsT\r\na=ice-pwd:0123456789abcdefghijklmn\r\na=ice-options:trickle\r\n\
        a=fingerprint:sha-256 52:1A:57:3B:0D:5D:0B:FA:A2:83:A3:47:8C:7B:33:58:7E:39:D6:AE:4E:27:EC:63:8C:60:0E:5A:47:11:64:1C\r\n\
        a=setup:actpass\r\n";
    let audio = "c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n\
        a=fmtp:111 minptime=10;useinbandfec=1\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n";
    let video = "c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 goog-remb\r\n\
        a=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n\
        a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n\
        a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n\
        a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n";
    let line = |kind: &str, types: &str, mid: u8, way: &str, rest: &str| {
        format!("m={kind} 9 UDP/TLS/RTP/SAVPF {types}\r\n{rest}{ice}a=mid:{mid}\r\na={way}\r\n")
    };
    let layers = "a=rid:q send\r\na=rid:h send\r\na=rid:f send\r\na=simulcast:send q;h;f\r\n";
    format!(
        "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2 3\r\na=extmap-allow-mixed\r\n\
         a=msid-semantic: WMS\r\n{}{}{layers}{}{}",
        line("audio", "111", 0, "sendonly", audio),
        line("video", "96 97", 1, "sendonly", video),
        line("audio", "111", 2, "recvonly", audio),
        line("video", "96 97", 3, "recvonly", video),
    )
}
