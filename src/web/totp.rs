//! Codes that change every half minute: RFC 6238 with SHA-1, six digits and 30 s, which every authenticator app knows.

use totp_rs::{Algorithm, Builder, Totp};
use vaidya_clinic::time::Timestamp;
use zeroize::Zeroizing;

use crate::clock;

/// Bytes of a secret: as long as the hash (RFC 4226 §4).
pub(super) const SECRET: usize = 20;

/// Seconds of a step.
const STEP: i64 = 30;

/// Digits of a code.
const DIGITS: u8 = 6;

/// Steps a phone's clock may be off. Lower refuses people whose clock is a little off, higher lets an overseen code
/// work for longer.
const NEAR: i64 = 1;

/// Steps within which a clock that is off is recognised as such, and the code still refused: five minutes.
const FAR: i64 = 10;

/// What a code turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// That of this step.
    Right(i64),
    /// That of another time; the clock that made it is about so many minutes off.
    ClockOff(u64),
    /// None of this secret, or one that was used.
    Wrong,
}

/// A new secret.
pub(super) fn draw() -> Zeroizing<[u8; SECRET]> {
    Zeroizing::new(clock::random())
}

/// The secret as people type it, and the address that authenticator apps scan; none for a name no address can hold.
pub(super) fn shown(secret: &[u8; SECRET], login: &str, organisation: &str) -> Option<(String, String)> {
    // A colon would end the name of the organisation in the address.
    let plain = |name: &str| name.replace(':', " ");
    let named = builder(secret).with_account_name(plain(login)).with_issuer(Some(plain(organisation)));
    let totp = named.build().ok()?;
    Some((totp.secret().to_base32(), totp.to_url().ok()?))
}

/// Holds a code against a secret; codes of steps up to `used` don't count any more.
pub(super) fn check(secret: &[u8], code: &str, used: i64, now: Timestamp) -> Checked {
    let Ok(totp) = builder(secret).build() else { return Checked::Wrong };
    let current = now.0.div_euclid(1000).div_euclid(STEP);
    let fits = |off: i64| is_of(&totp, code, current.saturating_add(off));
    // Every step is looked at, whichever fits: the time this takes tells nothing.
    let fitting: Vec<i64> = (-FAR..=FAR).filter(|off| fits(*off)).collect();
    let near = fitting.iter().filter(|off| off.abs() <= NEAR);
    match (near.map(|off| current.saturating_add(*off)).find(|step| *step > used), fitting.first()) {
        (Some(step), _) => Checked::Right(step),
        (None, Some(off)) if off.abs() > NEAR => Checked::ClockOff(off.unsigned_abs().div_ceil(2)),
        _ => Checked::Wrong,
    }
}

fn is_of(totp: &Totp, code: &str, step: i64) -> bool {
    let Ok(seconds) = u64::try_from(step.saturating_mul(STEP)) else { return false };
    totp.check(code, seconds).is_some()
}

fn builder(secret: &[u8]) -> Builder {
    Builder::new().with_algorithm(Algorithm::SHA1).with_digits(DIGITS).with_skew(0).with_secret(secret.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    const RFC: &[u8; SECRET] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(check(RFC, code, 0, at(seconds)), Checked::Right(seconds / 30));
        }
    }

    #[test]
    fn a_clock_may_be_half_a_minute_off_and_is_told_when_it_is_more() {
        let (code, step) = ("005924", 1_234_567_890 / 30);
        let late = |steps: i64| check(RFC, code, 0, at((step + steps) * 30));
        assert_eq!([-1, 0, 1].map(late), [Checked::Right(step); 3]);
        assert_eq!([-2, 2, 6, -6, 10].map(late), [1, 1, 3, 3, 5].map(Checked::ClockOff));
        assert_eq!([-11, 11].map(late), [Checked::Wrong; 2]);
    }

    #[test]
    fn a_step_that_was_used_does_not_count_again() {
        let (code, step) = ("005924", 1_234_567_890 / 30);
        assert_eq!(check(RFC, code, step - 1, at(1_234_567_890)), Checked::Right(step));
        assert_eq!(check(RFC, code, step, at(1_234_567_890)), Checked::Wrong);
        assert_eq!(check(RFC, code, step, at(1_234_567_890 + 30)), Checked::Wrong, "nor half a minute later");
    }

    #[test]
    fn what_is_no_code_is_wrong() {
        for odd in ["", "5924", "0059244", "00592x", "００５９２４", "      "] {
            assert_eq!(check(RFC, odd, 0, at(1_234_567_890)), Checked::Wrong, "{odd}");
        }
        assert_eq!(check(b"short", "005924", 0, at(1_234_567_890)), Checked::Wrong);
    }

    #[test]
    fn an_app_gets_an_address_it_can_read() {
        let (secret, uri) = shown(RFC, "d001", "City: Clinic").unwrap();
        assert_eq!(secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(uri.starts_with("otpauth://totp/City%20%20Clinic:d001?"), "{uri}");
        assert!(uri.contains(&secret) && uri.contains("issuer=City%20%20Clinic"), "{uri}");
    }
}
