### Texts of the audit and of “who looked”, fetched with their pages: what was done, in the past, behind a name.

audit-why = Everything that is read or changed here is written down and cannot be changed afterwards.
audit-empty = Nothing found
audit-empty-hint = Choose fewer limits, or other days.
audit-who = Who
audit-about-whom = About whom
audit-what = What
audit-when = When
audit-where = From where
audit-from = From day
audit-to = To day
audit-anybody = Anybody
audit-anything = Anything
audit-show = Show
audit-all = Show all
audit-more = Show older ones
audit-number = No. { $number }
audit-nobody = somebody not signed in
audit-refused = Not let: { $status }
audit-export = Save as a file (CSV)
audit-export-hint = All entries that fit what you chose. That you saved them is written down, too.
audit-other = did something else ({ $action })
audit-login = signed in
audit-login-factor = typed the code of the second step
audit-logout = signed out
audit-logout-everywhere = signed out everywhere
audit-session-end = signed another device out
audit-lock = locked the page
audit-unlock = unlocked the page
audit-prove = proved again who they are
audit-factor-begin = began to set up a second step
audit-factor-enrol = set up a second step
audit-factor-recovery = made new recovery codes
audit-factor-remove = removed the second step
audit-factor-reset = { $whose ->
    [mine] reset your second step
   *[other] reset a second step
  }
audit-register-start = asked to register
audit-register-check = typed a code to register
audit-register = made an account
audit-reset-start = asked for a new password
audit-reset = set a new password by code
audit-profile-change = changed the profile
audit-contact-start = asked to change phone or e-mail
audit-contact-change = changed phone or e-mail
audit-claim-start = asked for a code to find visits from before the account
audit-code-resend = asked for a code again
audit-claim = took over visits from before the account
audit-password-change = changed the password
audit-password-reset = { $whose ->
    [mine] set a new password for you
   *[other] set a new password for somebody
  }
audit-key-make = made a key
audit-key-back-up = backed up a key
audit-key-approve = let another device in
audit-key-wraps = fetched sealed keys
audit-key-revoke = took a key out of use
audit-key-restore = asked the clinic to open records to a new key
audit-clinic-key-rotate = gave the clinic a new key
audit-custody-restore = { $whose ->
    [mine] opened a record of yours with the clinic's key, for your new key
   *[other] opened a record with the clinic's key, for a patient's new key
  }
audit-custody-renew = { $whose ->
    [mine] moved a record of yours to the clinic's new key
   *[other] moved a record to the clinic's new key
  }
audit-people-list = opened the list of people
audit-person-add = { $whose ->
    [mine] made your account
   *[other] added a person
  }
audit-person-change = { $whose ->
    [mine] changed your role or department
   *[other] changed a person
  }
audit-person-disable = { $whose ->
    [mine] shut you out
   *[other] shut a person out
  }
audit-person-enable = { $whose ->
    [mine] let you in again
   *[other] let a person in again
  }
audit-invite-make = sent an invite
audit-invite-list = opened the invites
audit-invite-revoke = took back an invite
audit-invite-accept = accepted an invite
audit-organisation-register = registered an organisation
audit-organisation-approve = approved an organisation
audit-organisation-refuse = refused an organisation
audit-organisation-change = changed the organisation's settings
audit-organisation-switch = switched to an organisation
audit-credential-read = { $whose ->
    [mine] opened your registration
   *[other] opened a doctor's registration
  }
audit-credential-list = opened the list of doctors' registrations
audit-credential-submit = sent in a registration
audit-credential-document = added a paper
audit-document-read = { $whose ->
    [mine] opened one of your papers
   *[other] opened a doctor's paper
  }
audit-credential-check = { $whose ->
    [mine] checked your papers
   *[other] checked a doctor's papers
  }
audit-credential-match = { $whose ->
    [mine] found you in the register
   *[other] found a doctor in the register
  }
audit-credential-activate = { $whose ->
    [mine] put your registration into force
   *[other] put a doctor's registration into force
  }
