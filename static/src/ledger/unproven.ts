/** Why something is not proven: a word for programs and pages, and a sentence for whoever reads the error. */

const SENTENCES = {
  not_a_proof: 'this is not a proof file',
  damaged: 'a part of the proof can not be read',
  bad_policy: 'the list of keys to check with can not be read',
  other_log: 'the proof is of another log',
  log_signature: 'the signature of the log is missing or wrong',
  validator_signature: 'the signature of a validator is wrong',
  too_few: 'too few validators signed',
  not_in_log: 'the entry is not in the log that was signed',
  no_entry: 'the proof does not hold the entry that it is about',
  void: 'the validators did not let it stand',
  other_thing: 'the proof is about something else',
  changed: 'what is shown is not what the log holds',
  gone: 'the server had a log and says now that it has none',
  forked: 'the log was changed after this browser last saw it',
  other_key: 'the log holds other keys for this person',
  not_newest: 'the proof is not about the newest state of the log',
} as const;

export type Why = keyof typeof SENTENCES;
export const WHYS = Object.keys(SENTENCES);

/** What was to be proven is not. */
export class Unproven extends Error {
  constructor(
    readonly why: Why,
    /** How many signed, and how many must, where that is what is wrong. */
    readonly count: { have: number; need: number } | null = null,
  ) {
    super(SENTENCES[why]);
  }
}

/** What `read` gives; whatever it throws that is no {@link Unproven} means that the bytes are not what they should be. */
export function legible<T>(why: Why, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Unproven ? error : new Unproven(why);
  }
}
