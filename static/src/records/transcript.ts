/** What a sealed record of a visit says: who was there, what was written when, and what of it could be verified. */
import type { VisitDetail } from '../api.ts';
import type { VisitKeys } from '../keys/visit.ts';
import { base64url, type Bytes, fromBase64url } from '../seal/bytes.ts';
import { Chain, judge } from '../seal/transcript.ts';
import { flag, list, maybe, number, type Of, record, type Shape, ShapeError, text, word } from '../shape.ts';
import type { Said } from '../wire.ts';

const one: Shape<1> = (value, at) => {
  if (value !== 1) throw new ShapeError(`${at} should be 1`);
  return value;
};

const line = record({
  seq: number, id: text, seat: text, name: text, role: word('doctor', 'patient', 'guest'), at: number,
  /** Null when it did not open. */
  text: maybe(text),
  /** Signed by a key of its seat, by somebody who had read what stands before it. */
  verified: flag,
});
export type TranscriptLine = Of<typeof line>;

const transcript = record({
  v: one, visit: text, doctor: text, patient: text, started: number, ended: number, messages: list(line), chain: text,
});
export type Transcript = Of<typeof transcript>;

/** Reads the JSON of a record. Throws when it is something else. */
export function readTranscript(json: string): Transcript {
  return transcript(JSON.parse(json), 'transcript');
}

/** Opens and judges a visit's chat, and puts it together. Messages are in the order of their numbers. */
export async function transcriptOf(detail: VisitDetail, chat: readonly Said[], of: VisitKeys, key: Bytes): Promise<Transcript> {
  const chain = await Chain.of(detail.id);
  const messages: TranscriptLine[] = [];
  let whole = true;
  for (const said of chat) {
    const seat = detail.seats.find((other) => other.id === said.seat);
    const role = seat?.role ?? 'guest';
    const eds = role === 'guest' ? [] : of[role].map((known) => known.edBytes);
    const sealed = { seq: said.seq, id: said.id, seat: said.seat, body: fromBase64url(said.body) };
    const verdict = await judge(key, detail.id, sealed, chain, eds);
    whole = (await chain.push(sealed)) && whole;
    const verified = verdict.read && verdict.author === 'seat' && verdict.history === 'same' && whole;
    const { seq, id, at } = said;
    messages.push({ seq, id, seat: said.seat, name: seat?.name ?? '', role, at, text: verdict.read ? verdict.text : null, verified });
  }
  const ended = detail.ended_at ?? chat.at(-1)?.at ?? detail.made_at;
  return {
    v: 1, visit: detail.id, doctor: detail.doctor.name, patient: detail.patient, started: detail.made_at, ended,
    messages, chain: base64url(chain.head.hash),
  };
}
