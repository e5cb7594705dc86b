/** What a server says of its log: whose signatures it has, and who they are. */
import { list, number, type Of, record, text, word } from '../shape.ts';

/** Who runs the validators: all in one process, in several of one operator, or at several sites. */
const trust = record({ kind: word('one_process', 'processes', 'sites'), operators: list(text), validators: number, faulty: number });
export type Trust = Of<typeof trust>;

/** Whose signatures the log has. */
export const aboutShape = record({ origin: text, log: text, validators: list(text), threshold: number, window_ms: number, trust });
export type About = Of<typeof aboutShape>;
