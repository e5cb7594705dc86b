### Everything a person reads, in English. Say doctor, visit, picture, sound; short words; errors never blame.

title = Vaidya
title-of = { $page } – Vaidya
loading = Loading…
close = Close
add = Add
change = Change
choose = Choose…
now = Now
you = You
more = More
try-again = Try again
to-start = Go to the start page
with-name = { $label } with { $name }
with-who = { $label } { $name }

## Signing in and out
login-title = Sign in
login-setup-needed = This clinic has no accounts yet. Open the one-time link that the server printed when it started.
login-ended = You were signed out. Sign in again to go on. If you did not expect this, ask the clinic.
login-guest-hint = Sign in to see this visit. If you came by a link, open the link again or ask for a new one.
user-name = User name
password = Password
password-hint = At least 8 characters. A few words in a row are easy to remember and hard to guess.
your-name = Your name
sign-in = Sign in
sign-out = Sign out
sign-out-unsent-title = Something is not sent yet
sign-out-unsent = { $count ->
    [one] One message has not been sent. Signing out deletes it from this device.
   *[other] { $count } messages have not been sent. Signing out deletes them from this device.
  }
sign-out-desk = { $count ->
    [one] One draft or file is not finished. Signing out deletes it from this device.
   *[other] { $count } drafts or files are not finished. Signing out deletes them from this device.
  }
sign-out-stay = Stay signed in
sign-out-anyway = Sign out and delete
demo-title = Demo accounts
demo-hint = This is a demo. Tap a person to sign in as them.
demo-use = Use demo account { $login }
use = Use
setup-title = Set up this clinic
setup-why = This makes the first account: the administrator, who then adds doctors, patients and the desk.
setup-do = Create the first account

checking = Checking…
change-password = Change your password
old-password = Your password now
new-password = New password
password-changed = Your password is changed.
reset = New password
reset-name = New password for { $name }
reset-hint = They are signed out everywhere. Give them the new password in person, or over the phone once you know the voice.
reset-cost = The new password does not open what was sealed for { $name } before. They need their recovery code, or a device on which they are signed in. If they have neither, only a clinic that keeps a key of its own can open it for them again.
reset-do = Set the new password
reset-done = { $name } has a new password.

## Accounts: small words
back = Back
continue = Continue
sending = Sending…
change-what = Change: { $what }
not-said = Not said
code = Code from the message
code-hint = 6 digits. The message may take a minute.
code-six-digits = The code has 6 digits. Type all of them.
code-send = Send me a code
code-sent-to = We sent a code to { $contact }. It works for 10 minutes.
code-sent-again = A new code is on its way. The old one may no longer work.
code-again = Send a new code
code-again-in = { $seconds ->
    [one] No message? You can ask for a new code in 1 second.
   *[other] No message? You can ask for a new code in { $seconds } seconds.
  }
code-none = There is no code yet. Start with your phone number or e-mail address.
contact-how = For example 98765 43210, or name@example.org. With + and the country for numbers outside India.
contact-why = We send a code there to make sure that it is yours. We use it for your visits and to let you back in if you forget your password.
contact-shape = This is neither a phone number nor an e-mail address. Check it: a phone number has 10 digits, an address has an @.
birth-year-shape = Type the year with 4 digits, for example 1984.
sex = Sex
sex-female = Female
sex-male = Male
sex-other = Other
sex-unsaid = I would rather not say
language = Language
guardian = Parent or guardian
guardian-name = Their name
guardian-none-hint = Leave this empty if there is none.
guardian-relation = What they are to the patient
guardian-relation-hint = For example mother, father, uncle.

## Accounts: making one
register-link = Make an account
register-intro = For patients. It takes about 3 minutes and costs nothing.
register-have-account = I have an account: sign in
register-signed-in = You are signed in already
register-signed-in-why = To make an account for somebody else, sign out first.
register-where = Which clinic are you with?
register-nowhere = No clinic can be chosen yet
register-nowhere-hint = Ask your clinic when it is ready, or ask its desk to make an account for you.
register-contact = Your phone number or e-mail?
register-code = Which code did you get?
register-family = Is this account for somebody else?
register-family-why = { $count ->
    [one] One account uses this phone number or address already. A family can share it: everybody has an account of their own.
   *[other] { $count } accounts use this phone number or address already. A family can share it: everybody has an account of their own.
  }
register-family-new = Yes, make another account
register-family-sign-in = No, sign in to mine
register-waiting = Is this you?
register-waiting-why = The clinic knows this phone number. If you were there before, your visits go with your new account.
register-waiting-visits = { $count ->
    [0] No visit yet
    [one] 1 visit
   *[other] { $count } visits
  }
register-waiting-none = No, this is not me
register-name = What is your name?
register-name-hint = As it stands on your papers. If you do this for a child or a parent, type their name.
register-birth = When were you born?
register-guardian = Who answers for you?
register-guardian-why = Patients under 18 need a parent or guardian. The doctor sees who it is.
register-sex = What is your sex?
register-sex-why = Doctors need it for some tests and medicines.
register-language = Which language should we write to you in?
register-language-why = For messages about your visits. You can change it later.
register-login = Choose a user name
register-login-hint = You sign in with it. Letters, digits, dots and dashes; your phone number or e-mail works, too.
register-password = Choose a password
register-password-why = It protects your visits. Only you know it: the clinic cannot see it.
register-check = Is everything right?
register-check-why = You can change most of this later, too.
register-make = Make my account
register-making = Making your account…

## Accounts: forgotten password
reset-link = I forgot my password
reset-title = Set a new password
reset-how = Type your user name. If there is an account with it, a code goes to its phone number or e-mail address.
reset-sealed-title = What happens to your sealed records
reset-sealed = Your visits are sealed with keys that your old password opens. With the new password you can join visits at once, but what was sealed before opens only with your recovery code on paper, or with the yes of another device where you are still signed in.
reset-sealed-lost = If you have neither, what was sealed before stays closed for you, unless your clinic keeps a key of its own: then it can open your records for you again after you sign in.
reset-not = I remember it: sign in
reset-new-title = Choose a new password
reset-sent = If there is an account “{ $login }”, a code is on its way to its phone or mailbox.
reset-again = Ask for a new code
reset-done-title = Your password is set
reset-done-why = Sign in with your new password. All other devices were signed out.
reset-done-keys = After that we ask for your recovery code, to open what was sealed before.

