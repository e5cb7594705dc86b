### Texts of the clinic's log (proofs, keys on it, the administrator's page), fetched with their pages.

## Prove it
prove-title = Prove it
prove-checking = Checking it in this browser…
prove-record = Proven. This record is on the clinic’s log since { $time }, and not a byte of it was changed since.
prove-consent = Proven. This consent is on the clinic’s log since { $time }, as it is shown: to whom, for what and until when.
prove-registration = Proven. What is shown of this doctor’s registration is on the clinic’s log since { $time }.
prove-access = Proven. The clinic’s list of who looked has this entry since { $time }: its fingerprint can’t be changed or left out any more without being seen.
prove-signed = { $have } of { $all } validators signed that; { $need } must.
prove-what = What this proves, and what not
prove-does = Whoever changes or backdates this later, the clinic too, can be shown to have done so: the file you save fits only what is there now.
prove-does-not = It does not prove that what is written is right, nor who sat at the keyboard of whoever signed.
prove-words-hidden = The log holds no words, no names and no health facts: only a number that nobody can turn back.
prove-waiting = This is not on the log yet. That takes { $seconds } seconds at most as a rule; nothing is lost meanwhile.
prove-again = Look again
prove-no-log = This clinic keeps no log, so there is nothing to prove it with.
prove-save = Save the proof
prove-save-record = Save the sealed record
prove-save-keys = Save the keys to check with
prove-save-checker = Save the checker
prove-save-hint = Keep them where the clinic can’t reach them. The checker is a page that opens without the clinic and without the internet; it checks the proof and the sealed record. Other programs can, too: they want the keys.
prove-check = Check saved files
prove-details = In numbers
prove-log = Log
prove-entry = Entry
prove-entry-of = { $number } of { $count }
prove-batch = Batch
prove-root = Root of the log
prove-fingerprint = Fingerprint of the sealed record (SHA-256)
prove-validators = Validators that signed

## Who runs the validators
trust-one-process = All { $count } validators run in one program of { $names }. That guards against a disk that fails and against changes that nobody would notice. It does not guard against { $names }: only what people save and keep does.
trust-processes = All { $count } validators are run by { $names }, as programs of their own. That guards against failing machines and unnoticed changes. It does not guard against { $names }: only what people save and keep does.
trust-sites = The { $count } validators are run by { $names }. More than { $faulty } of them would have to lie together.

## Why something is not proven
unproven-title = Not proven
unproven-not-a-proof = This file is not a proof.
unproven-damaged = The proof is damaged: a part of it can’t be read.
unproven-bad-policy = The keys to check with can’t be read.
unproven-other-log = The proof is of another log than the one this browser knows. Did the clinic move, or is this another clinic’s?
unproven-log-signature = The log’s own signature is missing or wrong: the proof was changed, or is not of this log.
unproven-validator-signature = A validator’s signature is wrong: the proof was changed.
unproven-too-few = Only { $have } validators signed, and { $need } must.
unproven-not-in-log = What the proof shows is not in the log that was signed.
unproven-no-entry = The proof shows that something is in the log, but not what.
unproven-void = It is in the log, but the validators did not let it stand: it has no force.
unproven-other-thing = The proof is about something else than what is shown.
unproven-changed = What is shown is not what the log holds: one of the two was changed.
unproven-gone = The server had a log and says now that it has none.
unproven-forked = The log was changed behind what this browser saw of it before.
unproven-other-key = The log holds other keys for this person than the server shows.
unproven-not-newest = The proof is older than what this browser saw already.
unproven-what-to-do = Nothing was changed by looking. Save the proof as it is, and ask the clinic, or somebody you trust, to look at it.

## Checking saved files
verify-title = Check a proof
verify-why = Choose a proof that you saved, and the sealed record with it if you have it. It is checked on this device: nothing is sent anywhere, and once this page is open it works without the internet.
verify-choose = Choose the files
verify-choose-hint = The proof ends in .tlog-proof, the sealed record in .jwe.json, the keys to check with in .txt
verify-clear = Start again
verify-with-server = Checked with the keys of { $name }, as this page has them.
verify-with-file = Checked with the keys from the file you chose.
verify-no-keys = There are no keys to check with: choose the file with them, too.
verify-unknown = This is nothing that can be checked here: { $name }
verify-large = This file is too large: { $name }
verify-record = Proven. The log of { $name } has a record ({ $what }) since { $time }, and it was not changed since.
verify-record-fits = The sealed record you chose is that record, byte for byte.
verify-record-missing = Choose the sealed record too, and this page says whether it is the same one.
verify-consent = Proven. The log of { $name } has a consent since { $time }, and it was not changed since.
verify-credential = Proven. The log of { $name } has a doctor’s registration since { $time }, and it was not changed since.
verify-room = Proven. The log of { $name } has a visit since { $time }, and it was not changed since.
verify-clinic = Proven. The log of { $name } has an access to records since { $time }, and it was not changed since.
verify-said = What was written there
verify-version = { $what }, version { $number }

