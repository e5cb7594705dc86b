//! Settings: one table that names, documents and checks every one; values from a file and from variables.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

mod blocks;
mod keys;
mod ledger;
mod table;
mod transport;

pub use keys::MasterKey;
pub use ledger::Validating;
pub use table::{SETTINGS, Setting, reference};
pub use transport::{Smtp, Tls, Transport};

use crate::gateway::blobs::Where;

/// What every variable of ours begins with.
const PREFIX: &str = "VAIDYA_";

/// Names the file of settings; not itself a setting of that file.
const FILE_VARIABLE: &str = "VAIDYA_CONFIG";

/// The file that is read when none is named and it exists.
const DEFAULT_FILE: &str = "vaidya.toml";

/// Furthest an unknown name may be from a known one to be taken for a slip of it, in edits.
const SLIP: usize = 3;

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// Every setting, checked.
#[derive(Clone)]
pub struct Settings {
    /// Where the web server listens.
    pub http: SocketAddr,
    /// UDP and ICE-TCP port of the media server; 0 takes a free one.
    pub media: u16,
    /// Addresses announced to browsers for media; empty means the machine's own.
    pub public_ip: Vec<IpAddr>,
    /// The data folder.
    pub data: PathBuf,
    /// The database, when it isn't SQLite in the data folder; the URL may hold a password.
    pub database_url: Option<String>,
    /// Redis, when there is one; the URL may hold a password.
    pub redis_url: Option<String>,
    /// The address people open, without a slash at its end; none means localhost and the port listened on.
    pub public_url: Option<String>,
    /// Whether messages to phones are shown in the browser, for development.
    pub sms_in_browser: bool,
    /// The clinic's name, as people read it.
    pub clinic_name: String,
    /// Which log lines are written (a `tracing` filter).
    pub log: String,
    /// How they are written.
    pub log_format: LogFormat,
    /// TLS, proxies and mail.
    pub transport: Transport,
    /// What the private keys of clinics are sealed under; none derives it from the server's own key.
    pub master: Option<MasterKey>,
    /// Where sealed blocks are kept.
    pub blocks: Where,
    /// How many of them are hashed again every night.
    pub audit_blocks: u64,
    /// Where the ledger's validators are.
    pub validating: Validating,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// This file.
    File(PathBuf),
    /// The variable of this setting.
    Variable,
}

/// Values as given, not yet understood.
#[derive(Clone, Debug)]
pub struct Given(BTreeMap<&'static str, (String, Source)>);

/// Why the settings cannot be used; one sentence that names the setting and says what to write.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The named file cannot be read.
    #[error("cannot read the settings file {file}: {why}")]
    Unreadable {
        /// Which file.
        file: String,
        /// What the system says.
        why: String,
    },
    /// The file is not TOML.
    #[error("the settings file {file} is not valid TOML: {why}")]
    NotToml {
        /// Which file.
        file: String,
        /// What the parser says, in one line.
        why: String,
    },
    /// A name that is no setting.
    #[error("unknown setting {name}{hint}; `vaidya check-config` lists every setting")]
    Unknown {
        /// The name as written, with the file when it stood in one.
        name: String,
        /// " (did you mean …?)", or nothing.
        hint: String,
    },
    /// A value that cannot be one of this setting.
    #[error("{name} is {value}, which won't do: {want}")]
    Bad {
        /// The setting, as its variable.
        name: String,
        /// The value, quoted, or hidden when it is a secret.
        value: String,
        /// What to write.
        want: String,
    },
    /// Settings that don't go together; a whole sentence.
    #[error("{0}")]
    Together(String),
}

impl Given {
    /// Reads the file (`--config`, `VAIDYA_CONFIG`, or `./vaidya.toml` when it exists) and the variables, which win.
    ///
    /// # Errors
    /// When the file cannot be read, or anything in it or in the variables is no setting.
    pub fn read(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let variables: BTreeMap<_, _> = variables.into_iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
        let named = file.map(PathBuf::from).or_else(|| variables.get(FILE_VARIABLE).map(PathBuf::from));
        let mut given = Self(BTreeMap::new());
        match named {
            Some(path) => given.take_file(&path)?,
            None if Path::new(DEFAULT_FILE).exists() => given.take_file(Path::new(DEFAULT_FILE))?,
            None => {}
        }
        given.take_variables(variables)?;
        Ok(given)
    }

