/** What sending a record needs, as the pages have it. */
import { keys } from '../keys.ts';
import { sayer } from '../ledger/sayer.ts';
import { clockOffset } from '../live.ts';
import type { SendPorts } from './send.ts';
import { recordServer } from './server.ts';

export const sendPorts: SendPorts = {
  identity: keys.identity,
  keysOf: keys.ofRecord,
  server: recordServer,
  uuid: () => crypto.randomUUID(),
  now: () => Math.round(Date.now() + clockOffset.peek()),
  sayer,
};
