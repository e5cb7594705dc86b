//! Energy that was used: what the machine's own counter says (Intel RAPL), else processor seconds times what a busy core takes.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The counter of the first processor package, in microjoules.
const RAPL: &str = "/sys/class/powercap/intel-rapl:0/energy_uj";

/// Where it begins anew.
const RAPL_TOP: &str = "/sys/class/powercap/intel-rapl:0/max_energy_range_uj";

/// Processor time of this process, among other things.
const STAT: &str = "/proc/self/stat";

/// Ticks a second in that file: what Linux shows to programs on every machine (`USER_HZ`).
const TICKS: f64 = 100.0;

/// What was used since the meter was made, and how that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Joules; none when nothing tells.
    pub joules: Option<f64>,
    /// `rapl`: the whole machine's. `cpu`: this process'. `none`.
    pub method: &'static str,
    /// Watts of a busy core, as configured, when the method is `cpu`.
    pub watts: Option<f64>,
}

/// A meter.
#[derive(Clone)]
pub struct Meter {
    watts: f64,
    counted: Option<Arc<Mutex<Counted>>>,
    began: f64,
}

/// The counter goes round: it is read more often than it does.
struct Counted {
    last: f64,
    top: f64,
    sum: f64,
}

impl Meter {
    /// From now on; `watts` is what one busy core takes.
    #[must_use]
    pub fn new(watts: f64) -> Self {
        let counted = number(RAPL).zip(number(RAPL_TOP)).map(|(last, top)| Counted { last, top, sum: 0.0 });
        let counted = counted.map(|counted| Arc::new(Mutex::new(counted)));
        Self { watts, counted, began: seconds().unwrap_or(0.0) }
    }

    /// What was used so far.
    #[must_use]
    pub fn read(&self) -> Reading {
        if let Some(joules) = self.counted.as_ref().and_then(|counted| count(counted)) {
            return Reading { joules: Some(joules), method: "rapl", watts: None };
        }
        match seconds() {
            Some(now) => {
                let joules = (now - self.began).max(0.0) * self.watts;
                Reading { joules: Some(joules), method: "cpu", watts: Some(self.watts) }
            }
            None => Reading { joules: None, method: "none", watts: None },
        }
    }
}

fn count(counted: &Mutex<Counted>) -> Option<f64> {
    let now = number(RAPL)?;
    let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
    let more = if now >= counted.last { now - counted.last } else { now + counted.top - counted.last };
    (counted.last, counted.sum) = (now, counted.sum + more);
    Some(counted.sum / 1_000_000.0)
}

fn number(file: &str) -> Option<f64> {
    std::fs::read_to_string(Path::new(file)).ok()?.trim().parse().ok()
}

/// Processor seconds of this process, of its own and in the kernel: fields 14 and 15, counted after the name, which may hold anything.
fn seconds() -> Option<f64> {
    let stat = std::fs::read_to_string(STAT).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_uses_energy_and_the_method_is_said() {
        let meter = Meter { watts: 10.0, counted: None, began: 0.0 };
        let reading = meter.read();
        assert_eq!((reading.method, reading.watts), ("cpu", Some(10.0)));
        assert!(reading.joules.is_some_and(|joules| joules >= 0.0));
        let used = seconds().unwrap();
        assert!((0.0..1e6).contains(&used), "{used}");
    }
}