## One's own keys
own-fine = The clinic’s log has this device’s key as yours, and no key in your name that is not yours. This browser checked that itself.
own-waiting = This device’s key is on its way to the clinic’s log.
own-missing = The clinic’s log does not have the key of this device for you. Others may refuse to seal anything to it. Tell the clinic if this stays.
own-stranger = The clinic’s log has a key in your name that is none of yours. Whoever has it could be taken for you. Look through your devices, and tell the clinic.
own-keys = Look through your devices
own-broken-title = The clinic’s log does not fit what this browser knows of it
own-broken = Until this is explained, nothing is sealed to a key that the log should vouch for, and calls may not start. What you wrote is safe. Ask the clinic, at the desk or by telephone.
own-anew = The clinic began a new log
own-anew-yes = Believe the new log
own-anew-sure = Do this only when the clinic told you, in person or by telephone, that it began a new log. This browser forgets what it saw of the old one.

## The doctor at the door
doctor-proven = Registration verified, with proof
doctor-not-proven = What is shown of { $name }’s registration could not be proven. Ask the clinic before you go on.

## The administrator's page
log-none = No log is kept here
log-operator = The operator watches over the log
log-operator-hint = Several places share it. What is on it about you can be proven on every record, consent and access.
log-none-hint = Without one nobody can prove later that records, consents and keys were not changed. The operator starts it with the server.
log-fine = The log works: all { $all } validators vote, and nothing waits longer than it should.
log-degraded = The log works, but only { $have } of { $all } validators vote.
log-slow = Entries wait since { $time }. Nothing is lost: they are committed as soon as the validators go on.
log-lied = { $count ->
    [one] A validator signed two things that can’t both be true. The proof is kept. The log goes on without believing it.
   *[other] Validators signed things that can’t both be true, { $count } times. The proofs are kept. The log goes on without believing them.
  }
log-no-quorum = The log stands still: { $have } validators vote, and { $need } must. Nothing is lost: entries wait until enough are back.
log-stopped = The log does not run. Entries wait; nothing is lost. Look into the server’s own log for why.
log-flush = Flush now
log-flush-hint = Commits what waits, without waiting for the batch.
log-flushed = { $count ->
    [0] Nothing waited.
    [one] One entry is committed.
   *[other] { $count } entries are committed.
  }
log-span = Plots over
log-minutes = { $minutes ->
    [15] 15 minutes
    [60] 1 hour
    [360] 6 hours
   *[1440] 1 day
  }
log-validators = Validators
validator-name = Name
validator-state = State
validator-batch = Batch
validator-heard = Last heard
validator-primary = leads now
validator-never = not yet
validator-voting = Votes
validator-behind = Catches up
validator-waiting = Waits to be trusted again
validator-silent = Silent
log-refused = { $count ->
    [one] One entry did not come to stand
   *[other] { $count } entries did not come to stand
  }
log-refused-why = They are on the log as void, with the reason. Some were right to be refused: a consent used after its end, for example.
log-void = Entries that did not come to stand
log-void-cause = Reason
log-void-count = How many
figure-none = –
figure-nothing-yet = Nothing is committed yet
figure-tps = Entries a second
figure-tps-minute = { $number } over the last minute
figure-consensus = Agreement takes
figure-total = From writing to the log
figure-p99 = 99 of 100 within { $time }
figure-success = Came to stand
figure-committed = { $count ->
    [one] 1 entry since the start
   *[other] { $count } entries since the start
  }
figure-views = Changes of who leads
figure-view = View { $number }
figure-queue = Entries that wait
figure-outbox = { $count ->
    [one] 1 more on its way to the log
   *[other] { $count } more on their way to the log
  }
figure-stable = Newest signed head
figure-size = { $count ->
    [one] of 1 entry, that long ago
   *[other] of { $count } entries, that long ago
  }
figure-energy = Energy (estimate)
energy-joules = { $number } J
energy-each = { $number } J an entry.
energy-rapl = Measured by the processor (RAPL), the whole machine’s share included.
energy-cpu = Reckoned: processor seconds of the log × { $watts } W, as configured. Not measured.
energy-none = Nothing here measures it.
plots-none = Nothing to draw yet
plots-none-hint = Figures are kept from the moment the log starts. Look again in a minute.
plot-none = nothing yet
plot-most = { $value } now, { $most } at most
plot-least = { $value } now, { $least } at least
plot-label = { $title } over time. { $said }

## Keys in a call
log-key-unlogged = The clinic’s log does not have the key that the server showed us for { $name }. Nothing is sealed to it, so this call may not start. Do not go on by another way the server offers: tell the clinic.
log-key-waits = The key of { $name } is on its way to the clinic’s log. That takes a few seconds.
log-key-late = The clinic’s log could not confirm the key of { $name }. Compare the words with them to be sure.
