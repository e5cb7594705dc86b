//! Links to a visit and visits planned ahead: from when to when one may come.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::time::Timestamp;
use crate::word::words;

/// How long before its time a planned visit is open. Lower makes the early wait outside, higher leaves rooms open that
/// nobody looks after yet.
pub const EARLY: Duration = Duration::from_secs(30 * 60);

/// How long after the visit's end a link still works on the device that came by it: to read what was said. Lower cuts
/// that short, higher leaves a found telephone a way in.
pub const AFTER_END: Duration = Duration::from_secs(2 * 60 * 60);

/// How long a link waits for its first device, from when it opens. Lower makes people send links again, higher leaves
/// doors ajar of visits that nobody ends.
pub const WAITS: Duration = Duration::from_secs(24 * 60 * 60);

/// How far ahead a visit may be planned. Lower keeps follow-ups out, higher plans what nobody can keep.
pub const AHEAD: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Devices that may come by one link after its first, each at the door with a seat of its own. Lower turns away who
/// changes telephones, higher lets whoever has the code crowd the lobby.
pub const SECOND_DEVICES: u64 = 3;

/// How long a link's code must be in somebody's hands before another is sent. Lower floods a telephone, higher keeps
/// who waits for one waiting.
pub const RESEND: Duration = Duration::from_secs(30);

/// Whom a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkFor {
    /// Family, interpreter, second doctor.
    Guest,
    /// The visit's patient, who then needs no account.
    Patient,
}

words!(LinkFor { Guest = "guest", Patient = "patient" });

/// What is known of a link's times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// When it was made.
    pub made: Timestamp,
    /// For when its visit is planned.
    pub planned: Option<Timestamp>,
    /// When its visit ended.
    pub ended: Option<Timestamp>,
    /// Whether a device came by it.
    pub used: bool,
}

/// Where a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Not yet: from then on.
    TooEarly(Timestamp),
    /// One may come.
    Open,
    /// The visit is over; who came before may still look.
    Ended,
    /// It leads nowhere any more.
    Shut,
}

impl Times {
    /// From when it works: half an hour before the visit's time, or since it was made.
    #[must_use]
    pub fn opens(&self) -> Timestamp {
        opens(self.planned).unwrap_or(self.made).max(self.made)
    }

    /// When it stops working for who did not come by then.
    #[must_use]
    pub fn waits_until(&self) -> Timestamp {
        self.opens().plus(WAITS)
    }

    /// When it stops working, as far as that is known: two hours after the visit's end.
    #[must_use]
    pub fn closes(&self) -> Option<Timestamp> {
        match self.ended {
            Some(ended) => Some(ended.plus(AFTER_END)),
            None => (!self.used).then(|| self.waits_until()),
        }
    }

    /// Where it stands now.
    #[must_use]
    pub fn door(&self, now: Timestamp) -> Door {
        match self.closes() {
            Some(closes) if now >= closes => Door::Shut,
            _ if self.ended.is_some() => Door::Ended,
            _ if now < self.opens() => Door::TooEarly(self.opens()),
            _ => Door::Open,
        }
    }
}

/// From when a planned visit is open; none for one that is open at once.
#[must_use]
pub fn opens(planned: Option<Timestamp>) -> Option<Timestamp> {
    let early = i64::try_from(EARLY.as_millis()).unwrap_or(i64::MAX);
    planned.map(|at| Timestamp(at.0.saturating_sub(early)))
}

/// Whether it is too early for a visit planned for then.
#[must_use]
pub fn too_early(planned: Option<Timestamp>, now: Timestamp) -> bool {
    opens(planned).is_some_and(|opens| now < opens)
}

/// Whether a visit may be planned for then: not in the past, and not beyond [`AHEAD`].
#[must_use]
pub fn may_plan(at: Timestamp, now: Timestamp) -> bool {
    at >= now && at <= now.plus(AHEAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp(1_800_000_000_000);

    fn before(at: Timestamp) -> Timestamp {
        Timestamp(at.0 - 1)
    }

    fn planned() -> Times {
        Times { made: Timestamp(NOON.0 - 86_400_000), planned: Some(NOON), ended: None, used: false }
    }

    #[test]
    fn a_link_opens_half_an_hour_before_its_visit_and_not_a_millisecond_earlier() {
        let opens = Timestamp(NOON.0 - 30 * 60 * 1_000);
        assert_eq!(planned().door(before(opens)), Door::TooEarly(opens));
        assert_eq!(planned().door(opens), Door::Open);
        assert!(too_early(Some(NOON), before(opens)) && !too_early(Some(NOON), opens));
    }

    #[test]
    fn a_link_of_a_visit_without_a_time_is_open_at_once() {
        let link = Times { planned: None, made: NOON, ..planned() };
        assert_eq!(link.door(NOON), Door::Open);
        assert!(!too_early(None, NOON));
    }

    #[test]
    fn a_link_made_during_the_visit_opens_when_it_is_made() {
        let link = Times { made: NOON.plus(EARLY), ..planned() };
        assert_eq!((link.opens(), link.waits_until()), (link.made, link.made.plus(WAITS)));
    }

    #[test]
    fn a_link_shuts_two_hours_after_the_end() {
        let ended = NOON.plus(EARLY);
        for used in [false, true] {
            let link = Times { ended: Some(ended), used, ..planned() };
            assert_eq!(link.door(ended), Door::Ended);
            assert_eq!(link.door(before(ended.plus(AFTER_END))), Door::Ended);
            assert_eq!(link.door(ended.plus(AFTER_END)), Door::Shut);
        }
    }

    #[test]
    fn a_link_waits_a_day_for_its_first_device_and_goes_on_for_it() {
        let last = planned().waits_until();
        assert_eq!(planned().door(before(last)), Door::Open);
        assert_eq!(planned().door(last), Door::Shut);
        assert_eq!(Times { used: true, ..planned() }.door(last), Door::Open, "a long visit goes on");
        assert_eq!(Times { used: true, ..planned() }.closes(), None);
    }

    #[test]
    fn a_visit_is_planned_from_now_to_ninety_days() {
        assert!(may_plan(NOON, NOON) && may_plan(NOON.plus(AHEAD), NOON));
        assert!(!may_plan(before(NOON), NOON));
        assert!(!may_plan(Timestamp(NOON.plus(AHEAD).0 + 1), NOON));
    }

    #[test]
    fn whom_a_link_is_for_is_the_same_word_in_json() {
        for whom in LinkFor::ALL {
            assert_eq!(serde_json::to_value(whom).unwrap(), whom.as_str());
        }
    }
}