## Accounts: the second step
factor = Second step at sign-in
factor-hint = The 6 digits from your authenticator app, or one of your recovery codes.
factor-shape = Type the 6 digits of your app, or a recovery code like k7wd-93hq-mm2x.
factor-on = On
factor-off = Off
factor-on-why = Whoever signs in with your password must also have your phone.
factor-off-why = With a second step, somebody who learns your password still cannot get in: they need your phone, too.
factor-turn-on = Turn it on
factor-turn-off = Turn it off
factor-turn-off-title = Turn off the second step?
factor-turn-off-why = Then your password alone opens your account. You can turn it on again at any time.
factor-keep = Keep it on
factor-is-on = The second step is on.
factor-is-off = The second step is off.
factor-required = Your clinic asks its staff for a second step, so it stays on. You can set up another phone: ask an administrator.
factor-new-codes = New recovery codes
factor-new-codes-why = The new codes take the place of the old ones: the old ones stop working at once.
factor-new-codes-do = Show new codes
app-code = Code from your app
app-code-hint = 6 digits. It changes every 30 seconds.
use-recovery-code = My phone is not here: use a recovery code
use-app-code = Use the code from my app
one-recovery-code = Recovery code
one-recovery-code-hint = One of the ten codes you kept. Each works once.
recovery-codes-shape = A recovery code has 12 letters and digits, like k7wd-93hq-mm2x.
recovery-codes-why = If you lose your phone, one of these codes lets you in. They are shown once, now. Keep them where you keep your passport, not on the phone.
recovery-codes-title = Recovery codes for signing in
recovery-codes-each = Each code works once, in place of the code from the app.
recovery-codes-copy = Copy the codes
recovery-codes-kept = I have kept them
enrol-title = Set up a second step
enrol-must = { $name }, your clinic asks everybody on its staff for a second step at sign-in. You set it up once; it takes two minutes.
enrol-may = From then on, signing in takes your password and a code from your phone.
enrol-app = You need an authenticator app on your phone, for example Aegis, Google Authenticator or Microsoft Authenticator.
enrol-start = I have an app: start
enrol-already = A second step is set up already, perhaps on another device. Use the code from there.
enrol-scan-title = 1. Show it to your app
enrol-scan = Open the app, choose to add an account, and scan this picture.
enrol-qr = QR code for your authenticator app
enrol-same-phone = Is the app on this phone?
enrol-open-app = Open it in the app
enrol-by-hand = I cannot scan it
enrol-by-hand-hint = Type this key into the app. Choose “time based” if it asks.
enrol-copy = Copy the key
enrol-confirm-title = 2. Type the code it shows
enrol-confirm-hint = 6 digits. This makes sure that the app is set up right.
enrol-confirm = Turn on the second step
second-step-title = One more step
second-step-why = Open the authenticator app on your phone and type the code it shows for this clinic.
second-step-late = That took too long. Sign in again.
sign-in-as-other = Sign in as somebody else
fresh-title = Is it you?
fresh-why = What you are about to do is important, so we ask once more. For the next 5 minutes we will not ask again.

## Accounts: invites
invite-title = Join { $clinic }
invite-why = { $name }, you are invited to work here as: { $role }.
invite-until = The invite works until { $time }.
invite-gone = This invite is wrong, used, taken back or too old. Ask the administrator who invited you for a new one.
invite-account = Make your account
invite-have-account = I have an account already
invite-then = Next you set up a second step with your phone.
invite-accept = Accept the invite
invite-as = You are signed in as { $name } ({ $login }). The invite is added to this account.
invite-not-me = I am not { $name }

## Accounts: account and security
account-title = Account and security
account-password = Your password also opens your sealed records, so changing it seals them anew.
profile-title = About you
profile-changed = Saved.
contact-new = New phone number or e-mail
contact-old-told = The one you have now gets a message that it was changed.
contact-changed = Your phone number or e-mail is changed.
sessions-title = Where you are signed in
sessions-why = If there is a device you do not know, sign it out and change your password.
session-seen = Last used { $time }
session-made = Signed in { $time }
session-address = From { $address }
session-here = This device
session-locked = Locked
session-moved = New network or browser
session-end-name = Sign out { $device }
session-ended = { $device } is signed out.
sessions-end-others = Sign out all others
sessions-others-ended = All other devices are signed out.
sessions-end-all = Sign out everywhere
sessions-end-all-why = Every device is signed out, this one too. What this browser stored for you is erased.
sessions-end-all-yes = Yes, sign out everywhere
claim-title = Visits from before
claim-why = Did you have a visit before you made this account? Add it to your visits here.
claim-start = Add a visit by its link
claim-link = Link of the visit
claim-link-hint = Copy it from the message, or type the letters at its end.
claim-do = Add it to my visits
claim-done = Your earlier visits are among your visits now.
claim-phone = Look under my phone number
claim-phone-why = We send a code to your phone number. Then we show the visits made with it.
claim-nobody = We found no visits under your phone number. If you came by a link, add the visit by its link.

## Accounts: the lock
locked-title = Locked
lock-why = Nobody used it for a while, so this page is locked.
lock-why-typed = This page is locked, so that nobody else can use it. What you typed is still there.
lock-open = Open
lock-wrong = This is not the password. Try again.
lock-not-me = I am not { $name }: sign out
lock-now = Lock now
account-lock-title = Automatic lock
account-lock = { $minutes ->
    [one] After 1 minute without a touch this page locks itself. It never does so during a call, and keeps what you typed.
   *[other] After { $minutes } minutes without a touch this page locks itself. It never does so during a call, and keeps what you typed.
  }

## Development: messages in the browser
messages-open = Show sent messages
messages-title = Sent messages
messages-why = For development: this server does not send to phones or mailboxes. What it would have sent is here.
messages-reload = Look again
messages-none = Nothing was sent yet
messages-none-hint = When the server sends a code or a link, it appears here.
message-to = To { $to }

## Keys and devices
keys-title = Your keys and devices
keys-why = Your visits and records are sealed: only those who are named beside each can read it. The keys for that were made on your device. Whether the clinic has a key of its own is said below.
keys-making = Getting your keys ready…
keys-open = Open your keys and devices
keys-failed = Your keys could not be made ready.
keys-not-stored = This browser does not keep your keys when the page is closed. You will be asked for your password again.
locked-password = This browser no longer has your keys. Type your password once more to bring them back. Nothing is lost.
locked-reset = Your password is right, but it does not open your keys: it was set anew by the clinic, or your keys were taken out of use.
locked-unmade = Your keys are not made yet. Type your password once more to make them.
unlock = Bring my keys back
devices-title = Devices
devices-hint = Browsers in which you sign in with your password share one key. A device that made its own key stands here by itself.
this-device = in use here
some-device = A device
key-made = Key made { $time }
key-live = In use
key-pending = Waits for a yes
key-revoked = Out of use
revoke = Take out of use
revoke-name = Take out of use: { $name }
revoke-sure = A device that uses this key can no longer open your visits and records, those from now on and those from before. This cannot be undone.
revoke-yes = Yes, take it out of use
revoked = { $name } is out of use.

