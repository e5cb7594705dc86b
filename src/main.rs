//! The command `vaidya`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use vaidya::app::keys;
use vaidya::app::tokens::{self, Deed};
use vaidya::config::{self, Given, Settings};
use vaidya::{app, console, telemetry};
use vaidya_clinic::id::OrgId;

/// A telehealth server: video visits, chat and records in one binary.
#[derive(Parser)]
#[command(version, after_long_help = config::reference(), after_help = "`vaidya --help` lists every setting.")]
struct Command {
    /// The settings file (TOML); ./vaidya.toml is read when it exists
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Run the server until it is told to stop (Ctrl-C or SIGTERM)
    Serve {
        /// Make the demo people, whose passwords everyone knows
        #[arg(long)]
        demo: bool,
    },
    /// Bring the database up to date, and stop
    Migrate,
    /// Make, list or revoke the tokens of other programs
    Token {
        /// Of which organisation, by its id; the one that runs the server when it is not said
        #[arg(long, global = true)]
        org: Option<uuid::Uuid>,
        #[command(subcommand)]
        deed: Token,
    },
    /// Renew the keys of clinics, or see how they stand
    Keys {
        /// Of which organisation, by its id
        #[arg(long, global = true)]
        org: Option<uuid::Uuid>,
        #[command(subcommand)]
        deed: Keys,
    },
    /// Look at the audit
    Audit {
        #[command(subcommand)]
        what: AuditWhat,
    },
    /// Print what each role may do, as docs/roles.md has it
    Roles,
    /// Registers of medical councils
    Registry {
        #[command(subcommand)]
        what: Registry,
    },
    /// Sealed blocks: copies of them, and whether they are whole
    Blocks {
        #[command(subcommand)]
        what: BlocksWhat,
    },
    /// The ledger: what a proof proves, and how one of several sites begins
    Ledger {
        #[command(subcommand)]
        what: LedgerWhat,
    },
    /// Run one validator of a ledger with several sites, until it is told to stop
    Validator {
        /// Only show the public keys of this data folder, which a genesis needs
        #[arg(long)]
        keys: bool,
        /// The number of a validator that isn't in the genesis, but was added later
        #[arg(long, value_name = "NUMBER")]
        added: Option<u8>,
    },
    /// Show every setting and where it came from, and try ports, folder and database
    CheckConfig,
}

#[derive(Subcommand)]
enum Token {
    /// Make a token and show it, this once
    Create {
        /// What may be done with it; may be given several times
        #[arg(long = "scope", required = true)]
        scopes: Vec<String>,
        /// What it is for
        #[arg(long)]
        name: String,
        /// For how many days, at most 365
        #[arg(long, default_value_t = 90)]
        days: u64,
    },
    /// Show every token, without its secret
    List,
    /// Revoke a token, by its id
    Revoke {
        /// Which
        id: uuid::Uuid,
    },
}

impl From<Token> for Deed {
    fn from(token: Token) -> Self {
        match token {
            Token::Create { scopes, name, days } => Self::Create { name, scopes, days },
            Token::List => Self::List,
            Token::Revoke { id } => Self::Revoke(id),
        }
    }
}

#[derive(Subcommand)]
enum Keys {
    /// Let a new key follow; what is held is wrapped for it by the running server
    Rotate,
    /// Show every key, how it stands and whether it can be used
    List,
    /// After the master key was changed: seal the private halves under the new one, which the settings name
    Reseal {
        /// The file with the former master key
        #[arg(long, value_name = "FILE")]
        former: PathBuf,
    },
}

#[derive(Subcommand)]
enum AuditWhat {
    /// Check that every entry is as it was written and none is missing; fails when not
    Verify,
}

#[derive(Subcommand)]
enum Registry {
    /// Take over a register as CSV; doctors it suspends, or that are gone from it, are suspended
    Import {
        /// council,number,name,qualification,valid_until[,standing]
        file: PathBuf,
    },
}

