//! The command `vaidya`.

fn main() {}
