//! The door to phones and mailboxes: where a message goes, or the page in the browser that shows it.

use vaidya_clinic::contact::{Channel, Contact};

use super::mail::{Mail, Sending};

/// What a message's way out answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// It stays here, to be read on a page.
    Shown,
    /// A gateway was asked.
    Asked(Sending),
}

/// The ways out that this server has. Cheap to clone.
#[derive(Clone)]
pub struct Post {
    browser: bool,
    mail: Option<Mail>,
}

impl Post {
    /// With the page in the browser and a mail server, or without.
    #[must_use]
    pub fn new(browser: bool, mail: Option<Mail>) -> Self {
        Self { browser, mail }
    }

    /// Whether messages are shown in the browser to everyone: for demos and development.
    #[must_use]
    pub fn browser(&self) -> bool {
        self.browser
    }

    /// Whether phones can be written to.
    #[must_use]
    pub fn sms(&self) -> bool {
        self.browser
    }

    /// Whether mailboxes can be written to.
    #[must_use]
    pub fn mail(&self) -> bool {
        self.browser || self.mail.is_some()
    }

    /// Whether this contact can be written to.
    #[must_use]
    pub fn reaches(&self, contact: &Contact) -> bool {
        match contact.channel() {
            Channel::Sms => self.sms(),
            Channel::Mail => self.mail(),
        }
    }

    /// Sends a message. A mail server that is set is used also where the browser shows the rest.
    pub async fn send(&self, to: &Contact, subject: &str, body: &str) -> Delivered {
        match (to, &self.mail) {
            (Contact::Mail(address), Some(mail)) => Delivered::Asked(mail.send(address, subject, body).await),
            _ if self.browser => Delivered::Shown,
            (Contact::Phone(_), _) => Delivered::Asked(Sending::Refused("this server has no way to phones")),
            (Contact::Mail(_), None) => Delivered::Asked(Sending::Refused("this server has no way to mailboxes")),
        }
    }
}