## A way back: recovery code, other device, start over
recovery-title = Your recovery code
recovery-code = Recovery code
recovery-card-title = Print your recovery code
recovery-card-why = If you ever forget your password, this code on paper is how you open your records again. It takes two minutes, and can wait until after your visit.
recovery-print = Print your recovery code
recovery-new = Make a new recovery code
recovery-have = You have a recovery code on paper. If you lost the paper, make a new code; the old one then no longer works.
recovery-none = You have no recovery code yet. Without one, a forgotten password can cost you your records.
recovery-not-yet = Your keys do not open here yet. Bring them back first; then you can make a recovery code.
recovery-why = The code opens your sealed visits if you forget your password. It is shown once, here. Nobody else has it, not even the clinic.
recovery-again = The code you have on paper works until the new one is confirmed; then only the new one does.
recovery-password-hint = So that nobody else can make a code on this device.
recovery-make = Show a new code
recovery-paper-title = Recovery code for sealed visits
recovery-paper-keep = Keep this paper where you keep your passport. Anyone who has it and gets into your account can read your visits.
recovery-do-print = Print
recovery-write = No printer? Write the code down. O and 0 are the same, and so are I, L and 1. The code works as soon as you confirm it below.
recovery-last = The last group of the code
recovery-last-hint = Read it from the paper, not from this screen.
recovery-last-wrong = That is not the last group of the code. Check it on the paper; it has six characters.
recovery-on-paper = I have it on paper
recovery-done = Your recovery code is in force. You can close this page; the code is not shown again.
recovery-use-title = Use your recovery code
recovery-code-hint = 26 characters from the paper. Dashes and capitals do not matter.
recovery-use = Open with this code
recovery-wrong = This code does not open your keys. Check every group. If you made a newer code, only that one works.
recovered = Your keys are back, and your password opens them from now on.

other-device-title = Use a device on which you are signed in
other-device-why = If your records still open on another phone or computer, it can let this one in. You need both at hand.
other-device-use = Let this device in from another one
pending-card = This device waits for a yes from another device of yours.
pending-wait = This device waits for a yes from another device of yours. This page changes by itself.
pending-step-open = Take the device on which your records open.
pending-step-scan = Scan this picture with its camera, or type the link below into its browser.
pending-step-compare = Compare the characters it shows with the ones below, and say yes there.
pending-qr = QR code of the link below
pending-problem = The clinic cannot be reached just now. We keep looking.
pending-others = Other ways
fingerprint = Characters to compare
device-ready = This device is ready.
device-title = Let another device in
device-ask = Another device wants to open your sealed visits.
device-compare = Does it show exactly these characters?
device-warn = Say yes only if that device is in front of you and yours. It will be able to read all your sealed visits.
device-yes = Yes, it is mine: let it in
device-no = No, do not let it in
device-progress = { $done } of { $all } done
device-done = The other device is let in. It can open everything this one can.
device-self = This is the device that waits. Open the link on the one where your records open.
device-not-here = This device cannot let another one in: your keys do not open here.
device-gone = No device waits with this key. It may have been let in or taken back already. Show a new picture on the other device.
device-not-mine = This key does not belong to you, or the server changed it. It was not let in.
device-differs = The clinic's server shows another key than the link does. It was not let in. Show the picture anew on the other device; if this happens again, tell the clinic.

start-over = Start over
start-over-title = Start over with new keys
start-over-why = When neither the code nor another device is left. You can join visits at once.
start-over-sure-title = Start over with new keys?
start-over-lost = What was sealed for you until now does not open with the new keys. The other person of each visit can still open its record.
start-over-kept = A device that still has your old keys still opens it. Visits from now on open as usual.
start-over-told = The others see that your key has changed and may ask you to compare the safety phrase.
start-over-not = Do not start over
start-over-yes = Yes, start over

## Records
records-title = Records
patients-title = Your patients
guardians-title = Parents and guardians
record-open = Open the record
record-sealing = Sealing the record of this visit…
record-sealed = The record of this visit is sealed. Only you and the other person can open it.
record-waiting = The record of this visit is not sealed yet. We keep trying while this page is open, and again the next time you sign in. The messages are safe.
record-cannot-seal = This device cannot seal the record of this visit: its keys do not open the chat. The other person's device does it, or yours once your keys are back.
record-new-key = The record is not sealed yet: the other person of this visit has a key that is new to this browser. If they told you of a new device, a new password or a fresh start, go on. If not, ask them first, and not through this page.
record-new-key-mine = The record is not sealed yet: your account has a key that this browser did not see before. If you let in another device or started over, go on. If not, look at your keys first.
record-new-key-yes = Seal it for the new key too
record-no-peer = The record of this visit waits: the other person has not signed in yet, so there is no key to seal it for. It is sealed when you sign in after they have. The messages are safe.
record-bad-key = The record is not sealed: the clinic's server shows a key that does not belong to its person. Nothing was given to it. Tell the clinic.
record-too-large = So much was written in this visit that it does not fit into one record. The chat stays readable on the visit's page.
not-verified = Not verified

## People
role = Role
role-patient = Patient
role-doctor = Doctor
role-desk = Desk
role-pharmacist = Pharmacist
role-researcher = Researcher
role-admin = Administrator
role-auditor = Auditor
seat-doctor = Doctor
seat-patient = Patient
seat-guest = Guest
name = Name
doctor-name-hint = As patients should see it, with the title: Dr. Asha Rao.
department = Department
patient = Patient
doctor = Doctor
admin-title = People
add-person = Add a person
person-added = { $name } has an account now.

## Visits
when-today = today { $time }
when-yesterday = yesterday { $time }
when-day = { $day }, { $time }
state-requested = Asked for
state-open = Open
state-ended = Ended
state-declined = Declined
state = State
started = Started
in-room = In the room
past-visits = Past visits
read-chat = Read the chat
join-visit = Join the visit
return-to-call = Return to the call
do-not-travel = Do not travel: this is a video visit.
people-here = { $count ->
    [0] Nobody is here yet
    [one] 1 person is here
   *[other] { $count } people are here
  }

patient-title = Your visits
patient-empty = You have no visit now
patient-empty-hint = When your doctor starts a visit, it appears here by itself. You can also ask for one.
visit-open-with = Your visit is open
visit-planned-at = Planned for { $time }
visit-planned = Your visit is planned
visit-asked = You asked for a visit
somebody-is-there = Somebody is in the room already.
waiting-accept = Waiting for { $name } to accept. This page changes by itself; you can also close it and come back.
take-back = Take back the request
ask-visit = Ask for a visit
ask-which = Which doctor?
ask-doctor = Ask { $name }
ask-verb = Ask
asked = { $name } has been asked.
no-doctors = No doctor can be asked yet

