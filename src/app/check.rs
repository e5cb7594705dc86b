//! `vaidya check-config`: every setting, and whether the server could start with them.

use std::net::{TcpListener, UdpSocket};

use super::{AppError, Folder, announced, listen, other};
use crate::config::Settings;
use crate::console::say;
use crate::store::Store;
use crate::web::limit::{Limiter, connect};

/// Tries everything `serve` needs, says how each went, and changes nothing but making the data folder.
///
/// # Errors
/// The first thing that cannot be had.
pub async fn check(settings: &Settings) -> Result<(), AppError> {
    let tried: [(&str, Result<String, AppError>); 8] = [
        ("data folder", Folder::open(&settings.data).map(|_| "writable, and free".to_owned()).map_err(AppError::from)),
        ("web port", listen(settings.http).map(|_| "free".to_owned())),
        ("TLS", tls(settings)),
        ("media port", media(settings)),
        ("database", database(settings).await),
        ("Redis", redis(settings).await),
        ("mail", mail(settings)),
        ("blocks", super::blocks::check(settings).await),
    ];
    let mut first = Ok(());
    for (what, went) in tried {
        match went {
            Ok(well) => say(&format!("{what}: {well}")),
            Err(problem) => {
                say(&format!("{what}: {problem}"));
                first = first.and(Err(problem));
            }
        }
    }
    first
}

fn media(settings: &Settings) -> Result<String, AppError> {
    let addresses = announced(settings)?;
    for address in &addresses {
        let place = (*address, settings.media);
        let taken = |transport: &str, why: std::io::Error| {
            other(format!(
                "{transport} port {} on {address} can't be used ({why}); set VAIDYA_MEDIA or VAIDYA_PUBLIC_IP",
                settings.media
            ))
        };
        UdpSocket::bind(place).map_err(|why| taken("UDP", why))?;
        TcpListener::bind(place).map_err(|why| taken("TCP", why))?;
    }
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    Ok(format!("free on {}", addresses.join(", ")))
}

fn tls(settings: &Settings) -> Result<String, AppError> {
    let serves = super::tls::serving(settings)?.map(|_| super::tls::public_url(settings, settings.http.port()));
    Ok(serves.map_or_else(|| "not served; a proxy may do that".to_owned(), |url| format!("1.3, at {url}")))
}

fn mail(settings: &Settings) -> Result<String, AppError> {
    Ok(super::mail(settings)?.map_or("not sent", |_| "settings are usable; the server was not asked").to_owned())
}

async fn database(settings: &Settings) -> Result<String, AppError> {
    let store = Store::open(settings.database_url.as_deref(), &settings.data).await?;
    let pending = store.pending().await?;
    store.close().await;
    Ok(match pending.len() {
        0 => "up to date".to_owned(),
        count => format!("usable; {count} migrations to apply, which `serve` does"),
    })
}

async fn redis(settings: &Settings) -> Result<String, AppError> {
    let Some(url) = &settings.redis_url else { return Ok("not used".to_owned()) };
    let answers = Limiter::new(Some(connect(url)?)).redis_answers().await;
    if answers { Ok("answers".to_owned()) } else { Err(other("does not answer at VAIDYA_REDIS_URL")) }
}
