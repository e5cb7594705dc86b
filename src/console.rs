//! What the command says to the person who runs it: the one place that prints.

use std::io::Write as _;

/// Says a line on standard output. A closed pipe is nobody listening, and no error.
pub fn say(line: &str) {
    let _nobody_listens = writeln!(std::io::stdout().lock(), "{line}");
}

/// Says on standard error why something could not be done.
pub fn complain(line: &str) {
    let _nobody_listens = writeln!(std::io::stderr().lock(), "vaidya: {line}");
}
