//! The table of settings: name, default, meaning and what to write, for `--help`, `check-config` and the docs.

use std::fmt::Write as _;

/// One setting.
pub struct Setting {
    /// Its key in the file; in capitals and with `VAIDYA_` before it, its variable.
    pub key: &'static str,
    /// Its value when nobody sets it; empty when there is none.
    pub default: &'static str,
    /// What having no value means, as `check-config` shows it.
    pub unset: &'static str,
    /// What it does.
    pub help: &'static str,
    /// What to write, as the end of a sentence.
    pub want: &'static str,
    /// A value it refuses, for the tests; empty when it takes any.
    pub bad_example: &'static str,
    /// Whether a password may stand in it.
    pub secret: bool,
}

impl Setting {
    /// The name of its variable.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("{}{}", super::PREFIX, self.key.to_uppercase())
    }
}

/// Every setting there is.
pub const SETTINGS: [Setting; 33] = [
    Setting {
        key: "http",
        default: "127.0.0.1:8080",
        unset: "",
        help: "Address and port of the web server. For anything but this machine it needs TLS, its own or a proxy's: \
               browsers give cameras only to https and to localhost.",
        want: "write an address and a port, such as 127.0.0.1:8080 or 0.0.0.0:8080",
        bad_example: "8080",
        secret: false,
    },
    Setting {
        key: "media",
        default: "7443",
        unset: "",
        help: "Port for sound and pictures, UDP and TCP. It must be reachable by browsers.",
        want: "write a port number from 1 to 65535 (0 takes a free one)",
        bad_example: "70000",
        secret: false,
    },
    Setting {
        key: "public_ip",
        default: "",
        unset: "the machine's own addresses",
        help: "Addresses browsers reach the media port at, separated by commas.",
        want: "write IP addresses separated by commas, such as 203.0.113.7",
        bad_example: "clinic.example",
        secret: false,
    },
    Setting {
        key: "data",
        default: "./data",
        unset: "",
        help: "Folder for the database, the server's key and files. One server at a time uses it. Back it up.",
        want: "write a folder this user may write to",
        bad_example: "",
        secret: false,
    },
    Setting {
        key: "database_url",
        default: "",
        unset: "SQLite in the data folder",
        help: "The database: sqlite://path or postgres://user:password@host/name.",
        want: "write sqlite://path or postgres://user:password@host/name",
        bad_example: "mysql://root:hunter2@db/x",
        secret: true,
    },
    Setting {
        key: "redis_url",
        default: "",
        unset: "none",
        help: "Redis, for sharing limits (wrong passwords, codes sent) between several servers.",
        want: "write redis://host:6379 or redis://:password@host:6379/0",
        bad_example: "localhost:hunter2",
        secret: true,
    },
    Setting {
        key: "public_url",
        default: "",
        unset: "http://localhost and the web port",
        help: "The address people open, for guest links and to tell our own pages from others.",
        want: "write a scheme and a host without a path, such as https://visits.clinic.example",
        bad_example: "clinic.example/app",
        secret: false,
    },
    Setting {
        key: "clinic_name",
        default: "City Clinic",
        unset: "",
        help: "The clinic's name, on every page.",
        want: "write a name of 1 to 80 characters",
        bad_example: "a name of more than eighty characters is longer than what fits on the page of a phone, sadly",
        secret: false,
    },
    Setting {
        key: "tls_cert",
        default: "",
        unset: "none: no TLS of its own",
        help: "PEM file with the server's certificate and those above it. With it the web server speaks https (TLS 1.3); a renewed file is served within seconds.",
        want: "write the path of a PEM file",
        bad_example: "",
        secret: false,
    },
    Setting {
        key: "tls_key",
        default: "",
        unset: "none",
        help: "PEM file with the private key of that certificate.",
        want: "write the path of a PEM file",
        bad_example: "",
        secret: false,
    },
    Setting {
        key: "acme_domains",
        default: "",
        unset: "none",
        help: "Names to get a certificate for by itself (ACME, TLS-ALPN-01), separated by commas. Port 443 of each must lead to this server.",
        want: "write host names separated by commas, such as visits.clinic.example; no wildcards",
        bad_example: "*.clinic.example",
        secret: false,
    },
    Setting {
        key: "acme_contact",
        default: "",
        unset: "none",
        help: "E-mail address the certificate authority warns when something is wrong. With VAIDYA_ACME_DOMAINS you agree to its terms.",
        want: "write an e-mail address",
        bad_example: "the admin",
        secret: false,
    },
    Setting {
        key: "acme_directory",
        default: "https://acme-v02.api.letsencrypt.org/directory",
        unset: "",
        help: "Where the certificate authority is asked.",
        want: "write the https address of an ACME directory",
        bad_example: "letsencrypt",
        secret: false,
    },
    Setting {
        key: "extra_roots",
        default: "",
        unset: "none",
        help: "PEM file of certificate authorities to trust besides the usual ones: for an ACME directory, a mail server, an S3 server or a Kubo node of one's own.",
        want: "write the path of a PEM file",
        bad_example: "",
        secret: false,
    },
    Setting {
        key: "http_redirect",
        default: "",
        unset: "none",
        help: "Address and port where plain http is answered by sending browsers to https, such as 0.0.0.0:80.",
        want: "write an address and a port, such as 0.0.0.0:80",
        bad_example: "80",
        secret: false,
    },
    Setting {
        key: "trusted_proxies",
        default: "127.0.0.0/8,::1",
        unset: "",
        help: "Networks of proxies that are believed about whom they speak for (X-Forwarded-For, -Proto, -Host), separated by commas.",
        want: "write networks or addresses separated by commas, such as 10.0.0.0/8",
        bad_example: "proxy.clinic.example",
        secret: false,
    },
    Setting {
        key: "smtp_url",
        default: "",
        unset: "none: no mail is sent",
        help: "Mail server for codes and invitations: smtps://user:password@host, or smtp:// for STARTTLS, which only this machine may do without.",
        want: "write smtps://user:password@host or smtp://user:password@host:587",
        bad_example: "mail.example:hunter2",
        secret: true,
    },
    Setting {
        key: "mail_from",
        default: "",
        unset: "none",
        help: "Address mails are from, with or without a name: Hill Clinic <visits@clinic.example>.",
        want: "write an e-mail address, or Name <address>",
        bad_example: "the clinic",
        secret: false,
    },
    Setting {
        key: "sms",
        default: "",
        unset: "none: phones can't be written to",
        help: "How messages reach phones. browser shows them, with the codes in them, to everyone at /messages: for demos \
               and development only. --demo sets it.",
        want: "write browser, or leave it out",
        bad_example: "pigeon",
        secret: false,
    },
    Setting {
        key: "master_key",
        default: "",
        unset: "derived from the server's key: not for production",
        help: "What the private keys of clinics are sealed under: 32 random bytes in base64. Without it nothing opens what clinics hold; \
               keep it apart from the data folder and its backups.",
        want: "write 32 random bytes in base64, as openssl rand -base64 32 prints them",
        bad_example: "hunter2",
        secret: true,
    },
    Setting {
        key: "master_key_file",
        default: "",
        unset: "none",
        help: "The file that VAIDYA_MASTER_KEY is in, instead.",
        want: "write the path of a file",
        bad_example: "",
        secret: false,
    },
    Setting {
        key: "blocks",
        default: "folder",
        unset: "",
        help: "Where sealed blocks are kept: folder (blocks/ of the data folder), s3://bucket/prefix, or \
               kubo+http://127.0.0.1:5001 (kubo+https:// too, with user:password@ when the node wants them).",
        want: "write folder, s3://bucket or s3://bucket/prefix, or kubo+http://host:5001",
        bad_example: "ftp://blocks:hunter2@files.example/x",
        secret: true,
    },
    Setting {
        key: "s3_endpoint",
        default: "",
        unset: "Amazon's of the region",
        help: "Where the S3 server of VAIDYA_BLOCKS answers, when it isn't Amazon's.",
        want: "write the http or https address of the S3 server, such as https://s3.clinic.example",
        bad_example: "minio:9000",
        secret: false,
    },
    Setting {
        key: "s3_region",
        default: "us-east-1",
        unset: "",
        help: "The region of the S3 server. Most that are not Amazon's take any.",
        want: "write a region, such as ap-south-1",
        bad_example: "Mumbai, India",
        secret: false,
    },
    Setting {
        key: "s3_key",
        default: "",
        unset: "none",
        help: "The name of the key for the S3 server (access key id).",
        want: "write the access key id",
        bad_example: "",
        secret: true,
    },
    Setting {
        key: "s3_secret",
        default: "",
        unset: "none",
        help: "The key itself (secret access key). It may list, get, put and delete in the bucket, and need not do more.",
        want: "write the secret access key",
        bad_example: "",
        secret: true,
    },
    Setting {
        key: "audit_blocks",
        default: "1000",
        unset: "",
        help: "How many blocks are read and hashed again every night. Lower finds damage later, higher costs reading and, \
               with S3, money.",
        want: "write a number from 0 to 1000000",
        bad_example: "many",
        secret: false,
    },
    Setting {
        key: "log",
        default: "info",
        unset: "",
        help: "Which log lines are written: error, warn, info, debug, or per part: info,vaidya=debug.",
        want: "write a filter such as info or info,vaidya=debug",
        bad_example: "vaidya=loud",
        secret: false,
    },
    Setting {
        key: "log_format",
        default: "text",
        unset: "",
        help: "How log lines are written: text for people, json for machines.",
        want: "write text or json",
        bad_example: "xml",
        secret: false,
    },
    Setting {
        key: "ledger_genesis",
        default: "",
        unset: "none: four validators in this process",
        help: "Genesis file of a ledger whose validators run in processes of their own (`vaidya validator`), at one site or several. The ledger of a data folder stays the one it began with.",
        want: "write the path of a genesis file, as `vaidya ledger genesis` makes it",
        bad_example: "",
        secret: false,
    },
    Setting {
        key: "ledger_listen",
        default: "",
        unset: "the address the genesis has for it",
        help: "Address and port where `vaidya validator` is called by the other validators, when it isn't the one they call (behind NAT, in a container).",
        want: "write an address and a port, such as 0.0.0.0:7600",
        bad_example: "7600",
        secret: false,
    },
    Setting {
        key: "ledger_window",
        default: "6",
        unset: "",
        help: "Seconds that entries for the ledger wait for others, unless they are urgent. Lower makes more and smaller blocks, higher makes receipts wait.",
        want: "write seconds from 0 to 60, such as 6 or 0.5",
        bad_example: "soon",
        secret: false,
    },
    Setting {
        key: "ledger_watts",
        default: "10",
        unset: "",
        help: "Watts that one busy processor core takes: for the estimate of the ledger's energy where the machine doesn't count it.",
        want: "write watts from 0 to 1000, such as 10",
        bad_example: "a lot",
        secret: false,
    },
];

/// The setting of this key in a file.
#[must_use]
pub(super) fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// A value as it may be printed: the password of a URL hidden, and all of a secret that is not one.
pub(super) fn shown(setting: &Setting, value: &str) -> String {
    // A value that is written in the docs is no secret.
    if !setting.secret || value == setting.default {
        return value.to_owned();
    }
    let Some((scheme, rest)) = value.split_once("://") else {
        return if value.starts_with("sqlite:") { value.to_owned() } else { "***".to_owned() };
    };
    let Some((user, host)) = rest.rsplit_once('@') else {
        return value.to_owned();
    };
    let user = user.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}:***@{host}")
}

/// Every setting with its meaning and default, as `--help` ends with.
#[must_use]
pub fn reference() -> String {
    let mut text =
        String::from("Settings (a variable, or its lower-case name without VAIDYA_ in the settings file):\n");
    for setting in &SETTINGS {
        let default = if setting.default.is_empty() { setting.unset } else { setting.default };
        let _never_fails = write!(text, "\n  {}  [{default}]\n      {}\n", setting.variable(), setting.help);
    }
    text.push_str(
        "\n  VAIDYA_CONFIG  [./vaidya.toml if there is one]\n      The settings file (TOML), like --config.\n",
    );
    text
}