doctor-title = Your day
doctor-empty = Nobody is waiting
doctor-empty-hint = A patient who asks for a visit appears here by itself. You can also start one.
accept = Accept
decline = Decline
start-visit = Start a visit
find-patient = Find a patient
start-with = Start a visit with { $name }
start-verb = Start
nobody-found = Nobody by that name
nobody-found-hint = Check the spelling, or type only a part of the name.

desk-title = Today's visits
desk-empty = No visits today yet
desk-empty-hint = Start one for a patient and a doctor; both see it at once.
desk-started = The visit is open. Both of them see it now.
start-the-visit = Start the visit

## Guests
guest-title = Video visit with { $name }
guest-name-hint = The doctor and the patient will see it.
guest-enter = Go to the visit
guest-over = This visit is over.
bad-link-title = This link does not work

## Before the call
visit-not-shown = The visit cannot be shown
visit-not-open = The visit is not open yet
asks-you = { $name } asks you for a visit.
visit-with = Visit with
preview-title = Ready to join?
preview-hint = You can change all of this during the call.
return-title = You are still in this visit
return-hint = The page was closed or loaded again. Your place is kept, and the chat too.
return-check = Check camera and microphone first
join-now = Join now
joining = Joining…
line-open = Connected to the clinic
line-waiting = Connecting to the clinic…
line-offline = No network. We connect as soon as it is back.
ask-devices = The doctor can help you best when you can see and hear each other. Your browser will ask you to allow it.
choose-devices = Choose camera and microphone
use-both = Use camera and microphone
use-microphone = Use the microphone only
without-camera = Continue without camera
without-camera-chosen = Camera and microphone are off. You will see and hear the others and can write in the chat. You can turn them on during the call.
camera = Camera
microphone = Microphone
microphone-level = Microphone level
your-picture = Your picture
camera-is-off = Your camera is off
camera-is-on = Your camera is on
microphone-is-on = Your microphone is on
microphone-is-off = Your microphone is off
microphone-turn-on = Turn microphone on
microphone-turn-off = Turn microphone off
camera-turn-on = Turn camera on
camera-turn-off = Turn camera off

## What can be wrong with a device
camera-none = No camera was found. You can join without one. If you have one, plug it in and try again.
camera-denied = The camera is blocked for this page. You can join without it, or allow it:
camera-busy = Another program uses the camera. Close it (another video call, perhaps) and try again. You can join without it.
camera-insecure = The browser gives the camera only to secure pages. Open this page with https:// in front. You can still see, hear and write.
camera-stopped = The camera stopped. Check that it is plugged in and not used by another program.
camera-unknown = The camera did not start. You can join without it, or try again.
camera-again = Try the camera again
microphone-none = No microphone was found. You can listen and write in the chat. If you have one, plug it in and try again.
microphone-denied = The microphone is blocked for this page. You can listen and write in the chat, or allow it:
microphone-busy = Another program uses the microphone. Close it and try again. You can listen and write in the chat.
microphone-insecure = The browser gives the microphone only to secure pages. Open this page with https:// in front. You can still listen and write.
microphone-stopped = The microphone stopped. Check that it is plugged in.
microphone-unknown = The microphone did not start. You can listen and write, or try again.
microphone-again = Try the microphone again
allow-chrome = Click the sign left of the address at the top of the window, turn on camera and microphone, then try again.
allow-firefox = Click the crossed-out camera or microphone sign left of the address, remove the block, then try again.
allow-safari = Open Safari's menu, Settings for This Website, and allow camera and microphone. Then load this page again.
allow-ios = Tap the sign at the left of the address, Website Settings, and allow camera and microphone. Then load this page again.
allow-android = Tap the sign at the left of the address, Permissions, and allow camera and microphone. Then try again.
allow-other = Open your browser's settings for this page and allow camera and microphone. Then load this page again.

## At the door
lobby-title = You are at the door
lobby-told = The doctor has been told.
lobby-who = { $name } will let you in.
lobby-place = Your place is kept if you close this page.
lobby-reconnecting = The connection was lost. Reconnecting… Your place is kept.
leave = Leave

## In the call
call-with = Visit with { $name }
controls = Call controls
hang-up = Hang up
picture-of = Picture of { $name }
their-microphone-off = Microphone off.
their-camera-off = camera off
picture-still = Picture paused. You can still talk.
move-picture = Move your picture
alone-title = Nobody else is here yet
alone-away = { $name } is not here right now
alone-hint = Stay on this page. The doctor can see that you are here.
alone-host = When they arrive you will be asked to let them in.
microphone-off-hint = Your microphone is off
sound-on = Turn the sound on
came = { $name } is here.
went = { $name } has left.
not-done = That did not work. Nothing was changed. Try again.

call-reconnecting = Reconnecting… What you write is kept.
call-offline = No network. Reconnecting… as soon as it is back. What you write is kept.
media-reconnecting = Connecting picture and sound… The chat works.
quality-own-poor = Your connection is weak. Turning your camera off keeps the sound clear.
quality-their-poor = The connection of { $name } is weak. Picture and sound may break up.
quality-their-lost = { $name } has lost the connection. They come back by themselves.
quality-good = The connection is good again.

is-waiting = { $name } is waiting to be let in.
waits = is waiting
waits-guest = (guest) is waiting
waits-link = (by a link, without an account) is waiting
let-in = Let in
let-in-name = Let in { $name }

devices = Camera and microphone
people = People
here = Here
away = Away
at-door = At the door
remove = Remove
remove-name = Remove { $name }
remove-sure = Remove { $name }? They cannot come back to this visit.
remove-yes = Yes, remove
keep = Keep
invite = Invite someone
guest-link = Guest link
guest-link-hint = For one person, until { $until }. Send it yourself; it is shown only now. You let them in when they arrive.
copy-link = Copy the link
link-take-back = Take the link back

connection = Connection
connection-none = Picture and sound are not connected.
connection-figures = { $transport }, there and back { $rtt } ms, room to send { $uplink } kbit/s, { $concealed } % of the sound was lost.

