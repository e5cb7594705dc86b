/** Nothing that was written is lost, doubled or out of order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AGAIN_MS, ANSWER_WITHIN_MS, Chat, type ChatSeal, type OutboxStore, type Unsent } from '../../src/chat.ts';
import type { Reading } from '../../src/reader.ts';
import type { ClientMessage, Said } from '../../src/wire.ts';
import { Clock } from './clock.ts';

class Shelf implements OutboxStore {
  readonly rows = new Map<string, Unsent>();
  before: () => void = () => undefined;
  load(visit: string, owner: string): Promise<Unsent[]> {
    return Promise.resolve([...this.rows.values()].filter((one) => one.visit === visit && one.owner === owner));
  }
  put(message: Unsent): Promise<void> {
    this.before();
    this.rows.set(message.id, message);
    return Promise.resolve();
  }
  remove(id: string): Promise<void> {
    this.rows.delete(id);
    return Promise.resolve();
  }
}

type Say = Extract<ClientMessage, { t: 'say' }>;
let ids = 0;

/** Seals in words: what is sealed says so. */
class Words implements ChatSeal {
  key = true;
  differs = false;
  readonly taken: number[] = [];
  seal(_id: string, text: string): Promise<string | null> {
    return Promise.resolve(this.key ? `sealed ${text}` : null);
  }
  own(_id: string, body: string): Promise<string | null> {
    return Promise.resolve(this.key ? body.replace('sealed ', '') : null);
  }
  take(messages: readonly Said[]): void {
    this.taken.push(...messages.map((one) => one.seq));
  }
  reading(): Reading {
    return { read: false, why: 'waiting' };
  }
}

function desk(shelf = new Shelf(), owner = 'me') {
  const seal = new Words();
  const clock = new Clock();
  const sent: ClientMessage[] = [];
  let re = 0;
  const line = { open: true };
  const chat = new Chat('v', owner, {
    store: shelf,
    seal,
    send: (message) => {
      if (line.open) sent.push(message);
      return line.open;
    },
    re: () => (re += 1),
    uuid: () => `id-${(ids += 1)}`,
    now: () => clock.now,
    later: clock.later,
    cancel: clock.cancel,
    changed: () => undefined,
  });
  const says = (): Say[] => sent.filter((one): one is Say => one.t === 'say');
  return { chat, clock, sent, says, line, shelf, seal };
}

function kept(seq: number, id = `k${seq}`, body = 'x'): Said {
  return { seq, id, seat: 's', at: 0, body };
}

test('a message is sealed on the shelf before it is on the line, and off it once it is kept', async () => {
  const { chat, says, shelf } = desk();
  chat.joined([], 0);
  shelf.before = () => assert.equal(says().length, 0);
  await chat.write('hello');
  assert.deepEqual([...shelf.rows.values()].map((one) => one.body), ['sealed hello']);
  assert.equal(chat.view().unsent[0]?.text, 'hello');
  const [say] = says();
  assert.ok(say);
  chat.said(kept(1, say.id, 'hello'));
  assert.equal(shelf.rows.size, 0);
  assert.deepEqual(chat.view().kept.map((one) => one.body), ['hello']);
  assert.equal(chat.view().unsent.length, 0);
});

test('messages go one after the other, in the order they were written', async () => {
  const { chat, says } = desk();
  chat.joined([], 0);
  await Promise.all(['one', 'two', 'three'].map((text) => chat.write(text)));
  for (let seq = 1; seq <= 3; seq += 1) {
    assert.equal(says().length, seq);
    chat.said(kept(seq, says()[seq - 1]?.id));
  }
  assert.deepEqual(says().map((one) => one.body), ['sealed one', 'sealed two', 'sealed three']);
});

test('what was not answered is sent again with the same id after the line is back', async () => {
  const { chat, says } = desk();
  chat.joined([], 0);
  await chat.write('hello');
  chat.paused();
  assert.equal(chat.view().retrying, true);
  chat.joined([], 0);
  assert.equal(says().length, 2);
  assert.equal(says()[0]?.id, says()[1]?.id);
});

test('what was kept just before the line fell is not sent again', async () => {
  const { chat, says } = desk();
  chat.joined([], 0);
  await chat.write('hello');
  const [say] = says();
  assert.ok(say);
  chat.paused();
  chat.joined([kept(1, say.id, 'hello')], 1);
  assert.equal(says().length, 1);
  assert.equal(chat.view().unsent.length, 0);
  assert.equal(chat.view().kept.length, 1);
});

test('what was written while the line was down goes out when it is back, before what is written then', async () => {
  const { chat, says } = desk();
  await chat.write('first');
  await chat.write('second');
  assert.equal(says().length, 0);
  chat.joined([], 0);
  await chat.write('third');
  chat.said(kept(1, says()[0]?.id));
  chat.said(kept(2, says()[1]?.id));
  assert.deepEqual(says().map((one) => one.body), ['sealed first', 'sealed second', 'sealed third']);
});

