//! One encoded frame, sealed with the header behind the payload: `clear ‖ ciphertext ‖ tag ‖ CTR ‖ config`.

use super::epoch::{EpochSecret, Kind, base_key};
use super::replay::Replay;
use super::sframe::{Keys, header};
use crate::vault::Broken;

/// The config bit that says "counter bytes follow" (RFC 9605 §4.3).
const LONG: u8 = 0x08;
/// Key ids are the epoch's lowest bits: this many epochs can be told apart.
const KIDS: u64 = 8;

/// How the counter of a frame is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As short as RFC 9605 §4.3 allows.
    Whole,
    /// Its lowest byte alone: on the many small frames between key frames.
    Byte,
}

/// The key id of an epoch.
#[must_use]
pub fn kid(epoch: u64) -> u8 {
    u8::try_from(epoch % KIDS).unwrap_or(0)
}

/// The key id that a sealed frame names, to find its key.
#[must_use]
pub fn kid_of(sealed: &[u8]) -> Option<u8> {
    sealed.last().map(|config| config >> 4).filter(|kid| u64::from(*kid) < KIDS)
}

/// How many bytes stay readable for SFUs and packetisers (all of a frame that has fewer), and how the counter is written.
fn shape(kind: Kind, frame: &[u8]) -> Result<(usize, Form), Broken> {
    let first = frame.first().ok_or(Broken::Malformed("frame"))?;
    Ok(match kind {
        Kind::Audio => (1, Form::Whole),
        // RFC 6386 §9.1: the lowest bit of the first byte is 0 on key frames.
        Kind::Video if first & 1 == 0 => (10, Form::Whole),
        Kind::Video => (3, Form::Byte),
    })
}

/// Seals the frames of one kind in one epoch. One counter for all simulcast layers.
pub struct Sealer {
    kind: Kind,
    kid: u8,
    keys: Keys,
    next: u64,
}

impl Sealer {
    /// The sealer of a sender's secret.
    #[must_use]
    pub fn new(kind: Kind, epoch: u64, secret: &EpochSecret) -> Self {
        let kid = kid(epoch);
        let keys = Keys::derive(kind, base_key(secret, kind).expose(), u64::from(kid));
        Self { kind, kid, keys, next: 0 }
    }

    /// The same sealer further on: for vectors and tests that begin at a counter.
    #[must_use]
    pub fn starting_at(self, counter: u64) -> Self {
        Self { next: counter, ..self }
    }

    /// Seals one frame.
    ///
    /// # Errors
    /// [`Broken::Malformed`] for an empty frame: it must not go out.
    pub fn seal(&mut self, frame: &[u8]) -> Result<Vec<u8>, Broken> {
        let (clear, form) = shape(self.kind, frame)?;
        let (clear, payload) = frame.split_at(clear.min(frame.len()));
        let counter = self.next;
        self.next = counter.checked_add(1).ok_or(Broken::TooLarge("counter"))?;
        let head = header(u64::from(self.kid), counter);
        let sealed = self.keys.seal(counter, &[&head, clear].concat(), payload)?;
        Ok([clear, &sealed, &trailer(form, self.kid, counter, &head)].concat())
    }
}

fn trailer(form: Form, kid: u8, counter: u64, head: &[u8]) -> Vec<u8> {
    match (form, head.split_first()) {
        (Form::Whole, Some((config, counter))) => [counter, &[*config]].concat(),
        _ => {
            let [.., low] = counter.to_be_bytes();
            vec![low, kid << 4 | LONG]
        }
    }
}

/// Opens the frames of one sender, kind and epoch.
pub struct Opener {
    kind: Kind,
    kid: u8,
    keys: Keys,
    replay: Replay,
}

impl Opener {
    /// The opener of a sender's secret.
    #[must_use]
    pub fn new(kind: Kind, epoch: u64, secret: &EpochSecret) -> Self {
        let Sealer { kind, kid, keys, .. } = Sealer::new(kind, epoch, secret);
        Self { kind, kid, keys, replay: Replay::default() }
    }

    /// Opens one frame. What fails changes nothing.
    ///
    /// # Errors
    /// [`Broken::Malformed`], [`Broken::Key`] for another epoch's, and [`Broken::Seal`]: also for a frame that was opened
    /// before, so that who sends one again gets no other answer than who invents one.
    pub fn open(&mut self, sealed: &[u8]) -> Result<Vec<u8>, Broken> {
        let (clear, form) = shape(self.kind, sealed)?;
        let (counter, rest) = self.counter(form, sealed)?;
        if !self.replay.fresh(counter) {
            return Err(Broken::Seal);
        }
        let frame = rest.len().checked_sub(self.keys.tag()).ok_or(Broken::Malformed("frame"))?;
        let (clear, body) = rest.split_at(clear.min(frame));
        let head = header(u64::from(self.kid), counter);
        let payload = self.keys.open(counter, &[&head, clear].concat(), body)?;
        self.replay.opened(counter);
        Ok([clear, &payload].concat())
    }

    /// The counter that a frame was sealed with, and the frame without its trailer.
    fn counter<'a>(&self, form: Form, sealed: &'a [u8]) -> Result<(u64, &'a [u8]), Broken> {
        let broken = Broken::Malformed("trailer");
        let (config, rest) = sealed.split_last().ok_or(broken)?;
        if config >> 4 != self.kid {
            return Err(Broken::Key("of another epoch"));
        }
        if config & LONG == 0 {
            return if form == Form::Whole { Ok((u64::from(config & 7), rest)) } else { Err(broken) };
        }
        let length = usize::from(config & 7) + 1;
        let (rest, bytes) = rest.split_at_checked(rest.len().saturating_sub(length)).ok_or(broken)?;
        let written = bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        match (form, bytes) {
            (Form::Byte, [low]) => Ok((self.replay.nearest(*low), rest)),
            (Form::Whole, bytes) if header(0, written).get(1..) == Some(bytes) => Ok((written, rest)),
            _ => Err(broken),
        }
    }
}
