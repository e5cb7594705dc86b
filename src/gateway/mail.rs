//! The door to the mail server: one message to one address, and whether it went, may go later, or never will.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use thiserror::Error;
use url::Url;

use crate::clock;

/// Longest wait for one answer of the mail server. Lower gives slow ones up, higher holds the queue of messages.
pub const ANSWER: Duration = Duration::from_secs(20);

/// Longest a whole message may take, from the name look-up to the last answer.
pub const WHOLE: Duration = Duration::from_secs(60);

/// Longest subject, in characters; what is longer is cut.
const SUBJECT: usize = 120;

/// Port of a relay that takes mail without TLS from its own machine.
const RELAY: u16 = 25;

/// Port of submission with STARTTLS (RFC 6409).
const SUBMISSION: u16 = 587;

/// Port of submission inside TLS (RFC 8314).
const SUBMISSIONS: u16 = 465;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// The other side has it.
    Sent,
    /// It did not go now and may go later; why.
    Later(&'static str),
    /// It will never go to this address; why.
    Refused(&'static str),
}

/// Why no mail can be sent with these settings; a sentence.
#[derive(Debug, Error)]
pub enum MailError {
    /// The address of the server is none.
    #[error("VAIDYA_SMTP_URL won't do: write smtps://user:password@host or smtp://user:password@host")]
    Url,
    /// The sender is none.
    #[error("VAIDYA_MAIL_FROM won't do: write an e-mail address, or Name <address>")]
    From,
    /// TLS cannot be set up.
    #[error("mail cannot be sent over TLS: {0}")]
    Tls(String),
}

/// The way to the mail server. Cheap to clone.
#[derive(Clone)]
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Whether this is an address a mail can be sent from, with or without a name before it.
#[must_use]
pub fn is_sender(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

/// Whether this is the address of a mail server.
#[must_use]
pub fn is_server(text: &str) -> bool {
    server(text).is_some()
}

fn server(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.query().is_none() && url.fragment().is_none() && matches!(url.path(), "" | "/");
    (["smtp", "smtps"].contains(&url.scheme()) && url.host().is_some() && plain).then_some(url)
}

fn on_this_machine(url: &Url) -> bool {
    // Of other schemes than http's, addresses are names to this parser.
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Mail {
    /// The way to the server of this URL: `smtps` speaks TLS from the start, `smtp` begins with STARTTLS and sends
    /// nothing without it, except to this machine. `roots` (PEM) are trusted besides the system's authorities.
    ///
    /// # Errors
    /// [`MailError`]; nothing is tried over the network.
    pub fn new(url: &str, from: &str, roots: Option<&[u8]>) -> Result<Self, MailError> {
        let from: Mailbox = from.parse().map_err(|_| MailError::From)?;
        let server = server(url).ok_or(MailError::Url)?;
        let (tls, port) = security(&server, roots)?;
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| MailError::Url)?;
        let transport = builder
            .port(server.port().unwrap_or(port))
            .tls(tls)
            .timeout(Some(ANSWER))
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .build();
        Ok(Self { transport, from })
    }

    /// Sends a text to one address.
    pub async fn send(&self, to: &str, subject: &str, text: &str) -> Sending {
        let Ok(to) = to.parse::<Address>() else { return Sending::Refused("no address") };
        let ascii = AsRef::<str>::as_ref(&to).is_ascii();
        let Some(message) = self.message(to, subject, text) else { return Sending::Refused("no message") };
        match tokio::time::timeout(WHOLE, self.transport.send(message)).await {
            Ok(Ok(_)) => Sending::Sent,
            // Not every server takes addresses in other scripts (RFC 6531).
            Ok(Err(error)) if error.is_client() && !ascii => {
                Sending::Refused("the mail server can't take this address")
            }
            Ok(Err(error)) => outcome(&error),
            Err(_) => Sending::Later("the mail server is too slow"),
        }
    }

    fn message(&self, to: Address, subject: &str, text: &str) -> Option<Message> {
        let id = format!("<{}@{}>", URL_SAFE_NO_PAD.encode(clock::random::<18>()), self.from.email.domain());
        let subject: String = subject.chars().filter(|letter| !letter.is_control()).take(SUBJECT).collect();
        // Holiday notes and the like don't answer to what a program wrote (RFC 3834).
        let by_program = HeaderName::new_from_ascii_str("Auto-Submitted");
        let part = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(text.to_owned());
        let message = Message::builder().message_id(Some(id)).from(self.from.clone()).to(Mailbox::new(None, to));
        let message = message.subject(subject).raw_header(HeaderValue::new(by_program, "auto-generated".to_owned()));
        message.singlepart(part).ok()
    }
}

/// How the connection is protected, and the usual port for that.
fn security(server: &Url, roots: Option<&[u8]>) -> Result<(Tls, u16), MailError> {
    let unfit = |why: lettre::transport::smtp::Error| MailError::Tls(why.to_string());
    let host = server.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let mut parameters = TlsParameters::builder(host);
    if let Some(roots) = roots {
        parameters = parameters.add_root_certificate(Certificate::from_pem(roots).map_err(unfit)?);
    }
    let parameters = parameters.build_rustls().map_err(unfit)?;
    // A password never goes out in the open, not even to a neighbour on this machine.
    let relay = on_this_machine(server) && server.password().is_none();
    Ok(match (server.scheme(), relay) {
        ("smtps", _) => (Tls::Wrapper(parameters), SUBMISSIONS),
        (_, true) => (Tls::Opportunistic(parameters), RELAY),
        (_, false) => (Tls::Required(parameters), SUBMISSION),
    })
}

/// Where an error leaves the message (RFC 5321 §4.2). Answers about our own log-in or manners are for whoever runs the
/// server to mend: the message waits. The log gets the number and never the address.
fn outcome(error: &lettre::transport::smtp::Error) -> Sending {
    let status = error.status().map(u16::from);
    tracing::warn!(status, timeout = error.is_timeout(), tls = error.is_tls(), "a mail did not go");
    match status {
        Some(500..=504 | 521 | 523 | 530 | 534 | 535 | 538) => {
            Sending::Later("the mail server does not take our log-in")
        }
        Some(500..=599) => Sending::Refused("the mail server refuses this address"),
        Some(_) => Sending::Later("the mail server asks to come back later"),
        None if error.is_tls() => Sending::Later("the mail server's certificate is not trusted"),
        None if error.is_client() => Sending::Later("the mail server offers no TLS, or no log-in that we know"),
        None => Sending::Later("the mail server can't be reached"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail::new("smtp://127.0.0.1:1", "City Clinic <visits@clinic.example>", None).unwrap()
    }

    fn written(to: &str, subject: &str, text: &str) -> String {
        let message = mail().message(to.parse().unwrap(), subject, text).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    #[test]
    fn a_mail_says_who_it_is_from_and_that_a_program_wrote_it() {
        let written = written("asha@example.org", "Your code", "482913\n");
        for line in ["City Clinic", "<visits@clinic.example>\r\n", "To: asha@example.org", "Subject: Your code"] {
            assert!(written.contains(line), "{written}");
        }
        assert!(
            written.contains("Auto-Submitted: auto-generated") && written.contains("@clinic.example>"),
            "{written}"
        );
        assert!(written.contains("\r\n\r\n482913\r\n"), "{written}");
    }

    #[test]
    fn no_subject_makes_a_header_of_its_own() {
        let written = written("asha@example.org", "Hi\r\nBcc: eve@evil.example\r\n\r\nread this", "x");
        let (head, body) = written.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        assert_eq!(body.trim_end(), "x");
    }

    #[tokio::test]
    async fn what_is_no_address_is_refused_before_anyone_is_asked() {
        for to in ["", "asha", "asha@", "a@b\r\nRCPT TO:<eve@evil.example>", "a b@c.example", "<a@b.example>"] {
            assert_eq!(mail().send(to, "x", "x").await, Sending::Refused("no address"), "{to}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_means_later() {
        assert_eq!(mail().send("asha@example.org", "x", "x").await, Sending::Later("the mail server can't be reached"));
    }

    #[test]
    fn only_this_machine_is_this_machine() {
        let here = |url: &str| on_this_machine(&server(url).unwrap());
        assert!(here("smtp://localhost") && here("smtp://127.0.0.1:25") && here("smtp://u:p@[::1]:25"));
        assert!(!here("smtp://mail.example") && !here("smtp://10.0.0.1") && !here("smtp://localhost.evil.example"));
    }

    #[test]
    fn only_mail_servers_are_mail_servers() {
        for good in ["smtps://u:p@mail.example", "smtp://mail.example:2525", "smtp://[::1]:25"] {
            assert!(is_server(good), "{good}");
        }
        for bad in ["mail.example", "http://mail.example", "smtp://", "smtp://a?tls=none", "smtp://a/b", "localhost:25"]
        {
            assert!(!is_server(bad), "{bad}");
        }
        assert!(is_sender("Clinic <a@b.example>") && is_sender("a@b.example") && !is_sender("a@"));
    }
}
