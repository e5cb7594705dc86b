//! How well a seat is seen and heard: figures of the line in, one of four words out, not too often.

use std::time::Duration;

use crate::time::Timestamp;
use crate::visit::QualityLevel;

/// Shortest time between two words about one seat. Lower unsettles people, higher tells them late.
pub const TELL_EVERY: Duration = Duration::from_secs(5);

/// Share of lost packets from which sound breaks up in spite of forward error correction.
pub const POOR_LOSS: f32 = 0.10;

/// Share of lost packets from which video freezes now and then.
pub const FAIR_LOSS: f32 = 0.03;

/// Round trip from which people talk over each other (ITU-T G.114 calls 400 ms one way unacceptable).
pub const POOR_RTT: Duration = Duration::from_millis(800);

/// Round trip from which a pause is felt (ITU-T G.114: 150–200 ms one way).
pub const FAIR_RTT: Duration = Duration::from_millis(400);

/// How far below a limit the figures must be before the word gets better: three quarters of it.
const BETTER: f32 = 0.75;

/// Samples in a row that must be better before the word is. Lower flickers, higher is slow to cheer up.
const CALM: u8 = 2;

/// Figures of one seat's line over the last few seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Share of the seat's packets that did not arrive, 0–1; none when it sent nothing.
    pub loss_up: Option<f32>,
    /// Share of the packets towards the seat that did not arrive, 0–1, as it reports.
    pub loss_down: Option<f32>,
    /// Round trip.
    pub rtt: Option<Duration>,
    /// Bytes of sound and video that came from the seat.
    pub received: u64,
    /// Whether its microphone or camera is on, so that something should come.
    pub sending: bool,
}

/// The word for a seat's line, with its history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gauge {
    level: QualityLevel,
    told: Option<Timestamp>,
    calm: u8,
}

impl Default for Gauge {
    /// Good until something else is seen.
    fn default() -> Self {
        Self { level: QualityLevel::Good, told: None, calm: 0 }
    }
}

impl Gauge {
    /// The word as it was last told.
    #[must_use]
    pub fn level(&self) -> QualityLevel {
        self.level
    }

    /// Takes figures in; the new word when there is one to tell. Worse is told at once, better after `CALM` samples
    /// that are clearly better, neither more often than [`TELL_EVERY`].
    pub fn read(&mut self, figures: Figures, now: Timestamp) -> Option<QualityLevel> {
        let worst = level(figures, 1.0);
        if worst < self.level {
            self.calm = 0;
            return self.tell(worst, now);
        }
        let best = level(figures, BETTER);
        if best <= self.level {
            self.calm = 0;
            return None;
        }
        self.calm = self.calm.saturating_add(1);
        if self.calm < CALM { None } else { self.tell(best, now) }
    }

    /// The line is known to be gone; `Lost` when that is news.
    pub fn lose(&mut self, now: Timestamp) -> Option<QualityLevel> {
        self.calm = 0;
        if self.level == QualityLevel::Lost { None } else { self.tell(QualityLevel::Lost, now) }
    }

    fn tell(&mut self, level: QualityLevel, now: Timestamp) -> Option<QualityLevel> {
        if self.told.is_some_and(|told| now.since(told) < TELL_EVERY) {
            return None;
        }
        *self = Self { level, told: Some(now), calm: 0 };
        Some(level)
    }
}

/// The word for figures, with every limit scaled by `strict`.
fn level(figures: Figures, strict: f32) -> QualityLevel {
    let loss = figures.loss_up.unwrap_or(0.0).max(figures.loss_down.unwrap_or(0.0));
    let rtt = figures.rtt.unwrap_or_default();
    if figures.received == 0 && (figures.sending || figures.rtt.is_none()) {
        QualityLevel::Lost
    } else if loss >= POOR_LOSS * strict || rtt >= POOR_RTT.mul_f32(strict) {
        QualityLevel::Poor
    } else if loss >= FAIR_LOSS * strict || rtt >= FAIR_RTT.mul_f32(strict) {
        QualityLevel::Fair
    } else {
        QualityLevel::Good
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clear() -> Figures {
        Figures {
            loss_up: Some(0.0),
            loss_down: Some(0.0),
            rtt: Some(Duration::from_millis(40)),
            received: 90_000,
            sending: true,
        }
    }

    fn lossy(loss: f32) -> Figures {
        Figures { loss_up: Some(loss), ..clear() }
    }

    /// What is told of one sample every five seconds.
    fn told(samples: &[Figures]) -> Vec<Option<QualityLevel>> {
        let mut gauge = Gauge::default();
        samples.iter().zip(1..).map(|(figures, turn)| gauge.read(*figures, Timestamp(turn * 5_000))).collect()
    }

    #[test]
    fn a_clear_line_needs_no_words() {
        assert_eq!(told(&[clear(), clear(), clear()]), [None, None, None]);
    }

    #[test]
    fn worse_is_told_at_once() {
        assert_eq!(told(&[lossy(0.05), lossy(0.2)]), [Some(QualityLevel::Fair), Some(QualityLevel::Poor)]);
    }

    #[test]
    fn loss_on_the_way_down_counts_as_much() {
        assert_eq!(told(&[Figures { loss_down: Some(0.2), ..clear() }]), [Some(QualityLevel::Poor)]);
    }

    #[test]
    fn a_long_round_trip_is_felt_without_any_loss() {
        let slow = |millis| Figures { rtt: Some(Duration::from_millis(millis)), ..clear() };
        assert_eq!(told(&[slow(450)]), [Some(QualityLevel::Fair)]);
        assert_eq!(told(&[slow(900)]), [Some(QualityLevel::Poor)]);
    }

    #[test]
    fn better_is_told_after_two_calm_samples() {
        assert_eq!(told(&[lossy(0.2), clear(), clear()]), [Some(QualityLevel::Poor), None, Some(QualityLevel::Good)]);
    }

    #[test]
    fn a_line_at_a_limit_does_not_flicker() {
        let swing = [lossy(0.031), lossy(0.029), lossy(0.031), lossy(0.029), lossy(0.029)];
        assert_eq!(told(&swing), [Some(QualityLevel::Fair), None, None, None, None]);
    }

    #[test]
    fn a_camera_that_should_send_and_does_not_is_lost() {
        assert_eq!(told(&[Figures { received: 0, ..clear() }]), [Some(QualityLevel::Lost)]);
    }

    #[test]
    fn someone_who_switched_everything_off_is_not_lost() {
        assert_eq!(told(&[Figures { received: 0, loss_up: None, sending: false, ..clear() }]), [None]);
        assert_eq!(told(&[Figures::default()]), [Some(QualityLevel::Lost)], "but a line without any sign is");
    }

    #[test]
    fn nothing_is_told_more_often_than_every_five_seconds() {
        let mut gauge = Gauge::default();
        assert_eq!(gauge.read(lossy(0.05), Timestamp(0)), Some(QualityLevel::Fair));
        assert_eq!(gauge.read(lossy(0.5), Timestamp(4_999)), None);
        assert_eq!(gauge.read(lossy(0.5), Timestamp(5_000)), Some(QualityLevel::Poor));
    }

    #[test]
    fn a_line_known_to_be_gone_is_told_once() {
        let mut gauge = Gauge::default();
        assert_eq!(gauge.lose(Timestamp(0)), Some(QualityLevel::Lost));
        assert_eq!(gauge.lose(Timestamp(60_000)), None);
    }
}