test('after a reload the unsent messages are still there, and still theirs alone', async () => {
  const shelf = new Shelf();
  const before = desk(shelf);
  await before.chat.write('kept over a crash');
  const stranger = desk(shelf, 'somebody else');
  await stranger.chat.restore();
  stranger.chat.joined([], 0);
  assert.equal(stranger.says().length, 0);
  const after = desk(shelf);
  await after.chat.restore();
  after.chat.joined([], 0);
  assert.deepEqual(after.says().map((one) => one.id), [...shelf.rows.keys()]);
});

for (const code of ['storage_full', 'not_kept', 'busy'] as const) {
  test(`a message refused with ${code} is sent again by itself with the same id`, async () => {
    const { chat, clock, says, shelf } = desk();
    chat.joined([], 0);
    await chat.write('hello');
    assert.equal(chat.refused(says()[0]?.re ?? 0, code), true);
    assert.equal(chat.view().retrying, true);
    clock.pass(AGAIN_MS[0]);
    assert.equal(says().length, 2);
    assert.equal(says()[1]?.id, says()[0]?.id);
    assert.equal(shelf.rows.size, 1);
  });
}

test('a message that can never be kept is shown as failed, and the next one goes', async () => {
  const { chat, says } = desk();
  chat.joined([], 0);
  await chat.write('too long');
  await chat.write('short');
  chat.refused(says()[0]?.re ?? 0, 'bad_body');
  assert.equal(chat.view().unsent[0]?.failed, 'bad_body');
  assert.equal(says()[1]?.body, 'sealed short');
});

test('a message that nobody answers is sent again', async () => {
  const { chat, clock, says } = desk();
  chat.joined([], 0);
  await chat.write('hello');
  clock.pass(ANSWER_WITHIN_MS);
  assert.equal(says().length, 2);
  assert.equal(says()[1]?.id, says()[0]?.id);
});

test('a gap is noticed, asked for once, and shown only when it is closed', () => {
  const { chat, sent } = desk();
  chat.joined([kept(1)], 1);
  chat.said(kept(3));
  chat.said(kept(4));
  assert.deepEqual(chat.view().kept.map((one) => one.seq), [1]);
  const asked = sent.filter((one) => one.t === 'history');
  assert.deepEqual(asked.map((one) => one.after), [1]);
  chat.history({ t: 'history', re: asked[0]?.re ?? 0, visit: 'v', chat: [kept(2), kept(3)], last: 4 });
  assert.deepEqual(chat.view().kept.map((one) => one.seq), [1, 2, 3, 4]);
  assert.equal(chat.seen, 4);
});

test('a long chat is fetched page after page', () => {
  const { chat, sent } = desk();
  chat.joined([kept(1), kept(2)], 5);
  for (const page of [[3, 4], [5]]) {
    const asked = sent.filter((one) => one.t === 'history').at(-1);
    chat.history({ t: 'history', re: asked?.re ?? 0, visit: 'v', chat: page.map((seq) => kept(seq)), last: 5 });
  }
  assert.equal(chat.seen, 5);
  assert.deepEqual(sent.filter((one) => one.t === 'history').map((one) => one.after), [2, 4]);
});

test('the same message heard twice is there once', () => {
  const { chat } = desk();
  chat.joined([kept(1)], 1);
  chat.said(kept(1));
  assert.equal(chat.view().kept.length, 1);
});

test('two messages of the same millisecond keep their order over a reload', async () => {
  const shelf = new Shelf();
  const { chat } = desk(shelf);
  await Promise.all(['b', 'a'].map((text) => chat.write(text)));
  const again = desk(shelf);
  await again.chat.restore();
  assert.deepEqual(again.chat.view().unsent.map((one) => one.text), ['b', 'a']);
});

test('without a key nothing is sent and nothing is stored; with the key it goes, in the order it was written', async () => {
  const { chat, says, seal, shelf } = desk();
  seal.key = false;
  chat.joined([], 0);
  await chat.write('one');
  await chat.write('two');
  assert.deepEqual(chat.view().unsent.map(({ text, unsealed }) => [text, unsealed]), [['one', true], ['two', true]]);
  assert.equal(shelf.rows.size + says().length, 0);
  seal.key = true;
  await chat.keyed();
  assert.equal(shelf.rows.size, 2);
  chat.said(kept(1, says()[0]?.id));
  assert.deepEqual(says().map((one) => one.body), ['sealed one', 'sealed two']);
});

test('what was sealed before a reload is shown once its key is there, and goes without it', async () => {
  const shelf = new Shelf();
  await desk(shelf).chat.write('hello');
  const { chat, says, seal } = desk(shelf);
  seal.key = false;
  await chat.restore();
  chat.joined([], 0);
  assert.equal(chat.view().unsent[0]?.text, null);
  assert.equal(says()[0]?.body, 'sealed hello');
  seal.key = true;
  await chat.keyed();
  assert.equal(chat.view().unsent[0]?.text, 'hello');
});

test('messages are handed over to be read in their order and without gaps, and again when they come again', () => {
  const { chat, seal } = desk();
  chat.joined([kept(1)], 1);
  chat.said(kept(3));
  chat.said(kept(4));
  assert.deepEqual(seal.taken, [1]);
  chat.said(kept(2));
  chat.said(kept(3));
  assert.deepEqual(seal.taken, [1, 2, 3, 4, 3]);
});