## Privacy of the call
lack-title = This browser cannot keep the call private
lack-why = Every call here is end-to-end encrypted: nobody but the people in it can see or hear it. This browser cannot do that, so the call was not started. Nothing was sent.
lack-browser = Update your browser and open this page again, or use a current Chrome, Edge, Firefox or Safari, on this device or another one. If you need help, call the clinic.
lack-insecure = Browsers can do this only on secure pages. Open this page with https:// in front of its address. If that does not work, tell the clinic.
call-locked-title = Your keys are not open here
call-locked = Others could not be sure that it is you, so you were not taken into the call. Nothing was sent.
mark-alone = End-to-end encrypted
mark-no-doctor = Encryption starts when the doctor is here
mark-keys = End-to-end encryption
mark-securing = Securing the call…
mark-sealed = End-to-end encrypted, not compared
mark-verified = End-to-end encrypted, compared
mark-warning = Check the encryption
phrase-title = Who can hear this call
phrase-what = Only the people in this call can see and hear it; the server cannot. Five words that you share with each of them show that nobody is in between.
phrase-alone = The words are here as soon as somebody else is.
phrase-with = Words with { $name }
phrase-words = The words you share with { $name }
phrase-soon = The words come in a moment.
phrase-ask = Is it the same on both sides? Read it aloud.
phrase-same = They match
phrase-same-name = They match for { $name }
phrase-different = They don't match
phrase-different-name = They don't match for { $name }
phrase-waiting = Waiting for { $name } to say the same.
phrase-wrong = The words with { $name } are not the same. Somebody may be listening in, or pretending to be { $name }.
phrase-wrong-theirs = { $name } says that the words are not the same. Somebody may be listening in.
phrase-wrong-do = Say nothing private in this call. Hang up, and reach the other person by telephone. Tell the clinic.
phrase-state-open = Not compared
phrase-state-same = Compared: the same
phrase-state-wrong = Not the same
alarm-read = I have read this
alarm-unreadable = Something was sent to us under the name of { $name } that cannot be read. It was not used. If the call does not work, load this page again.
alarm-bad-member = The server showed us a key for { $name } that we could not check. Nothing was sent to it. Ask { $name } to load the page again. If this stays, use the telephone and tell the clinic.
alarm-too-many = More people are here than a private call can have. Nothing is sent to those who are too many.
alarm-roster = The server showed us a list of who may hear this call that the doctor did not sign. It was not used. If this comes again, use the telephone and tell the clinic.
alarm-replayed = Old keys of this call were sent to us again. They were not used. If this comes again, use the telephone and tell the clinic.
alarm-not-me = The doctor was shown another key in your place. Nothing was sent to it. Load this page again. If this stays, use the telephone and tell the clinic.
alarm-unknown-member = Somebody is on the list of this call whom we could not check. Nothing was sent to them. If this stays, use the telephone and tell the clinic.
alarm-forged = A key came under the name of { $name } that is not theirs. It was not used. If this comes again, use the telephone and tell the clinic.
alarm-missing = The key of { $name } does not arrive, so you cannot see and hear each other. We keep asking for it. If it takes long, { $name } should load the page again.
alarm-words = The words you share with { $name } could not be made: what came for them was changed on its way. Say nothing private before you have compared them. Load this page again.
alarm-phrase = { $name } says that your words are not the same. Somebody may be listening in. Say nothing private; hang up and use the telephone.
alarm-clock = The device of { $name } has a wrong date, or somebody pretends to be it. Ask them to check the date.
alarm-failed = Encryption failed in this browser. Load this page again; nothing was sent in the clear.
frames-failing = What { $name } sends cannot be opened. We ask for it again. If it takes long, load this page again.
key-changed = { $name } has a new key. That happens with a new device. Compare the words to be sure. The chat's key is given to it when you go on.
key-changed-own = A new key was added to your account. If you did not set up a new device, tell the clinic. It gets the chat's key when you go on.
key-unbound = The server showed us a key for { $name } that does not say whose it is. It was left out. If this stays, tell the clinic.
key-compare = Compare the words
key-go-on = Go on

leaving-hint = Leave for now and come back later, or end the visit for everyone.
leave-for-now = Leave for now
end-everyone = End for everyone
end-sure-title = End the visit?
end-sure = The call ends for everyone and cannot be opened again. The chat stays readable.
end-yes = Yes, end the visit
keep-talking = Keep talking

## Chat
chat = Chat
chat-open = Open chat
chat-unread = { $count ->
    [one] 1 new message
   *[other] { $count } new messages
  }
chat-close = Close chat
chat-hide = Back to the call
messages = Messages
chat-empty = Nothing has been written yet. What you write here is kept with the visit.
chat-was-empty = Nothing was written in this visit.
write-message = Write a message
send = Send
somebody = Somebody
message-from = New message from { $name }.
message-sending = Sending…
message-retrying = Not sent yet. Trying again.
message-sent = Sent
message-failed = This could not be sent. It is only on this device.
message-too-long = This is too long to send. Shorten it or send it in parts.
message-discard = Delete it
message-no-key = Not sent: waiting for the key of this chat.
message-waiting = This message opens when its key arrives.
message-other-key = This message cannot be opened: it was sealed with another key.
message-not-verified = Not verified: written with a key we do not know.
message-forged = We could not check who wrote this.
message-differs = This does not fit with what came before it.
chat-differs = Messages of this chat were changed, left out or put in another order on their way to you. Do not rely on them: ask the other person, and tell the clinic.
kept-no-key = You have no key to this chat here. The doctor and the patient can read it where they signed in.
message-unreadable = This message cannot be shown. A newer version of this page can: load it again.

## After
left-title = You left the call
left-hint = The visit is still open. You can come back until the doctor ends it.
ended-title = The visit has ended
ended-doctor = The doctor ended the visit.
ended-idle = Nobody was in the visit for a long time, so it was closed.
ended-before = This visit is over. What was written is below.
removed-title = You were removed from the visit
removed-hint = The doctor has ended your part in this visit. If that was a mistake, ask the clinic for a new link.
replaced-title = The call moved to another tab
replaced-hint = You opened this visit somewhere else, so this tab stopped. Nothing is lost.
use-this-tab = Use this tab instead
refused-title = You could not join
refused-full = This visit is full: every place is taken. Wait until somebody leaves, then try again.
refused-not-open = The doctor has not opened this visit yet. Try again in a moment.
declined-title = This visit will not take place
declined-hint = It was declined or taken back. You can ask for another one.

## Problems
unreachable-title = The clinic cannot be reached
old-page = Vaidya was updated while this page was open. Load it again to go on; nothing is lost.
lost-title = There is no page here
lost-why = The address may be misspelled, or the page has moved.
problem-unexpected = Something went wrong on this page. Nothing was lost. Load it again and try once more.
problem-unreachable = The clinic's server did not answer. Check your connection and try again. Nothing was changed.
problem-unreadable = The server's answer could not be read. Load this page again and try once more.
problem-server = The server could not do that (error { $status }). Nothing was changed. Try again in a moment.
problem-wrong-login = User name or password is not right. Check both and try again.
problem-locked = { $minutes ->
    [one] Too many wrong tries. Wait 1 minute, then try again.
   *[other] Too many wrong tries. Wait { $minutes } minutes, then try again.
  }