audit-credential-refuse = { $whose ->
    [mine] refused your registration
   *[other] refused a doctor's registration
  }
audit-credential-suspend = { $whose ->
    [mine] suspended your registration
   *[other] suspended a doctor
  }
audit-credential-reinstate = { $whose ->
    [mine] put your registration back into force
   *[other] put a doctor's registration back into force
  }
audit-registry-import = took in a council's register
audit-visits-list = opened the list of visits
audit-visit-make = { $whose ->
    [mine] made your visit{ $of }
   *[other] made a visit
  }
audit-visit-read = { $whose ->
    [mine] read your visit{ $of }
   *[other] read a visit
  }
audit-visit-accept = { $whose ->
    [mine] accepted your visit{ $of }
   *[other] accepted a visit
  }
audit-visit-decline = { $whose ->
    [mine] declined your visit{ $of }
   *[other] declined a visit
  }
audit-visit-join = { $whose ->
    [mine] joined your visit{ $of }
   *[other] joined a visit
  }
audit-visit-admit = { $whose ->
    [mine] let somebody into your visit{ $of }
   *[other] let somebody into a visit
  }
audit-visit-remove = { $whose ->
    [mine] removed somebody from your visit{ $of }
   *[other] removed somebody from a visit
  }
audit-visit-end = { $whose ->
    [mine] ended your visit{ $of }
   *[other] ended a visit
  }
audit-visit-end-idle = { $whose ->
    [mine] closed your visit{ $of }, in which nobody was any more
   *[other] closed a visit in which nobody was any more
  }
audit-session-move = used a session from another place or browser
audit-visit-keys = { $whose ->
    [mine] fetched the public keys of your visit{ $of }
   *[other] fetched the public keys of a visit
  }
audit-visit-wrap = { $whose ->
    [mine] gave the chat's key of your visit{ $of } to a device
   *[other] gave a chat's key to a device
  }
audit-chat-read = { $whose ->
    [mine] fetched the sealed chat of your visit{ $of }
   *[other] fetched the sealed chat of a visit
  }
audit-link-make = { $whose ->
    [mine] made a link to your visit{ $of }
   *[other] made a link
  }
audit-link-list = { $whose ->
    [mine] opened the links of your visit{ $of }
   *[other] opened the links of a visit
  }
audit-link-resend = { $whose ->
    [mine] sent a link to your visit{ $of } again
   *[other] sent a link again
  }
audit-link-revoke = { $whose ->
    [mine] took back a link to your visit{ $of }
   *[other] took back a link
  }
audit-link-join = { $whose ->
    [mine] came to your visit{ $of } by a link
   *[other] came by a link
  }
audit-records-list = opened the list of records
audit-record-seal = { $whose ->
    [mine] sealed a record of yours{ $of }
   *[other] sealed a record
  }
audit-record-read = { $whose ->
    [mine] fetched your sealed record{ $of }
   *[other] fetched a sealed record
  }
audit-record-amend = { $whose ->
    [mine] sealed a newer version of a record of yours{ $of }
   *[other] sealed a newer version of a record
  }
audit-record-erase = { $whose ->
    [mine] erased a record of yours{ $of }
   *[other] erased a record
  }
audit-record-restrict = { $whose ->
    [mine] kept a record of yours{ $of } for the law, and from everyone
   *[other] kept a record for the law, and from everyone
  }
audit-ledger-check = had the ledger checked
audit-ledger-health = looked at how the ledger does
audit-ledger-flush = handed in what waited for the ledger
audit-proof-take = { $whose ->
    [mine] took along a proof about what is yours{ $of }
   *[other] took along a proof
  }
audit-key-look = looked up keys on the ledger
audit-key-say = put a key of their own on the ledger
audit-export-own = took away everything about themselves
audit-erasure-ask = asked for records to be erased
audit-erasures-list = opened what is erased
audit-block-read = { $whose ->
    [mine] fetched a part of your sealed record{ $of }
   *[other] fetched a part of a sealed record
  }
