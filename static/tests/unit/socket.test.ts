/** The line to the server comes back by itself, and knows when it can't. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Line, PING_AFTER_MS, PONG_WITHIN_MS, RETRY_MS, retryDelay, Socket, type SocketState } from '../../src/socket.ts';
import type { ServerMessage } from '../../src/wire.ts';
import { PROTOCOL } from '../../src/wire.ts';
import { Clock } from './clock.ts';

class FakeLine implements Line {
  readyState = 1;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: string[] = [];
  closed = false;
  send(data: string): void {
    this.sent.push(data);
  }
  close(): void {
    this.closed = true;
  }
  hears(message: unknown): void {
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) });
  }
  ends(code = 1006): void {
    this.onclose?.({ code });
  }
}

const WELCOME = { t: 'welcome', protocol: PROTOCOL, now: 0, run: 'a' };

function house() {
  const clock = new Clock();
  const lines: FakeLine[] = [];
  const dialled: number[] = [];
  const states: SocketState[] = [];
  const heard: ServerMessage[] = [];
  let refused = 0;
  const socket = new Socket({
    dial: () => {
      dialled.push(clock.now);
      const line = new FakeLine();
      lines.push(line);
      return line;
    },
    now: () => clock.now,
    random: () => 0.5,
    later: clock.later,
    cancel: clock.cancel,
    onState: (state) => states.push(state),
    onMessage: (message) => heard.push(message),
    onRefusedTwice: () => {
      refused += 1;
    },
  });
  const line = (): FakeLine => {
    const last = lines.at(-1);
    assert.ok(last);
    return last;
  };
  return { clock, lines, line, dialled, states, heard, socket, refused: () => refused };
}

test('it tries again at 0, 0.3, 1.2, 2.7, 4.8 and then every 7 seconds', () => {
  const { clock, line, dialled, socket } = house();
  socket.connect();
  for (const wait of [...RETRY_MS, 7000, 7000]) {
    line().ends();
    clock.pass(wait);
  }
  const gaps = dialled.slice(1).map((at, i) => at - (dialled[i] ?? 0));
  assert.deepEqual(gaps, [0, 300, 1200, 2700, 4800, 7000, 7000, 7000]);
});

test('the waits differ a little from browser to browser, and never by more than a fifth', () => {
  assert.equal(retryDelay(3, 0), 2160);
  assert.equal(retryDelay(3, 1), 3240);
  assert.equal(retryDelay(99, 0.5), 7000);
});

test('a line that held starts the waits from the beginning, one that fell at once does not', () => {
  const { clock, line, dialled, socket } = house();
  socket.connect();
  line().ends();
  clock.pass(0);
  line().hears(WELCOME);
  line().ends();
  clock.pass(299);
  assert.equal(dialled.length, 2, 'fell at once: the second wait comes');
  clock.pass(1);
  line().hears(WELCOME);
  clock.pass(5_000);
  line().ends();
  clock.pass(0);
  assert.equal(dialled.length, 4, 'held for five seconds: back without a wait');
});

test('ten seconds of silence make it ask, and five more make it give up and return', () => {
  const { clock, line, lines, states, socket } = house();
  socket.connect();
  line().hears(WELCOME);
  clock.pass(PING_AFTER_MS);
  assert.deepEqual(lines[0]?.sent, ['{"t":"ping"}']);
  clock.pass(PONG_WITHIN_MS);
  assert.equal(lines[0]?.closed, true);
  assert.deepEqual(states.slice(0, 3), ['connecting', 'open', 'waiting']);
  assert.equal(lines.length, 2);
});

test('any word from the server is an answer', () => {
  const { clock, line, lines, socket } = house();
  socket.connect();
  line().hears(WELCOME);
  clock.pass(PING_AFTER_MS + PONG_WITHIN_MS - 1);
  line().hears({ t: 'done', re: 1 });
  clock.pass(PING_AFTER_MS - 1);
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.sent.length, 1);
});

test('an ended session is not tried again', () => {
  const { clock, line, lines, socket } = house();
  socket.connect();
  line().hears(WELCOME);
  line().ends(4401);
  clock.pass(60_000);
  assert.equal(socket.state, 'signed_out');
  assert.equal(lines.length, 1);
});

test('a server of another protocol asks for a new page, by its welcome or by its goodbye', () => {
  const first = house();
  first.socket.connect();
  first.line().hears({ ...WELCOME, protocol: PROTOCOL + 1 });
  assert.equal(first.socket.state, 'old');
  assert.equal(first.line().closed, true);
  const second = house();
  second.socket.connect();
  second.line().ends(4400);
  second.clock.pass(60_000);
  assert.equal(second.socket.state, 'old');
  assert.equal(second.lines.length, 1);
});

test('when the network is back it tries at once instead of waiting', () => {
  const { clock, line, lines, socket } = house();
  socket.connect();
  for (const wait of [0, 300, 1200]) {
    line().ends();
    clock.pass(wait);
  }
  line().ends();
  assert.equal(lines.length, 4);
  socket.nudge();
  assert.equal(lines.length, 5);
});

test('a nudge on an open line makes sure that it is one', () => {
  const { clock, line, lines, socket } = house();
  socket.connect();
  line().hears(WELCOME);
  socket.nudge();
  assert.deepEqual(lines[0]?.sent, ['{"t":"ping"}']);
  clock.pass(PONG_WITHIN_MS);
  assert.equal(lines.length, 2);
});

test('what a dead line still says is not heard', () => {
  const { clock, lines, heard, socket } = house();
  socket.connect();
  const old = lines[0];
  const ear = old?.onmessage;
  old?.ends();
  clock.pass(0);
  ear?.({ data: JSON.stringify(WELCOME) });
  assert.equal(heard.length, 0);
});

test('two lines in a row that never opened make it ask about the session', () => {
  const { clock, line, refused, socket } = house();
  socket.connect();
  line().ends();
  clock.pass(0);
  assert.equal(refused(), 0);
  line().ends();
  assert.equal(refused(), 1);
});

test('nothing is said before the welcome, and nonsense closes nothing', (t) => {
  t.mock.method(console, 'error', () => undefined);
  const { line, socket, heard } = house();
  socket.connect();
  assert.equal(socket.send({ t: 'ping' }), false);
  line().hears(WELCOME);
  line().hears('}{');
  line().hears({ t: 'done', re: 3 });
  assert.equal(socket.state, 'open');
  assert.deepEqual(heard.map((one) => one.t), ['welcome', 'done']);
});

test('a line that is closing takes nothing, and says so', () => {
  const { line, socket } = house();
  socket.connect();
  line().hears(WELCOME);
  line().readyState = 2;
  assert.equal(socket.send({ t: 'ping' }), false);
  assert.deepEqual(line().sent, []);
});
