/** The patient's yes to keeping what they add themselves: asked once, signed with their key, and theirs to take back. */
import { approvalMessage, consents, TEXT_VERSION } from '../consents.ts';
import { locale } from '../i18n.ts';
import { keys } from '../keys.ts';
import { base64url } from '../seal/bytes.ts';
import { sign } from '../seal/primitives.ts';

const SUBJECT = 'store';

/** `guardian`: somebody answers for a patient who is too young to. */
export async function letKeep(patient: string, organisation: string, guardian: boolean): Promise<void> {
  const language = locale.peek();
  const plain = { id: crypto.randomUUID(), patient, subject: SUBJECT, text_version: TEXT_VERSION, language, ...(guardian && { guardian: true as const }) } as const;
  const mine = await keys.identity();
  if (mine === null) return void (await consents.give(plain));
  const says = { consent: plain.id, patient, key: mine.key, grantee: organisation, until: 0 };
  const message = await approvalMessage(says, { subject: SUBJECT, purpose: 'treatment', kinds: [], departments: null, minutes: null, text_version: TEXT_VERSION, language });
  await consents.give({ ...plain, key: mine.key, signature: base64url(await sign(mine.identity.ed, message)) });
}
