//! The command `vaidya`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use vaidya::config::{self, Given, Settings};
use vaidya::{app, console, telemetry};

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
    /// Show every setting and where it came from, and try ports, folder and database
    CheckConfig,
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

fn main() -> ExitCode {
    let command = Command::parse();
    match run(&command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            console::complain(&why);
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<(), String> {
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
    actix_web::rt::System::new().block_on(perform(&command.what, settings)).map_err(|error| error.to_string())
}

async fn perform(what: &What, settings: Settings) -> Result<(), app::AppError> {
    match what {
        What::Serve { demo } => Box::pin(app::serve(settings, *demo)).await,
        What::Registry { what: Registry::Import { file } } => app::registry::import(&settings, file).await,
        What::Migrate => app::migrate(&settings).await,
        What::CheckConfig => app::check::check(&settings).await,
        What::Audit { what: AuditWhat::Verify } => app::audit::verify(&settings).await,
        What::Roles => Ok(()),
    }
}
