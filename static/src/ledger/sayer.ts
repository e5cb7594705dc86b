/** Saying things to the log, as the pages do. */
import { about } from './browser.ts';
import { sayerOf } from './says.ts';
import { ledgerServer } from './server.ts';

export const sayer = sayerOf({ hasLog: async () => (await about()) !== null, salt: async () => (await ledgerServer.own()).salt });
