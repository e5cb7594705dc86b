//! An authenticator app: keeps the secret of a second factor and tells its codes.
#![expect(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

use crate::browser::{Answer, Browser};

/// Seconds of a step.
const STEP: u64 = 30;

/// What someone has on their phone and in their drawer.
pub(crate) struct Authenticator {
    totp: Totp,
    used: u64,
    pub(crate) recovery: Vec<String>,
}

impl Authenticator {
    /// Begins to enrol: the secret is in the app, and nothing is confirmed.
    pub(crate) fn begun(browser: &mut Browser) -> Self {
        let begun = browser.post("/me/totp", &Value::Null);
        assert_eq!(begun.status, 201, "{}", begun.body);
        let secret = begun.json()["secret"].as_str().unwrap().to_owned();
        assert!(begun.json()["uri"].as_str().unwrap().contains(&secret));
        let secret = Secret::try_from_base32(secret).expect("base 32");
        let totp = Builder::new().with_skew(0).with_secret(secret).build().expect("a secret of 160 bits");
        Self { totp, used: 0, recovery: Vec::new() }
    }

    /// Enrols.
    pub(crate) fn enrolled(browser: &mut Browser) -> Self {
        let mut phone = Self::begun(browser);
        let answer = phone.confirm(browser);
        assert_eq!(answer.status, 200, "{}", answer.body);
        phone
    }

    /// Sends the first code, and keeps the recovery codes that come for it.
    pub(crate) fn confirm(&mut self, browser: &mut Browser) -> Answer {
        let answer = browser.post("/me/totp/confirm", &json!({"code": self.next()}));
        if let Some(codes) = answer.json()["recovery"].as_array() {
            self.recovery = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
        }
        answer
    }

    /// A code that was not told before: of this step, then of the next one, which counts as well. There is no third
    /// before half a minute is over.
    pub(crate) fn next(&mut self) -> String {
        let step = (now() / STEP).max(self.used + 1);
        assert!(step <= now() / STEP + 1, "both codes that count now were used");
        self.used = step;
        self.totp.generate(step * STEP).to_string()
    }

    /// The code of so many steps from now.
    pub(crate) fn code(&self, steps: i64) -> String {
        let at = now().checked_add_signed(steps * i64::try_from(STEP).unwrap()).unwrap();
        self.totp.generate(at).to_string()
    }
}

fn now() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the server's clock is this machine's too")]
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