problem-wrong-code = This is not the right code. Check it and try again.
problem-clock-off = { $minutes ->
    [0] The clock of your phone is some minutes off, so its codes do not fit. Set it to automatic time, then type the next code.
    [one] The clock of your phone is about 1 minute off, so its codes do not fit. Set it to automatic time, then type the next code.
   *[other] The clock of your phone is about { $minutes } minutes off, so its codes do not fit. Set it to automatic time, then type the next code.
  }
problem-code-spent = This code no longer works: it was used, is too old, or was tried too often. Ask for a new one.
problem-step-up = This was not done: it needs your code or password once more. Nothing was changed.
problem-no-sms = This server cannot send messages to phones yet. Use an e-mail address.
problem-factor-needed = This account has a second step. Type the code of its app, too.
problem-no-session = You are signed out. Sign in again to go on.
problem-login-taken = Somebody has this user name already. Choose another.
problem-bad-state = This visit has changed in the meantime. Load the page again to see how it stands.
problem-bad-link = This link is wrong, taken back or too old. Please ask for a new one.
problem-link-used = This link was already used on another device. Open it there, or ask the clinic for a new one.
problem-bad-code = This set-up link is wrong or was used already. Start the server again to get a new one.
problem-weak-params = The server asked for a weaker protection of your password than this page allows. Your password was not sent. Tell the clinic.
problem-password-short = Choose a password of at least 8 characters.
problem-wrong-password = This password does not open your keys. Check it and try again.
problem-cross-site = The browser sent this from another page. Open the clinic's own address and try again.

### The door, second half: organisations, doctors' registrations, audit, links, the API

## Words that many of these pages use
save = Save
done = Done
optional = You can leave this empty.
copied = Copied.
copy-by-hand = The browser did not allow copying. Select the text and copy it yourself.
sure-no = No, go back
why = Why
until = Until
never = Never
contact = Phone or e-mail
phone = Phone
phone-hint = With the country code: +91 98765 43210.
look-at = Look
refuse = Refuse
approve = Approve
sending-file = Sending the file
the-server = the server
problem-not-active = The doctor's registration is not in force here, so no visit can be made or started. The doctor sees the reason under “My registration”.
problem-two-people = Two different people must do this. Ask another administrator.
problem-too-early = This visit has not begun yet. Open the link again a little later.

## Roles, in a sentence each
role-patient-may = Sees their own visits and records.
role-doctor-may = Holds visits, once their registration is in force.
role-desk-may = Starts visits for others and sends links.
role-pharmacist-may = Sees only their own account for now.
role-researcher-may = Sees only their own account for now. Never sees a patient.
role-admin-may = Looks after people, doctors' registrations and settings. Cannot read visits.
role-auditor-may = Reads who did what. Changes nothing.

## People and what they may do
admin-sections = Sections
admin-log = Log
person-disabled = Shut out
change-name = Change { $name }
person-changed = { $name } is changed.
person-self = You cannot change your own role or shut yourself out. Another administrator can.
department-hint = Patients see it beside the name.
role-change-cost = { $name } is signed out everywhere and signs in again with the new role.
factor-title = Second step at sign-in
factor-why = A code from their phone. If they lost the phone and the recovery codes, it can be set up anew.
factor-reset = Reset the second step
factor-reset-sure = Do you know that it is { $name } who asks? They set up a new code at the next sign-in with their password.
factor-reset-yes = Yes, reset it
factor-reset-done = { $name } sets up a new code at the next sign-in.
entry-title = Coming in
entry-on = { $name } can sign in.
entry-off = { $name } cannot sign in. Nothing of theirs was deleted.
disable = Shut out
disable-sure = { $name } is signed out everywhere at once, also out of a call. You can let them in again at any time.
disable-yes = Yes, shut out
disabled-done = { $name } is shut out.
enable = Let in again
enabled-done = { $name } can sign in again.

## Invites
invites-title = Invites
invites-why = Colleagues make their own account from an invite. It works once, for seven days.
invites-empty = No invites yet
invites-empty-hint = Invite a doctor, somebody for the desk, or another administrator.
invite-make = Invite a colleague
contact-hint = The invite is sent there.
invite-send = Send the invite
invite-sent-title = The invite is on its way
invite-sent = { $name } gets a message with the link.
invite-link = Link of the invite
invite-link-hint = Only if the message does not arrive: give it to them yourself. It works once, until { $until }, and is shown only now.
invite-state-open = Waits
invite-state-used = Used
invite-revoked = { $name } can no longer use the invite.
invite-state-revoked = Taken back
invite-state-expired = Too old
invite-revoke = Take back
invite-revoke-sure = The link that { $name } got stops working.
invite-revoke-yes = Yes, take it back

## Service tokens
tokens-title = Tokens
tokens-why = A token lets another program in, such as a hospital's record system. It can do only what you allow.
docs-open = What programs can do
tokens-empty = No tokens
tokens-empty-hint = Make one when another program needs to come in.
token-make = Make a token
token-name-hint = What it is for: Record system of the ward.
scopes = What it may do
scope-visits-read = See visits
scope-visits-write = Make and change visits
scope-people-read = See who has an account
scope-records-read = Fetch sealed records, which it cannot open
scope-media = Send and receive picture and sound
scope-audit-read = Read the audit
days = Days
days-hint = How long it works: 1 to { $count } days.
token-make-do = Make it
token-made-title = The token
token-once = Copy it now. It is shown only this once; nobody can look it up later.
token = Token
token-copy = Copy the token
token-kept = I have kept it
last-used = Last used
token-state-live = Works
token-state-expired = Too old
token-revoked = { $name } can no longer come in.
token-state-revoked = Taken back
token-revoke = Take back
token-revoke-sure = The program that uses { $name } is locked out at once. This cannot be undone.
token-revoke-yes = Yes, take it back

