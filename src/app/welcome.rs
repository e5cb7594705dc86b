//! What a starting server says to the person who started it.

use vaidya_media::Worker;

use super::{AppError, demo};
use crate::clock;
use crate::console::say;
use crate::store::Store;
use crate::web::{Pepper, codes, setup};

/// Says where the server is and how to get in.
pub(super) async fn print(
    store: &Store,
    pepper: &Pepper,
    public_url: &str,
    worker: &Worker,
    with_demo: bool,
) -> Result<(), AppError> {
    say(&format!("Vaidya is at {public_url}"));
    let media: Vec<_> = worker.addresses().iter().map(ToString::to_string).collect();
    say(&format!("Sound and pictures: UDP and TCP {}", media.join(", ")));
    if with_demo {
        people();
    } else if store.setup_needed().await? {
        set_up(store, pepper, public_url).await?;
    } else if demo::left_over(store).await? {
        say("Careful: people of an earlier --demo start are in this database, and everyone knows their passwords.");
    }
    Ok(())
}

fn people() {
    say("\nDemo people (user name / password):");
    for person in &demo::PEOPLE {
        let mut what = person.department.map_or_else(|| person.role.as_str().to_owned(), |of| format!("doctor, {of}"));
        what.push_str(match person.place {
            demo::Place::Home => "",
            demo::Place::Second => ", in the second clinic",
            demo::Place::Both => ", in both",
        });
        say(&format!("  {} / {:<13} {} ({what})", person.login, person.password, person.name));
    }
    say("");
}

/// A new code each time: who lost the first start's output starts the server again.
async fn set_up(store: &Store, pepper: &Pepper, public_url: &str) -> Result<(), AppError> {
    let code = codes::draw();
    store.keep_setup_code(pepper.hash(setup::PURPOSE, &codes::read(&code)), clock::now()).await?;
    say(&format!(
        "\nNobody has an account yet. Make the first one here (this link works once):\n  {public_url}/setup/{code}\n"
    ));
    Ok(())
}
