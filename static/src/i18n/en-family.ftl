### Texts of guardians and of the children they answer for, fetched with their pages. Grade-6 words; errors never blame.

## What people are to a child, and papers
relation-mother = Mother
relation-father = Father
relation-grandparent = Grandmother or grandfather
relation-relative = Other family
relation-guardian = Guardian by law or court
papers-birth-certificate = Birth certificate with the parent’s name
papers-identity = Passport or identity card that names the parent
papers-court-order = Order of a court
papers-other = Another paper

## The desk links
guardians-why = Link a parent or guardian to a child’s record after you have looked at their papers. They can then read it, add to it and answer for the child, until the child is 18 or you end it.
guardians-of = Who answers for { $name }
guardian-which-child = Find the child
guardian-child-name = Choose { $name }
guardian-choose = Choose
guardian-choose-name = Choose { $name }
guardian-more = { $count } more. Type more of the name.
guardian-home = Back to today’s visits
guardian-other-child = Another child
guardian-born = Born in { $year }. Check that it is the right person.
guardian-born-unknown = We don’t know when they were born.
guardian-no-year = Nobody can answer for { $name } before we know that they are a child. The year of birth is set in their account, under “Account and security”.
guardian-grown-up = { $name } is of age and answers for themselves.
guardian-now = Answers for the child now
guardian-nobody = Nobody yet
guardian-nobody-hint = Who you link below stands here.
guardian-since = Since { $time }, papers seen by { $name }
guardian-add = Link somebody
guardian-full = A child has at most 4 guardians here. End one of them first.
guardian-whom = Find who answers for { $name }
guardian-other = Somebody else
guardian-relation-of = What they are to { $name }
guardian-papers = Which paper did they show?
guardian-papers-hint = Only the kind is kept. Don’t copy it here.
guardian-looked = I looked at this paper, and at a photo card of { $name }
guardian-link = Link { $name }
guardian-told = Both get a message that says so.
guardian-linked = { $name } answers for { $who } now.
guardian-follows = What was written before is being opened for { $name } with the clinic’s key. That takes about a minute; where { $name } has no key yet, it waits for their first sign-in in a browser.
guardian-closed = Some of what was written before is sealed to others alone. The clinic has no key to it, so { $name } cannot open it. What is new, they can.
guardian-end = End it
guardian-end-name = End it: { $name }
guardian-end-yes = Yes, end it
guardian-end-sure = { $name } can no longer open the records of { $who }, or answer for them. What they have read, they have read.
guardian-ended = { $name } no longer answers for { $who }.
guardian-of-age = That can’t be linked. { $name } must be 18 or older, and { $who } under 18. Look at the years of birth: both set theirs in their account.
guardian-no-account = { $name } needs an account of their own here first. Let them register with their phone, then link them.

## A guardian’s pages
children-title = Children you answer for
child-title = A child’s records
child-records = Records of { $name }
child-add = Add to the records of { $name }
child-add-short = Add a paper or picture
child-consents = Who may see the records of { $name }
child-consents-short = Who may see them
child-back = Records of { $name }
child-home = Back to your own page
child-why = You answer for { $name } until they are 18. You can read everything here, add to it, ask for corrections, and say who may see it.
child-why-as = You answer for { $name } until they are 18 ({ $what }). You can read everything here, add to it, ask for corrections, and say who may see it.
child-closed = Some of what was written about { $name } before you were linked ({ $time }) is sealed to others alone. The clinic has no key to it, so it does not open for you. What is new does.
child-empty = When something is written about { $name }, or you add a paper or picture, it appears here.
child-not = You don’t answer for this child here, or not any more. If that is wrong, ask the clinic’s desk.
