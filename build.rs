//! Rebuilds the server when the web app that it embeds was built anew.

fn main() {
    // Debug builds read the app from disk as it is.
    let embeds = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let built = std::path::Path::new("static/dist").exists();
    let watched = match (embeds, built) {
        (false, _) => "build.rs",
        (true, true) => "static/dist",
        (true, false) => "static",
    };
    println!("cargo::rerun-if-changed={watched}");
}
