/** The patient's yes to keeping what they add themselves: asked once, and theirs to take back. */
import { ask, nothing } from '../api.ts';

/** The text of it that the pages show. */
const TEXT_VERSION = 1;

/** `guardian`: somebody answers for a patient who is too young to. */
export function letKeep(language: string, guardian: boolean): Promise<unknown> {
  return ask('POST', '/consents/give', nothing, { id: crypto.randomUUID(), subject: 'store', text_version: TEXT_VERSION, language, ...(guardian && { guardian }) });
}