#[derive(Subcommand)]
enum BlocksWhat {
    /// Write blocks into a file (CAR v1): sealed as they are, for a backup or another server
    Export {
        /// The file to make
        file: PathBuf,
        /// Only those of this record
        #[arg(long, value_name = "ID")]
        record: Option<uuid::Uuid>,
    },
    /// Take blocks in from a file (CAR v1); what is not what its name says is refused, what was damaged is mended
    Import {
        /// The file
        file: PathBuf,
    },
    /// Remove what no row has named for two days, as every night, however much it is; the server must not run
    Sweep,
    /// Read blocks and hash them again, as every night; fails when one is missing or damaged
    Audit {
        /// All of them instead of VAIDYA_AUDIT_BLOCKS
        #[arg(long)]
        all: bool,
    },
}

#[derive(Subcommand)]
enum LedgerWhat {
    /// Say what a proof file proves; fails when it proves nothing. Needs no server and no network
    Verify {
        /// The proof file (.tlog-proof)
        file: PathBuf,
        /// Whose signatures to believe (C2SP tlog-policy, as GET /ledger/policy gives it); else those of VAIDYA_DATA
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
    },
    /// Write how a ledger of several sites begins: a file that every validator and node is given
    Genesis {
        /// The file to make
        file: PathBuf,
        /// The log's name, such as clinic.example/log
        #[arg(long)]
        origin: String,
        /// The log's public key, in hexadecimal
        #[arg(long, value_name = "KEY")]
        log: String,
        /// The public key of a node that hands entries in; may be given several times
        #[arg(long = "submitter", value_name = "KEY", required = true)]
        submitters: Vec<String>,
        /// A validator; given 4 to 16 times
        #[arg(long = "validator", value_name = "NAME,HOST:PORT,KEY", required = true)]
        validators: Vec<String>,
    },
}

impl From<LedgerWhat> for app::ledger::Deed {
    fn from(what: LedgerWhat) -> Self {
        match what {
            LedgerWhat::Verify { file, policy } => Self::Verify(file, policy),
            LedgerWhat::Genesis { file, origin, log, submitters, validators } => {
                Self::Genesis(app::ledger::Founding { file, origin, log, submitters, validators })
            }
        }
    }
}

impl From<BlocksWhat> for app::blocks::Deed {
    fn from(what: BlocksWhat) -> Self {
        match what {
            BlocksWhat::Export { file, record } => Self::Export(file, record),
            BlocksWhat::Import { file } => Self::Import(file),
            BlocksWhat::Sweep => Self::Sweep,
            BlocksWhat::Audit { all } => Self::Audit { all },
        }
    }
}

fn main() -> ExitCode {
    let command = Command::parse();
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            console::complain(&why);
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), String> {
    if matches!(command.what, What::Roles) {
        console::say(vaidya::web::roles::table().trim_end());
        return Ok(());
    }
    // One provider of cryptography for every TLS connection (PostgreSQL's). A second start would only fail to replace it.
    let _there_already = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let given = Given::read(command.config.as_deref(), variables).map_err(|error| error.to_string())?;
    if matches!(command.what, What::CheckConfig) {
        console::say(&config::listing(&given));
        console::say("");
    }
    let settings = given.settings().map_err(|error| error.to_string())?;
    telemetry::log(&settings.log, settings.log_format);
    actix_web::rt::System::new().block_on(perform(command.what, settings)).map_err(|error| error.to_string())
}

async fn perform(what: What, settings: Settings) -> Result<(), app::AppError> {
    match what {
        What::Serve { demo } => Box::pin(app::serve(settings, demo)).await,
        What::Registry { what: Registry::Import { file } } => app::registry::import(&settings, &file).await,
        What::Migrate => app::migrate(&settings).await,
        What::Validator { keys: true, .. } => app::validators::show_keys(&settings),
        What::Validator { keys: false, added } => app::validators::run(&settings, added).await,
        What::Token { org, deed } => tokens::run(&settings, org.map_or(OrgId::HOME, OrgId), deed.into()).await,
        What::Keys { org, deed } => {
            let deed = match deed {
                Keys::Rotate => keys::Deed::Rotate,
                Keys::List => keys::Deed::List,
                Keys::Reseal { former } => keys::Deed::Reseal(former),
            };
            keys::run(&settings, org.map(OrgId), deed).await
        }
        What::CheckConfig => app::check::check(&settings).await,
        What::Audit { what: AuditWhat::Verify } => app::audit::verify(&settings).await,
        What::Ledger { what } => app::ledger::run(&settings, what.into()),
        What::Blocks { what } => app::blocks::run(&settings, what.into()).await,
        What::Roles => Ok(()),
    }
}
