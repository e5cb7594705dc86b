### Texts of the clinic's log (proofs, keys on it, the administrator's page), fetched with their pages.

## Prove it
prove-title = Prove it
prove-checking = Checking it in this browser…
prove-record = Proven. This record is on the clinic’s log since { $time }, and not a byte of it was changed since.
prove-consent = Proven. This consent is on the clinic’s log since { $time }.
prove-registration = Proven. What is shown of this doctor’s registration is on the clinic’s log since { $time }.
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
prove-save-hint = Save all three, and keep them where the clinic can’t reach them. They can be checked without the clinic, without the internet, and with other programs too.
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
verify-record = This proves that a record ({ $what }) was on the log of { $name } at { $time }, and is not changed since.
verify-record-fits = The sealed record you chose is that record, byte for byte.
verify-record-missing = Choose the sealed record too, and this page says whether it is the same one.
verify-consent = This proves that a consent was on the log of { $name } at { $time }.
verify-credential = This proves that a doctor’s registration was on the log of { $name } at { $time }.
verify-room = This proves that a visit was on the log of { $name } at { $time }.
verify-clinic = This proves that an access to records was written down, on the log of { $name } at { $time }.
verify-said = What was written there
verify-version = { $what }, version { $number }