audit-upload-begin = began to send a file
audit-upload-block = sent a sealed part of a file
audit-upload-end = gave up sending a file
audit-patients-list = opened the list of their patients
audit-patient-keys = { $whose ->
    [mine] asked for whom a record of yours is sealed
   *[other] asked for whom a patient’s record is sealed
  }
audit-token-make = made a token
audit-token-list = opened the tokens
audit-token-revoke = took back a token
audit-audit-read = read the audit
audit-audit-verify = checked the audit
audit-audit-export = saved the audit as a file
audit-organisation-pending = opened the organisations that wait
audit-audit-own = opened “Who looked”
audit-setup = set up this server
audit-consents-list = opened the list of consents
audit-consent-ask = { $whose ->
    [mine] asked to see records of yours
   *[other] asked to see a patient’s records
  }
audit-consent-read = { $whose ->
    [mine] opened a consent of yours
   *[other] opened a consent
  }
audit-consent-fhir = { $whose ->
    [mine] fetched a consent of yours as FHIR
   *[other] fetched a consent as FHIR
  }
audit-consent-approve = { $whose ->
    [mine] said yes to an ask for your records
   *[other] said yes to an ask for records
  }
audit-consent-refuse = { $whose ->
    [mine] said no to an ask for your records
   *[other] said no to an ask for records
  }
audit-consent-revoke = { $whose ->
    [mine] took back a consent of yours
   *[other] took back a consent
  }
audit-consent-delegate = { $whose ->
    [mine] asked to show your records to a second doctor
   *[other] asked to show a patient’s records to a second doctor
  }
audit-consent-code = { $whose ->
    [mine] had a code for a consent sent to you
   *[other] had a code for a consent sent
  }
audit-consent-redeem = { $whose ->
    [mine] used a code that opens records of yours
   *[other] used a code that opens records
  }
audit-consent-give = { $whose ->
    [mine] gave the clinic a consent of yours
   *[other] gave the clinic a consent
  }
audit-consent-end = { $whose ->
    [mine] noted that a consent of yours is over
   *[other] noted that a consent is over
  }
audit-glass-unanchored = { $whose ->
    [mine] opened your records to an emergency before the ledger had it{ $of }
   *[other] opened records to an emergency before the ledger had it
  }
audit-glass-break = { $whose ->
    [mine] opened your records in an emergency
   *[other] opened a patient’s records in an emergency
  }
audit-glass-review = { $whose ->
    [mine] reviewed an emergency in which your records were opened
   *[other] reviewed an emergency
  }
audit-reviews-list = opened the emergencies to be reviewed
audit-custody-grant = { $whose ->
    [mine] opened a record of yours with the clinic’s key, for a doctor you share it with
   *[other] opened a record with the clinic’s key, for a doctor it is shared with
  }
audit-custody-sign = { $whose ->
    [mine] signed a consent of yours with the clinic’s key
   *[other] signed a consent with the clinic’s key
  }
audit-wards-list = asked for which children they speak
audit-witnesses-list = asked who could be a witness
audit-witness-list = asked what to confirm as a witness
audit-consent-witness = { $whose ->
    [mine] said that you said yes, and named a witness
   *[other] said that a patient said yes, and named a witness
  }
audit-consent-confirm = { $whose ->
    [mine] confirmed as a witness that you said yes
   *[other] confirmed as a witness that a patient said yes
  }
audit-consent-deny = { $whose ->
    [mine] said, asked as a witness, that they did not hear you say yes
   *[other] said, asked as a witness, that they did not hear a yes
  }
audit-guardian-list = { $whose ->
    [mine] asked who speaks for you
   *[other] asked who speaks for a child
  }
audit-guardian-add = { $whose ->
    [mine] let somebody speak for you
   *[other] let somebody speak for a child
  }
audit-guardian-end = { $whose ->
    [mine] ended that somebody speaks for you
   *[other] ended that somebody speaks for a child
  }
audit-blocks-alarms = opened the list of damaged blocks
