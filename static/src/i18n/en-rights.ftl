### Texts of rights (export, erasure, correction) and of the clinic's keys, fetched with their pages.

## Your data
rights-why = What the clinic keeps about you is yours to take along, to have corrected, and, as far as the law allows, to have erased.
rights-looked = Every look at your records is written down.
correct-title = Have something corrected
correct-why = Open the record that is not right. What you added yourself you can change there. What a doctor wrote stays as it was, and the doctor adds what is right: press “Ask for a correction” there, and say what is wrong.
correct-choose = Choose the record

## Export
export-title = Take everything along
export-why = One archive with all your records, sealed as they are kept and opened as they read, with visits, consents and who looked. It is put together in this browser: the server never sees it open.
export-no-keys = Your keys do not open on this device, so the records would be in the archive only sealed. Bring your keys back first.
export-make = Put it together
export-again = Put it together again
export-progress = { $done } of { $all } put in
export-made = { $count ->
    [one] The archive is ready, with one record opened.
   *[other] The archive is ready, with { $count } records opened.
  }
export-unopened = { $count ->
    [one] One record does not open on this device. The first page of the archive says where it is.
   *[other] { $count } records do not open on this device. The first page of the archive says where they are.
  }
export-save = Save the archive
export-hint = Start with index.html in it. Whoever has the archive can read everything: keep it where you keep your papers.
leaflet-title = Records of { $name }
leaflet-why = Everything the clinic kept about this person, as of { $day }.
leaflet-how = The folder “opened” has what each record says and its files, “sealed” the same as it was kept: JWE (RFC 7516) that any JOSE library opens with the keys in data/keys.json and the password. bundle.json is for other programs (FHIR R4).
leaflet-records = Records
leaflet-none = Nothing
leaflet-older = Earlier versions:
leaflet-visit = Visit with { $name }
leaflet-unopened = Not opened
leaflet-unopened-why = These were not sealed for the key of the device that made this archive.
leaflet-kept = kept by law, and given to nobody any more
leaflet-consents = Consents
leaflet-consent = { $name }: { $what } ({ $state })
leaflet-consent-standing = The clinic: { $what } ({ $state })
leaflet-looks = Who looked

## Erasure
erase-title = Have something erased
erase-why = An erased record cannot be opened any more, by anybody, with any key, also not from a backup. What the law wants kept is closed to everybody until it may go, and goes by itself then.
erase-none = There is nothing to erase
erase-choose = Choose records
erase-more = Only the newest records are shown here. Erase these first, or everything.
erase-restricted = Kept by law, closed to everybody
erase-chosen = { $count ->
    [0] Erase
    [one] Erase one record
   *[other] Erase { $count } records
  }
erase-all = Erase everything
erase-word = erase
erase-sure-title = Erase for ever?
erase-sure = { $count ->
    [one] One record goes, for you, for your doctors and for the clinic. Nothing brings it back.
   *[other] { $count } records go, for you, for your doctors and for the clinic. Nothing brings them back.
  }
erase-sure-all = All your records go, for you, for your doctors and for the clinic. Nothing brings them back.
erase-sure-law = Doctors must keep what they wrote for some years. Such a record is closed to everybody instead, and you are told which and why.
erase-sure-first = Take everything along first, if you are not sure.
erase-type = Type “{ $word }” to go on
erase-not = Keep it
erase-yes = Erase
erase-erased = { $count ->
    [one] One record is erased.
   *[other] { $count } records are erased.
  }
erase-kept = { $count ->
    [one] One record must be kept by law. From now on nobody opens it; you and the auditor still see that it is there.
   *[other] { $count } records must be kept by law. From now on nobody opens them; you and the auditor still see that they are there.
  }
erase-until = { $name }, until { $day }
erase-law = Doctors and clinics must keep the records of a treatment for at least three years from its start (Indian Medical Council Regulations 2002, 1.3.1). After that it is erased by itself.

