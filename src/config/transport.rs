//! How people's browsers and mail get through: TLS by files or ACME, the plain port, proxies, the mail server.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;

use super::{ConfigError, Given};
use crate::gateway::mail::{is_sender, is_server};

/// How TLS gets its certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From two PEM files, which may be renewed while the server runs.
    Files {
        /// The server's certificate and those above it.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// From a certificate authority.
    Acme {
        /// The names it is for; the first is the one of links, unless the public address says otherwise.
        domains: Vec<String>,
        /// The e-mail address the authority writes to.
        contact: String,
        /// The authority's directory.
        directory: String,
    },
}

/// The mail server.
#[derive(Clone)]
pub struct Smtp {
    /// Its address; may hold a password.
    pub url: String,
    /// Who mails are from.
    pub from: String,
}

/// What this file owns of the settings.
#[derive(Clone)]
pub struct Transport {
    /// TLS; none is plain HTTP, for this machine and behind a proxy.
    pub tls: Option<Tls>,
    /// Where plain HTTP is answered by sending browsers to https.
    pub redirect: Option<SocketAddr>,
    /// Whose word on who is asking counts.
    pub proxies: Vec<IpNet>,
    /// Certificate authorities (a PEM file) trusted besides the usual ones.
    pub roots: Option<PathBuf>,
    /// The mail server; none sends no mail.
    pub smtp: Option<Smtp>,
}

impl Given {
    pub(super) fn transport(&self) -> Result<Transport, ConfigError> {
        let tls = self.tls()?;
        let public = self.optional("public_url", super::is_origin)?;
        let https = public.as_ref().map_or(tls.is_some(), |url| url.starts_with("https://"));
        if tls.is_some() && !https {
            return Err(together(
                "VAIDYA_PUBLIC_URL begins with http://, but browsers come by TLS: begin it with https://",
            ));
        }
        let redirect = self.optional("http_redirect", |text| text.parse::<SocketAddr>().is_ok())?;
        if redirect.is_some() && !https {
            return Err(together(
                "VAIDYA_HTTP_REDIRECT sends browsers to https, which is not there: set VAIDYA_TLS_CERT and VAIDYA_TLS_KEY, \
                 VAIDYA_ACME_DOMAINS, or a VAIDYA_PUBLIC_URL of a proxy",
            ));
        }
        Ok(Transport {
            tls,
            redirect: redirect.and_then(|text| text.parse().ok()),
            proxies: self.networks("trusted_proxies")?,
            roots: self.path("extra_roots"),
            smtp: self.smtp()?,
        })
    }

    fn tls(&self) -> Result<Option<Tls>, ConfigError> {
        let files = (self.path("tls_cert"), self.path("tls_key"));
        let domains = self.domains()?;
        let contact = self.optional("acme_contact", is_address)?;
        let directory =
            self.checked("acme_directory", self.text("acme_directory"), |url| url.starts_with("https://"))?;
        match (files, domains.is_empty(), contact) {
            ((None, None), true, None) => Ok(None),
            ((Some(certificate), Some(key)), true, None) => Ok(Some(Tls::Files { certificate, key })),
            ((None, None), false, Some(contact)) => Ok(Some(Tls::Acme { domains, contact, directory })),
            ((Some(_), None), ..) => {
                Err(together("VAIDYA_TLS_CERT is set and VAIDYA_TLS_KEY is not: set both, or neither"))
            }
            ((None, Some(_)), ..) => {
                Err(together("VAIDYA_TLS_KEY is set and VAIDYA_TLS_CERT is not: set both, or neither"))
            }
            ((Some(_), Some(_)), ..) => Err(together(
                "VAIDYA_TLS_CERT and VAIDYA_ACME_… are both set: keep the files, or VAIDYA_ACME_DOMAINS and VAIDYA_ACME_CONTACT",
            )),
            ((None, None), true, Some(_)) => {
                Err(together("VAIDYA_ACME_CONTACT is set and VAIDYA_ACME_DOMAINS is not: set both, or neither"))
            }
            ((None, None), false, None) => Err(together(
                "VAIDYA_ACME_DOMAINS is set and VAIDYA_ACME_CONTACT is not: set it to the e-mail address the certificate authority warns",
            )),
        }
    }