## Organisation settings
settings-title = Organisation
settings-place = What people see
settings-saved = The settings are saved.
settings-undo = Undo changes
organisation-name = Name
zone = Time zone
address = Address
languages = Languages
languages-none = Choose at least one language.
hours = Hours
hours-of = { $day } { $from }–{ $to }
hours-more = More hours
hours-more-of = More hours on { $day }
hours-less = Remove
hours-less-of = Remove these hours on { $day }
from-of = { $day } from
to-of = { $day } to
policy = Rules
policy-factor-staff = Colleagues type a code from their phone when they sign in. A stolen password alone opens nothing.
policy-factor-nobody = A password alone lets colleagues in. Use this only to try things out.
policy-factor-staff-label = Needed for colleagues
policy-factor-nobody-label = Not needed
custody = Who may bring back lost records
custody-clinic = The patient and the clinic
custody-patient = Only the patient
custody-clinic-hint = The clinic has a key of its own and can open every record: for patients who lost their keys or have only a phone, in emergencies, and where the law asks. Who runs this server could use it; each use is in the audit, and patients are told on every page that shows a record.
custody-patient-hint = The clinic has no key to what is sealed from now on. A patient who loses every device and the recovery code loses the records. No codes by phone, no access in emergencies, no records for people who have only a phone.
recording = Recording of visits
recording-off = Never
recording-ask = Only when everybody says yes
guests-allowed = Guests may join visits by a link
guests-allowed-hint = Family, an interpreter, a second doctor. The doctor lets each of them in.
lock-title = Lock after no input, in minutes
lock-hint = The page asks for the password again. A call goes on, and what was typed is kept.
retention = Years for which records of a treatment are kept
retention-hint = A patient who wants one erased gets that when they are over; until then nobody is given it. Indian law says 3.
lock-desk = At the desk
lock-staff = Other colleagues
lock-patient = Patients

## Several organisations
organisations-title = Organisations
organisations-why = Another clinic or hospital can use this server. It has its own people, visits and rules.
organisations-not-operator = Who runs this server decides about new ones.
organisations-waiting = Waiting for a yes
organisations-none = Nobody waits
organisations-none-hint = A newly registered organisation appears here.
organisation-register = Register an organisation
organisation-register-do = Register
organisation-registered = { $name } is registered and waits for a yes from who runs this server. Then you are its administrator, and can switch to it at the top of the page.
organisation-approved = { $name } can start.
organisation-refused = { $name } is refused.
organisation-two = Whoever registered it cannot approve it. A second person looks at it.
organisation-own = You registered it, so a second person says yes or no: another administrator here.
kind = Kind
kind-clinic = Clinic
kind-hospital = Hospital
registered-by = Registered by
why-shown = They will read it.
organisation-switch = Organisation
organisation-as = { $name } · { $role }

## Doctors' registrations: for administrators
credentials-title = Doctors
credentials-why = A doctor can hold visits once their registration is checked, found in the council's register, and put into force by a second person.
credentials-empty = No registrations yet
credentials-empty-hint = A doctor gives theirs under “My registration”. It then appears here.
credentials-waiting = Waiting for you
credentials-rest = Decided
credentials-back = All doctors
credential-title = A doctor's registration
credential-submitted = Papers to check
credential-checked = Find in the register
credential-matched = To put into force
credential-active = In force
credential-expiring = Ends soon
credential-expired = Too old
credential-suspended = Suspended
credential-refused = Refused
credential-suspended-why = Suspended: { $why }
qualification = Qualification
council = Medical council
registration-number = Registration number
specialty = Specialty
valid-until = Valid until
verified-on = Verified on
documents = Papers
documents-none = No papers were given yet.
documents-look = Opening a paper is written into the audit.
document-open = Open
document-size = { $kind }, { $size } kB
history = What was done
happened-submitted = Sent in
happened-checked = Papers found in order
happened-matched = Found in the register
happened-active = Put into force
happened-expiring = Ends soon
happened-expired = Ran out
happened-suspended = Suspended
happened-refused = Refused
by-at = by { $name }, { $time }
steps-none = There is nothing to do here. The doctor can send it in again.
steps-title = What to do next
step-check = The papers are in order
step-check-what = Open each paper. Do the name, the number and the council agree with what { $name } wrote?
step-check-done = Noted: the papers are in order.
step-match = Find it in the register
step-match-what = The number is looked up in the register that was taken in below the list of doctors.
step-match-done = Found in the register.
step-activate = Put into force
step-activate-what = From then on { $name } can hold visits, and patients see the registration.
step-activate-done = The registration is in force.
step-refuse = Refuse
step-refuse-what = If something is wrong, refuse it and say why. { $name } can correct it and send it in again.
step-refuse-done = The registration is refused.
step-suspend = Suspend
step-suspend-what = A suspended doctor cannot start visits. It shows at once in a visit that goes on.
step-suspend-done = The doctor is suspended.
step-reinstate = Put back into force
step-reinstate-what = { $name } can hold visits again.
step-reinstate-done = The registration is in force again.
two-people-rule = Two different people: whoever said that the papers are in order cannot also put the registration into force, and nobody can do it for themselves.
suspend-cost = { $name } can start no visit from now on. A visit that goes on is not cut off, but both people in it are told.
why-doctor = The doctor reads it, and it is kept in the history.
match-by-hand = The register is not here as a file
match-how = How you found it
match-how-hint = For example: “Looked up on the council's page today, same name and year.”
match-by-hand-do = Note it as found
registry-title = The council's register
registry-why = Take in the register as a CSV file. Doctors who are gone from it, or marked “suspended”, are suspended.
registry-file = Register as a CSV file
registry-choose = Choose a CSV file
registry-large = This file is larger than 1 MB. Send it in parts, each with the first line.
registry-kept = { $count ->
    [one] 1 line was taken in.
   *[other] { $count } lines were taken in.
  }
registry-bad = { $count ->
    [one] 1 line could not be read:
   *[other] { $count } lines could not be read:
  }
registry-line = Line { $line }: { $why }
registry-more = { $count } more lines

## Doctors' registrations: for the doctor and for patients
registration-title = My registration
registration-open = Open my registration
registration-why = Patients must be able to see who treats them. Two people of the clinic check what you give here; then you can hold visits.
registration-give = Give your registration
registration-correct = What you gave
qualification-hint = MBBS, MD (General Medicine)
council-hint = As it stands on your certificate: Punjab Medical Council.
specialty-hint = Cardiology, family medicine …
valid-until-hint = The last day on your certificate.
registration-send = Send it in
registration-correct-do = Correct it
registration-correct-sure = It is checked anew from the start. Until then you cannot start visits.
registration-correct-yes = Yes, send in the correction
registration-sent = Your registration is sent in.
documents-hint = Your certificate as PDF, JPEG or PNG: up to { $count } files of { $size } MB each.
document-file = A paper, as PDF, JPEG or PNG
document-choose = Add a paper
document-sending = { $name }: { $done } % sent
document-type = { $name } was not sent: only PDF, JPEG and PNG files can be read here. A photo of the paper will do.
document-empty = { $name } was not sent: the file is empty.
document-large = { $name } was not sent: it is larger than { $size } MB. Scan it in grey, or photograph it smaller.
document-count = { $name } was not sent: there are { $count } papers already.
standing-none = You have not given your registration yet.
standing-no-papers = Your registration is sent in. Add a photo or scan of your certificate, so that it can be checked.
standing-submitted = Your registration is sent in. The clinic checks the papers next.
standing-checked = Your papers are in order. The clinic looks you up in the council's register next.
standing-matched = You were found in the register. A second person puts it into force next.
standing-active = Your registration is in force. Patients see it beside your name.
standing-expiring = { $count ->
    [0] Your registration ends today. Renew it and send in the new certificate.
    [one] Your registration ends tomorrow. Renew it and send in the new certificate.
   *[other] Your registration ends in { $count } days, on { $day }. Renew it and send in the new certificate.
  }