## The clinic's key, for everybody
clinic-key-title = The clinic’s key
clinic-key-opens = The clinic can open this, too: it has a key of its own to every record that is sealed here, for people who lost theirs or have only a phone, for emergencies and for the law. Each time it is used is written down under “Who looked”.
clinic-key-none = This clinic has no key: only you and those named beside a record can open it. If you lose every device and the recovery code, nobody can bring your records back. There is no access in emergencies, and no codes by phone.
clinic-key-fingerprint = Its short form, since { $time }:
clinic-key-compare = If you want to be sure, ask at the clinic’s desk for their short form and compare. If they differ, seal nothing more, and tell the clinic.
clinic-key-changed = The clinic has had another key since { $time }. Clinics renew their keys now and then. If you are not sure, ask at the desk.
clinic-key-known = I know of it
clinic-key-unbound = The server shows a key that does not say whose it is. Do not trust it, and tell the clinic.
clinic-key-older = Earlier keys ({ $count })
clinic-key-older-open = { $count ->
    [one] One record was sealed for the clinic’s key before, and the clinic can still open it.
   *[other] { $count } records were sealed for the clinic’s key before, and the clinic can still open them.
  }
clinic-key-made = made { $time }
clinic-key-live = In use
clinic-key-retiring = Being replaced
clinic-key-retired = Not used any more
clinic-key-versions = { $count ->
    [one] opens one version of a record
   *[other] opens { $count } versions of records
  }
clinic-key-unusable = Not on the server

## A new phone
restore-title = Records that do not open on this device
restore-why = { $count ->
    [one] One of your records was sealed for a key you had before.
   *[other] { $count } of your records were sealed for keys you had before.
  }
restore-how = The clinic can open them for this device. That it did is written down, and you are told by message.
restore-yes = Let the clinic open your records for this device
restore-asked = { $count ->
    [0] Everything the clinic can open is open to this device already.
    [one] One record is being opened for this device. It takes a moment.
   *[other] { $count } records are being opened for this device. It takes a moment.
  }
restore-records = See your records
losing-all = This clinic has no key. What no other device of yours and no recovery code opens is lost for you, for ever.
losing-none-yet = The clinic has a key, but nothing of yours is sealed for it.
losing-newer = { $count ->
    [one] The clinic can bring back one record, from the time when it had a key. What came later is lost for you.
   *[other] The clinic can bring back { $count } records, from the time when it had a key. What came later is lost for you.
  }
losing-nothing = { $count ->
    [one] The clinic has a key to one of your records: on this page it can open it for the new keys afterwards. Only what is not sealed for the clinic is lost.
   *[other] The clinic has a key to { $count } of your records: on this page it can open them for the new keys afterwards. Only what is not sealed for the clinic is lost.
  }

## The clinic's key, for administrators
custody-admin-why = With this key the clinic opens records: for who lost their keys or has only a phone, in emergencies, and where the law asks. Each use is an entry of the audit.
custody-admin-clinic = The policy is: the patient and the clinic. Whoever runs this server and holds its master key could read every record. Patients are told so on every page that shows one.
custody-admin-patient = The policy is: only the patient. The clinic cannot bring back what somebody lost, and there are no codes by phone and no access in emergencies. Patients are told so.
custody-admin-change = Change the policy
custody-unusable = The private half of a key is not on the server, so what is sealed for it cannot be opened by the clinic. Bring the folder “keys” and the master key back from the backup.
custody-no-key = The clinic has no key
rotate = Renew the key
rotate-yes = Yes, make a new key
rotate-sure = A new key is made, and everything the old one opens is wrapped for it. Patients and doctors see that the key has changed: tell them, and hang up the new short form.
rotate-begun = The new key is in use.
rotate-progress = { $done } of { $all } versions are wrapped for the new key
rotate-progress-hint = It goes on by itself, also after a restart. Until then both keys are needed.
alarms-title = Blocks that are not what they were
alarms-why = The nightly look at the disk found these. Restore them from the backup; they are looked at again the next night.
alarms-block = Block
alarms-what = What
alarms-found = Found
alarms-records = Records
alarms-missing = missing
alarms-damaged = damaged
alarms-open = Open
alarms-mended = Mended
