/** What travels over the WebSocket, as the server's `wire.rs` has it: types, and a reader that trusts nothing. */
import { flag, isRecord, list, maybe, number, record, type Of, ShapeError, text, word } from './shape.ts';

/** The protocol this page speaks; the server says its own in `welcome`. */
export const PROTOCOL = 2;

/** Longest message body, in bytes before base64. */
export const MAX_BODY = 16 * 1024;

export const ROLES = ['patient', 'doctor', 'desk', 'pharmacist', 'researcher', 'admin', 'auditor'] as const;
export const roleWord = word(...ROLES);
export type Role = Of<typeof roleWord>;

const seatView = record({
  id: text,
  role: word('doctor', 'patient', 'guest'),
  name: text,
  standing: word('lobby', 'admitted', 'removed'),
  here: flag,
  mic: flag,
  cam: flag,
  /** What they joined with, for others to seal to; null when they are not on line. */
  key: maybe(text),
  /** Came with a link that another device had used before. */
  flag: maybe(word('second_device')),
});
export type SeatView = Of<typeof seatView>;

const slot = record({ mid: text, seat: maybe(text) });
export type Slot = Of<typeof slot>;

export const saidShape = record({ seq: number, id: text, seat: text, at: number, body: text });
export type Said = Of<typeof saidShape>;

export const doctorView = record({
  name: text,
  department: maybe(text),
  qualification: maybe(text),
  /** The number in the council's register; like the rest, only while it is in force. */
  registration: maybe(text),
  council: maybe(text),
  verified_on: maybe(number),
});
export type DoctorView = Of<typeof doctorView>;

export const visitView = record({
  id: text,
  state: word('requested', 'open', 'ended', 'declined'),
  patient: text,
  doctor: doctorView,
  made_by: roleWord,
  made_at: number,
  ended_at: maybe(number),
  /** When it is meant to begin; null for one that begins at once. */
  planned_at: maybe(number),
  here: number,
});
export type VisitView = Of<typeof visitView>;

const endedWhy = word('doctor', 'idle');
export type EndedWhy = Of<typeof endedWhy>;

const level = word('lost', 'poor', 'fair', 'good');
export type QualityLevel = Of<typeof level>;

export const REFUSALS = [
  'bad_message', 'no_visit', 'ended', 'not_open', 'removed', 'full', 'not_host', 'not_in_room',
  'no_seat', 'bad_body', 'id_taken', 'bad_offer', 'chat_full', 'storage_full', 'not_kept', 'busy', 'not_active',
] as const;
export type RefusalCode = (typeof REFUSALS)[number];

export const consentState = word('asked', 'granted', 'refused', 'revoked', 'expired', 'lapsed');
export type ConsentState = Of<typeof consentState>;

const shapes = {
  welcome: record({ protocol: number, now: number, run: text }),
  lobby: record({ re: number, visit: text, seat: text }),
  joined: record({
    re: number, visit: text, seat: text, answer: text, roster: list(seatView), slots: list(slot),
    people: number, chat: list(saidShape), last: number,
  }),
  answer: record({ re: number, visit: text, answer: text, slots: list(slot) }),
  slots: record({ visit: text, slots: list(slot) }),
  grow: record({ visit: text, people: number }),
  seat: record({ visit: text, seat: seatView }),
  said: record({ visit: text, seq: number, id: text, seat: text, at: number, body: text }),
  passed: record({ visit: text, from: text, body: text }),
  history: record({ re: number, visit: text, chat: list(saidShape), last: number }),
  done: record({ re: number }),
  refused: record({ re: maybe(number), code: word(...REFUSALS), detail: text }),
  removed: record({ visit: text }),
  replaced: record({ visit: text }),
  ended: record({ visit: text, why: endedWhy }),
  quality: record({ visit: text, seat: text, level }),
  visit: record({ visit: visitView }),
  restart: record({ visit: text }),
  standing: record({ visit: text, doctor: word('suspended', 'active') }),
  grant: record({ consent: text, state: consentState, patient: text }),
  correction: record({ record: text, note: text, patient: text }),
  pong: record({}),
};

type Shapes = typeof shapes;
export type ServerMessage = { [K in keyof Shapes]: { t: K } & Of<Shapes[K]> }[keyof Shapes];
export type ServerMessageOf<K extends keyof Shapes> = Extract<ServerMessage, { t: K }>;

export type ClientMessage =
  | { t: 'join'; re: number; visit: string; offer: string; seen: number; mic: boolean; cam: boolean; key: string }
  | { t: 'offer'; re: number; visit: string; offer: string }
  | { t: 'say'; re: number; visit: string; id: string; body: string }
  | { t: 'history'; re: number; visit: string; after: number }
  | { t: 'show'; visit: string; mic: boolean; cam: boolean }
  | { t: 'pass'; visit: string; to: string; body: string }
  | { t: 'admit' | 'remove'; re: number; visit: string; seat: string }
  | { t: 'leave' | 'end'; re: number; visit: string }
  | { t: 'ping' };

function isKind(kind: unknown): kind is keyof Shapes {
  return typeof kind === 'string' && Object.hasOwn(shapes, kind);
}

/** Reads one frame. Null for a kind this page doesn't know (a newer server's); throws {@link ShapeError} for nonsense. */
export function readServer(frame: string): ServerMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    throw new ShapeError('the frame is not JSON');
  }
  if (!isRecord(value) || typeof value.t !== 'string') throw new ShapeError('the frame has no kind');
  if (!isKind(value.t)) return null;
  return { t: value.t, ...shapes[value.t](value, value.t) } as ServerMessage;
}