    fn smtp(&self) -> Result<Option<Smtp>, ConfigError> {
        let url = self.optional("smtp_url", is_server)?;
        match (url, self.optional("mail_from", is_sender)?) {
            (Some(url), Some(from)) => Ok(Some(Smtp { url, from })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(together(
                "VAIDYA_SMTP_URL is set and VAIDYA_MAIL_FROM is not: set it to the address mails are from",
            )),
            (None, Some(_)) => {
                Err(together("VAIDYA_MAIL_FROM is set and VAIDYA_SMTP_URL is not: set both, or neither"))
            }
        }
    }

    fn domains(&self) -> Result<Vec<String>, ConfigError> {
        let names: Vec<_> = self.listed("acme_domains").into_iter().map(|name| name.to_lowercase()).collect();
        if names.iter().all(|name| is_host(name)) { Ok(names) } else { Err(self.refused("acme_domains")) }
    }

    fn networks(&self, key: &str) -> Result<Vec<IpNet>, ConfigError> {
        let network = |part: &String| part.parse().or_else(|_| part.parse::<IpAddr>().map(IpNet::from));
        self.listed(key).iter().map(|part| network(part).map_err(|_| self.refused(key))).collect()
    }

    fn path(&self, key: &str) -> Option<PathBuf> {
        Some(self.text(key)).filter(|text| !text.is_empty()).map(PathBuf::from)
    }
}

fn together(sentence: &str) -> ConfigError {
    ConfigError::Together(sentence.to_owned())
}

/// A host name a certificate can be got for: no wildcard, which this way of proving does not give.
fn is_host(name: &str) -> bool {
    let part = |part: &str| {
        (1..=63).contains(&part.len())
            && part.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(part)
}

fn is_address(text: &str) -> bool {
    is_sender(text) && !text.contains(['<', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Transport, String> {
        let pairs = pairs.iter().map(|(name, value)| (format!("VAIDYA_{name}"), (*value).to_owned()));
        Given::read(None, pairs).and_then(|given| given.transport()).map_err(|error| error.to_string())
    }

    #[test]
    fn tls_is_files_or_acme_and_never_half_of_one_or_both() {
        let (cert, key) = (("TLS_CERT", "/c.pem"), ("TLS_KEY", "/k.pem"));
        let (names, who) =
            (("ACME_DOMAINS", "Visits.example, www.visits.example"), ("ACME_CONTACT", "it@visits.example"));
        assert!(read(&[]).unwrap().tls.is_none());
        assert!(matches!(read(&[cert, key]).unwrap().tls, Some(Tls::Files { .. })));
        let Some(Tls::Acme { domains, contact, directory }) = read(&[names, who]).unwrap().tls else {
            panic!("no ACME")
        };
        assert_eq!(domains, ["visits.example", "www.visits.example"]);
        assert_eq!(contact, "it@visits.example");
        assert!(directory.starts_with("https://"));
        for (pairs, missing) in [
            (vec![cert], "VAIDYA_TLS_KEY"),
            (vec![key], "VAIDYA_TLS_CERT"),
            (vec![names], "VAIDYA_ACME_CONTACT"),
            (vec![who], "VAIDYA_ACME_DOMAINS"),
            (vec![cert, key, names, who], "both set"),
            (vec![cert, key, who], "both set"),
            (vec![cert, names], "VAIDYA_TLS_KEY"),
        ] {
            let said = read(&pairs).err().unwrap();
            assert!(said.contains(missing), "{said}");
        }
    }

    #[test]
    fn browsers_are_sent_to_https_only_where_there_is_one() {
        let redirect = ("HTTP_REDIRECT", "0.0.0.0:80");
        assert!(read(&[redirect]).err().unwrap().contains("VAIDYA_HTTP_REDIRECT"));
        assert!(read(&[redirect, ("PUBLIC_URL", "http://visits.example")]).is_err());
        assert!(read(&[redirect, ("PUBLIC_URL", "https://visits.example")]).unwrap().redirect.is_some());
        let tls = [("TLS_CERT", "/c.pem"), ("TLS_KEY", "/k.pem")];
        assert!(read(&[redirect, tls[0], tls[1]]).unwrap().redirect.is_some());
        assert!(read(&[tls[0], tls[1], ("PUBLIC_URL", "http://visits.example")]).is_err());
    }

    #[test]
    fn this_machine_is_trusted_until_something_else_is_said() {
        let trusts = |transport: &Transport, address: &str| {
            let address: std::net::IpAddr = address.parse().unwrap();
            transport.proxies.iter().any(|network| network.contains(&address))
        };
        let usual = read(&[]).unwrap();
        assert!(trusts(&usual, "127.0.0.1") && trusts(&usual, "::1") && !trusts(&usual, "10.0.0.1"));
        let set = read(&[("TRUSTED_PROXIES", "10.0.0.0/8 2001:db8::7")]).unwrap();
        assert!(trusts(&set, "10.1.2.3") && trusts(&set, "2001:db8::7"));
        assert!(!trusts(&set, "127.0.0.1") && !trusts(&set, "2001:db8::8"));
    }

    #[test]
    fn mail_needs_a_server_and_a_sender() {
        let (url, from) = (("SMTP_URL", "smtps://u:hunter2@mail.example"), ("MAIL_FROM", "Clinic <a@visits.example>"));
        assert!(read(&[url, from]).unwrap().smtp.is_some());
        let said = read(&[url]).err().unwrap();
        assert!(said.contains("VAIDYA_MAIL_FROM") && !said.contains("hunter2"), "{said}");
        assert!(read(&[from]).is_err());
    }

    #[test]
    fn a_name_for_a_certificate_is_a_host_name() {
        assert!(is_host("visits.clinic.example") && is_host("localhost") && is_host("xn--p1ai.example"));
        for bad in ["", "*.clinic.example", "clinic.example/app", "-a.example", "a..b", "a_b.example", "a b"] {
            assert!(!is_host(bad), "{bad}");
        }
    }
}