    /// A setting's value, as written or by default, and where it came from.
    #[must_use]
    pub fn value(&self, setting: &Setting) -> (String, Source) {
        self.0.get(setting.key).cloned().unwrap_or_else(|| (setting.default.to_owned(), Source::Default))
    }

    fn take_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|why| ConfigError::Unreadable { file: file.clone(), why: why.to_string() })?;
        let table: toml::Table = text.parse().map_err(|why: toml::de::Error| ConfigError::NotToml {
            file: file.clone(),
            why: why.message().to_owned(),
        })?;
        for (key, value) in table {
            let setting = table::find(&key).ok_or_else(|| unknown(&format!("{key} in {file}"), &key, ""))?;
            let text = plain(&value).ok_or_else(|| bad(setting, value.type_str()))?;
            self.0.insert(setting.key, (text, Source::File(path.to_owned())));
        }
        Ok(())
    }

    fn take_variables(&mut self, variables: BTreeMap<String, String>) -> Result<(), ConfigError> {
        for (name, value) in variables {
            if name == FILE_VARIABLE {
                continue;
            }
            let key = name.trim_start_matches(PREFIX).to_lowercase();
            let setting = table::find(&key).filter(|setting| setting.variable() == name);
            let setting = setting.ok_or_else(|| unknown(&name, &key, PREFIX))?;
            // Set to nothing is how compose files and unit files say "not set".
            if !value.trim().is_empty() {
                self.0.insert(setting.key, (value.trim().to_owned(), Source::Variable));
            }
        }
        Ok(())
    }

    /// Understands every value.
    ///
    /// # Errors
    /// Names the first setting whose value won't do.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let database = ["sqlite:", "postgres://", "postgresql://"];
        Ok(Settings {
            http: self.parsed("http")?,
            media: self.parsed("media")?,
            public_ip: self.addresses()?,
            data: PathBuf::from(self.text("data")),
            database_url: self.optional("database_url", |url| database.iter().any(|start| url.starts_with(start)))?,
            redis_url: self.optional("redis_url", |url| url.starts_with("redis://"))?,
            public_url: self.optional("public_url", is_origin)?.map(|url| url.trim_end_matches('/').to_owned()),
            sms_in_browser: self.optional("sms", |way| way == "browser")?.is_some(),
            clinic_name: self.checked("clinic_name", self.text("clinic_name"), |name| {
                (1..=80).contains(&name.chars().count()) && !name.chars().any(char::is_control)
            })?,
            log: self
                .checked("log", self.text("log"), |filter| tracing_subscriber::EnvFilter::try_new(filter).is_ok())?,
            log_format: self.log_format()?,
            transport: self.transport()?,
            master: self.master()?,
            blocks: self.blocks()?,
            audit_blocks: self.audit_blocks()?,
            validating: self.validating()?,
        })
    }

    fn text(&self, key: &str) -> String {
        table::find(key).map(|setting| self.value(setting).0).unwrap_or_default()
    }

    fn refused(&self, key: &str) -> ConfigError {
        match table::find(key) {
            Some(setting) => bad(setting, &self.value(setting).0),
            None => unknown(key, key, ""),
        }
    }

    fn parsed<T: std::str::FromStr>(&self, key: &str) -> Result<T, ConfigError> {
        self.text(key).parse().map_err(|_| self.refused(key))
    }

    fn checked(&self, key: &str, value: String, fits: impl Fn(&str) -> bool) -> Result<String, ConfigError> {
        if fits(&value) { Ok(value) } else { Err(self.refused(key)) }
    }

    fn optional(&self, key: &str, fits: impl Fn(&str) -> bool) -> Result<Option<String>, ConfigError> {
        let value = self.text(key);
        if value.is_empty() { Ok(None) } else { self.checked(key, value, fits).map(Some) }
    }

    fn addresses(&self) -> Result<Vec<IpAddr>, ConfigError> {
        self.listed("public_ip").iter().map(|part| part.parse().map_err(|_| self.refused("public_ip"))).collect()
    }

    /// The parts of a value that is a list.
    fn listed(&self, key: &str) -> Vec<String> {
        let text = self.text(key);
        text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    fn log_format(&self) -> Result<LogFormat, ConfigError> {
        match self.text("log_format").as_str() {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err(self.refused("log_format")),
        }
    }
}