standing-expired = Your registration ended on { $day }. Send in the new certificate.
standing-suspended = Your registration is suspended. Reason: { $why }
standing-refused = Your registration was refused. Reason: { $why } Correct it and send it in again.
standing-no-visits = You cannot start or accept visits until it is in force.
registered = Reg. no. { $number }
registered-with = Reg. no. { $number }, { $council }
verified = verified on { $day }
suspended-patient = The clinic has just suspended the registration of { $name }. You may end this visit at any time; ask the clinic for another doctor.
suspended-doctor = Your registration has just been suspended. Bring this visit to a safe end. You cannot start others; the reason is under “My registration”.

## Pharmacists and researchers
pharmacist-title = Pharmacy
pharmacist-empty = Nothing is sent to pharmacies yet
pharmacist-empty-hint = This server does not hand out prescriptions to pharmacies. You can look after your own account here.
researcher-title = Research
researcher-empty = Nothing is given to research yet
researcher-empty-hint = This server gives out no data for research. You can look after your own account here.

## Audit
audit-title = Audit
chain-check = Check that nothing was changed
chain-ok = { $count ->
    [one] The one entry is as it was written.
   *[other] All { $count } entries are as they were written. None was changed, left out or added later.
  }
chain-broken = The chain is broken at entry { $number }: it, or the one before it, was changed after it was written. Keep a copy of the database and tell who runs this server.
consents-title = Who may see
rights-title = Your data
clinic-keys-title = Clinic’s key
looked-title = Who looked
looked-why = Who opened or changed what is yours, and when you signed in.
looked-empty = Nobody yet
looked-empty-hint = When somebody opens something of yours, it is listed here.
looked-wrong = Is there something that you cannot explain? Tell the clinic, and change your password.
looked-of = of { $day }
looked-one = { $name } { $did }.
looked-one-as = { $name }, { $role }, { $did }.
looked-you = You { $did }.
looked-server = The server
looked-program = A program
looked-guest = A guest
looked-tried = { $name } tried: { $did }. It was not let.
looked-login-failed = Somebody tried to sign in to your account and failed.

## Links into a visit
links = Links
links-of = Links for { $name }
link-send-title = Send a link by SMS
link-whom = For whom
link-for-patient = { $name }, the patient
link-for-guest = Somebody who comes along
language-of-message = Language of the message
link-send = Send the link
link-sent = The link is on its way.
link-resend = Send again
link-resent = A new link is on its way. The old one no longer works.
link-of-patient = Link for { $name }
link-of-guest = Link for a guest
link-made = Made { $time }
link-sent-to = Sent to { $phone }, { $time }
link-unused = Not used yet
link-used = Used
link-expired = Too old
link-revoked = Taken back
visit-whose = The patient
visit-whose-account = Has an account
visit-whose-phone = Has no account, only a phone
phone-visit-why = They get a link by SMS and need nothing else. If they register later, this visit becomes theirs.
patient-name = Name of the patient
visit-at = When
visit-at-hint = Your time. Leave it empty for now.
phone-visit-make = Make the visit
desk-planned = The visit is planned.

## Coming by a link
opens-at = You can join from { $time }.
guest-video = VIDEO visit – do not travel. Join here, from this device.
guest-declined = This visit will not take place.
guest-over-ask = If you still need the doctor, ask the clinic for a new link: answer the message you got, or call.
bad-link-whole = Was the link cut in two in the message? Copy all of it into the address line.
bad-link-ask = Otherwise ask the clinic for a new link: answer the message you got, or call.
bad-link-account = I have an account
your-time = (your time)
clinic-time = { $time } at the clinic ({ $zone })
too-early = The door opens 30 minutes before the visit. It opens by itself, in
too-early-stay = You can leave this page open, or come back with the same link.
countdown = { $days ->
    [0] { $hours ->
        [0] { $minutes } min { $seconds } s
       *[other] { $hours } h { $minutes } min
      }
    [one] 1 day { $hours } h
   *[other] { $days } days { $hours } h
  }
patient-name-hint = Your full name, as the doctor should write it.
birth-year = Year of birth
birth-year-hint = Four digits, such as 1984.
confirm-true = This is my own name and year of birth
confirm-why = The doctor must know who they talk to. It is kept with the visit.
elsewhere-safari = Open this page in Safari
elsewhere-chrome = Open this page in Chrome
elsewhere-why = This browser gives no camera and no microphone to web pages, so the doctor could not see or hear you.
elsewhere-why-app = This page was opened inside another app. Picture and sound often fail there.
elsewhere-copy = Copy the link.
elsewhere-open-safari = Open Safari.
elsewhere-open-chrome = Open Chrome, or another browser.
elsewhere-paste = Paste the link into the address line at the top.
elsewhere-link = Link of this page
elsewhere-stay = Go on here anyway
second-device = Second device
second-device-hint = The link was used on another device before. Ask who it is before you let them in.
born-in = born { $year }, { $count } years
confirmed-self = says that name and age are true

## The API's page
docs-title = For programs: the API
docs-why = Every operation that this server offers, with who may use it.
docs-document = The same as an OpenAPI document
docs-version = { $title }, version { $version }. All paths are under { $base }.
docs-search = Search
docs-search-hint = A path, a word, a role or a scope.
docs-count = { $count ->
    [one] 1 operation
   *[other] { $count } operations
  }
docs-none = No such operation
docs-none-hint = Try fewer words.
docs-may = Who may: { $who }.
docs-may-unsaid = not said
docs-may-anyone = anybody
docs-may-session = whoever has a session, also one that is locked or half signed in
docs-may-signed-in = whoever is signed in, guests too
docs-may-person = everybody with an account
docs-fresh = Only within five minutes of proving who they are (else 403 step_up).
docs-scope = With a service token of scope
docs-audit = Written into the audit as
docs-parameters = Parameters
docs-parameters-of = Parameters of { $name }
docs-body = Body
docs-body-of = Body of { $name }
docs-answers = Answers
docs-answer-of = Answer { $status } of { $name }
docs-type = Type
docs-needed = Needed
docs-what = What it is
docs-yes = yes
