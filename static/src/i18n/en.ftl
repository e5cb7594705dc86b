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
login-guest-hint = Sign in to see this visit. If you came by a link, open the link again or ask for a new one.
user-name = User name
password = Password
password-hint = At least 8 characters. A few words in a row are easy to remember and hard to guess.
your-name = Your name
sign-in = Sign in
sign-out = Sign out
sign-out-unsent-title = Some messages are not sent
sign-out-unsent = { $count ->
    [one] One message has not been sent. Signing out deletes it from this device.
   *[other] { $count } messages have not been sent. Signing out deletes them from this device.
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
reset-cost = The new password does not open what was sealed for { $name } before. They need their recovery code, or a device on which they are signed in. Nobody at the clinic can open it for them.
reset-do = Set the new password
reset-done = { $name } has a new password.

## Keys and devices
keys-title = Your keys and devices
keys-why = Your visits are sealed: only you and the other person can read them. The keys for that were made on your device. The clinic has no copy it could open.
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
start-over-lost = What was sealed for you until now does not open with the new keys, here or anywhere. The other person of each visit can still open its record.
start-over-kept = A device that still has your old keys still opens it. Visits from now on open as usual.
start-over-told = The others see that your key has changed and may ask you to compare the safety phrase.
start-over-not = Do not start over
start-over-yes = Yes, start over

## Records
records-title = Your records
records-why = A record is what was written in a visit. Only you and your doctor can open it; the clinic keeps it sealed.
records-why-doctor = A record is what was written in a visit. Only you and the patient can open it; the clinic keeps it sealed.
records-empty = No records yet
records-empty-hint = When a visit in which something was written has ended, its record appears here.
records-back = All records
record-visit-with = Visit with { $name }
record-who = Only you and { $name } can open this.
record-open = Open the record
record-title = Record of a visit
record-opening = Opening in your browser…
record-ended = Ended
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
record-doubtful = Some messages are marked “not verified”: it could not be proven who wrote them, or that nothing before them was changed. Messages of guests are never proven.
record-line-closed = This message could not be opened when the record was sealed.
record-locked = Your keys do not open here. Bring them back, then this record opens.
record-no-key = This record is not sealed for the keys on this device. Open it on the device you used then, or let this device in from there.
record-damaged = This record is damaged or was changed, so it is not shown. Tell the clinic.
record-not-found = There is no such record, or it is not yours to open.
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
guest-over = This visit is over. There is nothing you need to do.
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
link-unused = A link made { $time }, not used yet
link-take-back = Take the link back
link-copied = The link is copied.
link-copy-by-hand = The browser did not allow copying. Select the link and copy it yourself.

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
problem-no-session = You are signed out. Sign in again to go on.
problem-login-taken = Somebody has this user name already. Choose another.
problem-bad-state = This visit has changed in the meantime. Load the page again to see how it stands.
problem-bad-link = This link is wrong, used up or too old. Please ask for a new one.
problem-link-used = This link was already used on another device. Open it there, or ask the clinic for a new one.
problem-bad-code = This set-up link is wrong or was used already. Start the server again to get a new one.
problem-weak-params = The server asked for a weaker protection of your password than this page allows. Your password was not sent. Tell the clinic.
problem-password-short = Choose a password of at least 8 characters.
problem-wrong-password = This password does not open your keys. Check it and try again.
problem-cross-site = The browser sent this from another page. Open the clinic's own address and try again.