/// Each setting on a line: its variable, its value (secrets hidden) and where that came from.
#[must_use]
pub fn listing(given: &Given) -> String {
    let line = |setting: &Setting| {
        let (value, source) = given.value(setting);
        let from = match source {
            Source::Default => "default".to_owned(),
            Source::File(path) => path.display().to_string(),
            Source::Variable => "variable".to_owned(),
        };
        let shown = if value.is_empty() { setting.unset.to_owned() } else { table::shown(setting, &value) };
        format!("{:<20} {:<40} ({from})", setting.variable(), shown)
    };
    SETTINGS.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn bad(setting: &Setting, value: &str) -> ConfigError {
    let value = format!("\"{}\"", table::shown(setting, value));
    ConfigError::Bad { name: setting.variable(), value, want: setting.want.to_owned() }
}

fn unknown(name: &str, key: &str, prefix: &str) -> ConfigError {
    let key = key.to_lowercase();
    let nearest = SETTINGS.iter().min_by_key(|setting| strsim::levenshtein(setting.key, &key));
    let slip = nearest.filter(|setting| strsim::levenshtein(setting.key, &key) <= SLIP);
    let hint = slip.map(|setting| match prefix {
        "" => format!(" (did you mean {}?)", setting.key),
        _ => format!(" (did you mean {}?)", setting.variable()),
    });
    ConfigError::Unknown { name: name.to_owned(), hint: hint.unwrap_or_default() }
}

fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Array(items) => items.iter().map(plain).collect::<Option<Vec<_>>>().map(|all| all.join(",")),
        _ => None,
    }
}

fn is_origin(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.map(|rest| rest.trim_end_matches('/'))
        .is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, &str)]) -> Result<Given, ConfigError> {
        Given::read(None, pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    fn complaint(pairs: &[(&str, &str)]) -> String {
        given(pairs).and_then(|given| given.settings()).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn nothing_set_is_a_working_server_on_localhost() {
        let settings = given(&[]).unwrap().settings().unwrap();
        assert_eq!(settings.http.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.media, 7443);
        assert_eq!(settings.data, Path::new("./data"));
        assert!(settings.database_url.is_none());
    }

    #[test]
    fn a_misspelt_variable_is_refused_and_the_right_name_offered() {
        let said = complaint(&[("VAIDYA_HTPP", "1")]);
        assert!(said.contains("VAIDYA_HTPP") && said.contains("did you mean VAIDYA_HTTP?"), "{said}");
        assert!(!complaint(&[("VAIDYA_SOMETHING_ELSE_ENTIRELY", "1")]).contains("did you mean"));
        assert!(complaint(&[("VAIDYA_http", "127.0.0.1:1")]).contains("VAIDYA_HTTP"));
    }

    #[test]
    fn a_bad_value_names_its_setting_and_says_what_to_write() {
        for setting in SETTINGS.iter().filter(|setting| !setting.bad_example.is_empty()) {
            let said = complaint(&[(&setting.variable(), setting.bad_example)]);
            assert!(said.contains(&setting.variable()) && said.contains(setting.want), "{said}");
            assert!(!setting.secret || !said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn a_file_gives_values_and_a_variable_wins_over_it() {
        let folder = std::env::temp_dir().join(format!("vaidya-config-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("a.toml");
        std::fs::write(&file, "http = \"127.0.0.1:9\"\nmedia = 9\npublic_ip = [\"10.0.0.1\", \"::1\"]\n").unwrap();
        let given = Given::read(Some(&file), [("VAIDYA_MEDIA".to_owned(), "10".to_owned())]).unwrap();
        let settings = given.settings().unwrap();
        assert_eq!((settings.http.port(), settings.media, settings.public_ip.len()), (9, 10, 2));
        assert_eq!(given.value(table::find("http").unwrap()).1, Source::File(file.clone()));
        std::fs::write(&file, "htp = \"x\"\n").unwrap();
        let said = Given::read(Some(&file), []).err().unwrap().to_string();
        assert!(said.contains("htp in") && said.contains("did you mean http?"), "{said}");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_listing_hides_passwords_and_says_where_values_came_from() {
        let given = given(&[("VAIDYA_DATABASE_URL", "postgres://vaidya:hunter2@db/vaidya")]).unwrap();
        let listing = listing(&given);
        assert!(listing.contains("postgres://vaidya:***@db/vaidya") && !listing.contains("hunter2"), "{listing}");
        assert!(listing.contains("(variable)") && listing.contains("(default)"));
        for setting in &SETTINGS {
            assert!(listing.contains(&setting.variable()));
        }
    }
}
