/** Pages lock after a while without a touch, never during a call, and not while another tab is in use. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { holdOpen, Idle, inCall, NOTE_EVERY_MS } from '../../src/idle.ts';

const LIMIT = 15 * 60_000;

/** One browser: its clock, what its tabs share, and how often it was locked. */
class Desk {
  time = 1_000_000;
  limit: number | null = LIMIT;
  shared = 0;
  writes = 0;
  locks = 0;

  tab(): Idle {
    return new Idle({
      now: () => this.time,
      limit: () => this.limit,
      read: () => this.shared,
      write: (at) => {
        this.shared = at;
        this.writes += 1;
      },
      lock: () => (this.locks += 1),
    });
  }
}

let desk: Desk;
let idle: Idle;
beforeEach(() => {
  desk = new Desk();
  idle = desk.tab();
  idle.begin();
});

function after(ms: number, of = idle): number {
  desk.time += ms;
  of.look();
  return desk.locks;
}

test('the page locks when nobody touched it for as long as the clinic says, and not before', () => {
  assert.equal(after(LIMIT - 1), 0);
  assert.equal(after(1), 1);
});

test('a touch starts the time anew', () => {
  desk.time += LIMIT - 1;
  idle.touched();
  assert.equal(after(LIMIT - 1), 0);
  assert.equal(after(1), 1);
});

test('a touch in another tab counts here too', () => {
  const other = desk.tab();
  desk.time += LIMIT - 1;
  other.touched();
  assert.equal(after(LIMIT - 1), 0);
});

test('a touch in another tab counts where browsers keep nothing', () => {
  desk.time += LIMIT - 1;
  desk.shared = 0;
  idle.touchedElsewhere();
  assert.equal(after(LIMIT - 1), 0);
  assert.equal(after(1), 1);
});

test('a call holds the lock off for as long as it lasts, and the time starts when it ends', () => {
  const end = holdOpen();
  assert.equal(after(10 * LIMIT), 0);
  assert.ok(inCall());
  end();
  end();
  assert.ok(!inCall());
  assert.equal(after(LIMIT - 1), 0);
  assert.equal(after(1), 1);
});

test('a call in one tab holds the lock off in the others', () => {
  const other = desk.tab();
  const end = holdOpen();
  desk.time += LIMIT;
  idle.look();
  end();
  other.look();
  assert.equal(desk.locks, 0);
});

test('a page that slept through the time locks as soon as it wakes', () => {
  assert.equal(after(8 * 3_600_000), 1);
});

test('a page that is loaded after too long a time locks at once', () => {
  desk.time += LIMIT;
  desk.tab().look();
  assert.equal(desk.locks, 1);
});

test('where nobody was before, the time starts with the first look', () => {
  desk.shared = 0;
  const fresh = desk.tab();
  desk.time += LIMIT;
  assert.equal(after(0, fresh), 0);
  assert.equal(after(LIMIT, fresh), 1);
});

test('a clock that was set back does not keep the page open for ever', () => {
  desk.time -= 3_600_000;
  assert.equal(after(0), 0);
  assert.equal(after(LIMIT - 1), 0);
  assert.equal(after(1), 1);
});

test('where nobody is signed in, nothing locks', () => {
  desk.limit = null;
  assert.equal(after(100 * LIMIT), 0);
});

test('touches are written down now and then, not each', () => {
  const before = desk.writes;
  for (let i = 0; i < 100; i += 1) idle.touched();
  assert.equal(desk.writes, before);
  desk.time += NOTE_EVERY_MS;
  idle.touched();
  assert.equal(desk.writes, before + 1);
});
