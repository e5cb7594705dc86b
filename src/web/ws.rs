//! The socket: a bounded bridge between one browser and the actors.

use std::time::Duration;

use actix_web::web::{Data, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, ProtocolError, Session};
use futures_util::FutureExt as _;
use serde::Deserialize;
use vaidya_actors::outlet::{Closed, Frame, Frames, Outlet};
use vaidya_clinic::wire::{ClientMessage, MAX_FRAME, PROTOCOL, RefusalCode, ServerMessage};

use super::House;
use super::guard::same_origin;
use super::principal::Caller;
use super::sockets::{Place, Word};
use crate::clock;
use crate::error::Problem;

mod desk;
mod pace;
mod presence;

use desk::Desk;
use pace::Pace;

/// Silence after which a browser is given up; it pings every 10 s.
const SILENCE: Duration = Duration::from_secs(25);

/// Longest wait for a browser to take a frame. Lower drops thin links, higher keeps dead ones.
const STALL: Duration = Duration::from_secs(15);

/// What a browser may say of itself when it opens the socket.
#[derive(Deserialize)]
pub(super) struct Opening {
    protocol: Option<u32>,
}

/// Why a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The browser closed it, or is gone.
    Gone,
    /// Nothing came for [`SILENCE`].
    Silent,
    /// A frame was longer than [`MAX_FRAME`].
    TooBig,
    /// What came was not WebSocket.
    Broken,
    /// The browser reads too slowly.
    Slow,
    /// Its session ended.
    SignedOut,
    /// The server is going down.
    GoingDown,
    /// It speaks another protocol.
    OtherProtocol,
}

impl Ending {
    fn code(self) -> CloseCode {
        match self {
            Self::Gone => CloseCode::Normal,
            Self::Silent | Self::GoingDown => CloseCode::Away,
            Self::TooBig => CloseCode::Size,
            Self::Broken => CloseCode::Protocol,
            Self::Slow => CloseCode::Again,
            Self::SignedOut => CloseCode::Other(4401),
            Self::OtherProtocol => CloseCode::Other(4400),
        }
    }
}

/// `GET /ws`
pub(super) async fn open(
    request: HttpRequest,
    body: Payload,
    house: Data<House>,
    caller: Caller,
    opening: Query<Opening>,
) -> Result<HttpResponse, actix_web::Error> {
    if !same_origin(&request, &house.public_url) {
        return Err(Problem::cross_site().into());
    }
    // Behind a lock a socket hears nothing and does nothing, but for going on with a call.
    let locked = caller.is_locked();
    if !caller.anybody() && !locked {
        return Err(caller.missing().into());
    }
    let desk = Desk::new(house.clone(), caller, locked);
    let place = house.sockets.enter(desk.tokens(), desk.guest(), desk.device()).ok_or_else(Problem::busy)?;
    let (answer, session, stream) = actix_ws::handle(&request, body)?;
    let stream = stream.max_frame_size(MAX_FRAME).aggregate_continuations().max_continuation_size(MAX_FRAME);
    let same = opening.protocol.is_none_or(|protocol| protocol == PROTOCOL);
    actix_web::rt::spawn(live(house, session, stream, desk, place, same));
    Ok(answer)
}

/// The whole life of a socket.
async fn live(
    house: Data<House>,
    session: Session,
    stream: AggregatedMessageStream,
    mut desk: Desk,
    mut place: Place,
    same_protocol: bool,
) {
    let (outlet, mut frames) = Outlet::open();
    let ending = if same_protocol {
        welcome(&house, &outlet);
        desk.attach(&outlet).await;
        tokio::select! {
            biased;
            ending = told(&mut place) => ending,
            ending = write(session.clone(), &mut frames) => ending,
            ending = read(stream, &mut desk, &outlet) => ending,
        }
    } else {
        Ending::OtherProtocol
    };
    if ending == Ending::SignedOut {
        last_words(session.clone(), &mut frames).await;
    }
    let reason = CloseReason { code: ending.code(), description: None };
    let _already_gone = tokio::time::timeout(STALL, session.close(Some(reason))).await;
    desk.detach().await;
    tracing::debug!(device = %desk.device().loggable(), ?ending, "socket closed");
}

fn welcome(house: &House, outlet: &Outlet) {
    let welcome = ServerMessage::Welcome { protocol: PROTOCOL, now: (house.clock)(), run: house.run.clone() };
    // The outlet is new and empty.
    let _fits = outlet.tell(&Frame::of(&welcome));
}

/// Waits for the word that the socket is to end.
async fn told(place: &mut Place) -> Ending {
    match place.word.wait_for(|word| *word != Word::Stay).await.as_deref() {
        Ok(Word::SignedOut) => Ending::SignedOut,
        _ => Ending::GoingDown,
    }
}

/// Passes frames to the browser, until it does not take them or nobody has any for it.
async fn write(mut session: Session, frames: &mut Frames) -> Ending {
    while let Some(frame) = frames.recv().await {
        match tokio::time::timeout(STALL, session.text(String::from(&*frame.0))).await {
            Ok(Ok(())) => {}
            Ok(Err(_closed)) => return Ending::Gone,
            Err(_too_long) => return Ending::Slow,
        }
    }
    match frames.closed() {
        Closed::Slow | Closed::Crowded => Ending::Slow,
        Closed::Gone => Ending::GoingDown,
    }
}

/// What was said to a browser before its session ended still reaches it: that it was removed, and from where.
async fn last_words(mut session: Session, frames: &mut Frames) {
    while let Some(Some(frame)) = frames.recv().now_or_never() {
        let sent = tokio::time::timeout(STALL, session.text(String::from(&*frame.0))).await;
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
}

/// Reads what the browser says, at most as fast as [`Pace`] allows, one thing after the other.
async fn read(mut stream: AggregatedMessageStream, desk: &mut Desk, outlet: &Outlet) -> Ending {
    let mut pace = Pace::new(clock::instant());
    loop {
        let Ok(heard) = tokio::time::timeout(SILENCE, stream.recv()).await else { return Ending::Silent };
        tokio::time::sleep(pace.next(clock::instant())).await;
        match heard {
            Some(Ok(AggregatedMessage::Text(text))) => hear(&text, desk, outlet).await,
            Some(Ok(AggregatedMessage::Binary(_))) => unreadable(outlet),
            Some(Ok(AggregatedMessage::Ping(_) | AggregatedMessage::Pong(_))) => {}
            Some(Ok(AggregatedMessage::Close(_))) | None => return Ending::Gone,
            Some(Err(ProtocolError::Overflow)) => return Ending::TooBig,
            Some(Err(ProtocolError::Io(error))) if error.kind() != std::io::ErrorKind::InvalidData => {
                return Ending::Gone;
            }
            Some(Err(_)) => return Ending::Broken,
        }
    }
}

async fn hear(text: &str, desk: &mut Desk, outlet: &Outlet) {
    match serde_json::from_str::<ClientMessage>(text) {
        Ok(message) => desk.hear(message, outlet).await,
        Err(_) => unreadable(outlet),
    }
}

fn unreadable(outlet: &Outlet) {
    refuse(outlet, None, RefusalCode::BadMessage, "This message could not be read. Reload the page.");
}

/// Tells the browser that nothing was done. A full outlet ends the socket by itself.
fn refuse(outlet: &Outlet, re: Option<u32>, code: RefusalCode, detail: &str) {
    let refused = ServerMessage::Refused { re, code, detail: detail.to_owned() };
    let _or_slow = outlet.tell(&Frame::of(&refused));
}
