/** Sending records of every kind: sealed to exactly whom they must be, whole after every cut, and opened as what they were. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Problem } from '../../src/api.ts';
import type { RecordKeys } from '../../src/keys.ts';
import { openFile, openIt } from '../../src/records/open.ts';
import { type Draft, type NewContent, Sending, type SendPorts } from '../../src/records/send.ts';
import type { NewRecord, RecordView, Upload } from '../../src/records/server.ts';
import type { Bytes } from '../../src/seal/bytes.ts';
import { cidOf } from '../../src/seal/jwe.ts';
import { actor, type Actor, DETAIL, VISIT } from './records-house.ts';
import { id, seeded } from './seal-keys.ts';

const doctor = await actor('doctor');
const patient = await actor('patient');
const clinic = await actor('clinic');

const problem = (code: string, status: number) => new Problem(code, status, '');

/** A server that keeps what it is given, and fails when it is told to. */
class Archive {
  readonly blocks = new Map<string, Bytes>();
  readonly uploads = new Map<string, Set<string>>();
  readonly records = new Map<string, NewRecord>();
  puts = 0;
  /** Thrown by the next call of this name, after it was done or before. */
  fails = new Map<string, { error: Problem; done: boolean }>();

  private async doing<T>(name: string, work: () => Promise<T> | T): Promise<T> {
    const fail = this.fails.get(name);
    this.fails.delete(name);
    if (fail !== undefined && !fail.done) throw fail.error;
    const result = await work();
    if (fail !== undefined) throw fail.error;
    return result;
  }

  private view(upload: string): Upload {
    const have = this.uploads.get(upload);
    if (have === undefined) throw problem('not_found', 404);
    return { id: upload, have: [...have], bytes: 0, expires: 0 };
  }

  beginUpload = () => this.doing('begin', () => {
    const upload = id(`upload ${this.uploads.size}`);
    this.uploads.set(upload, new Set());
    return this.view(upload);
  });
  upload = (upload: string) => this.doing('upload', () => this.view(upload));
  putBlock = (upload: string, cid: string, block: Bytes) => this.doing('put', async () => {
    this.puts += 1;
    assert.equal(await cidOf(block), cid);
    this.view(upload);
    this.uploads.get(upload)?.add(cid);
    this.blocks.set(cid, block);
  });
  add = (record: NewRecord) => this.doing('add', () => this.keep(record, null));
  amend = (record: NewRecord) => this.doing('amend', () => this.keep(record, record.id));

  private keep(record: NewRecord, amends: string | null): RecordView {
    const all = [...this.uploads.values()].flatMap((have) => [...have]);
    if (record.blocks?.some((one) => !all.includes(one))) throw problem('block_missing', 424);
    const before = this.records.get(record.id);
    if (before !== undefined && amends === null && before.ciphertext !== record.ciphertext) throw problem('bad_field', 422);
    this.records.set(record.id, record);
    return {
      id: record.id, kind: 'note', patient_id: patient.mine.person, patient: DETAIL.patient, department: record.department ?? null, visit: record.visit ?? null, doctor: null,
      author: DETAIL.doctor.name, own: false, corrects: null, asked: false, ver: 1, at: 1, cid: 'b', size: 1, blocks: 0, custody: false, restricted: false,
    };
  }
}

function keysOf(...who: Actor[]): RecordKeys {
  return { keys: who.map((one) => one.listed), clinic: null, custody: 'patient-only', warnings: [] };
}

function portsOf(archive: Archive, of: RecordKeys = keysOf(doctor, patient)): SendPorts {
  let number = 0;
  return { identity: async () => doctor.mine, keysOf: async () => of, server: archive, uuid: () => id(`new record ${(number += 1)}`), now: () => 10_000 };
}

const draft = (content: NewContent): Draft => ({ patient: patient.mine.person, visit: VISIT, department: 'Cardiology', content, amends: null });
const note: Extract<NewContent, { kind: 'note' }> = { kind: 'note', title: 'Cough', text: 'Better. ਧੰਨਵਾਦ', corrects: null };
const letter: NewContent = { kind: 'letter', title: 'Cough', text: 'Better.' };

/** A PDF of this length. */
function pdf(length: number): Extract<NewContent, { bytes: Bytes }> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 4_096) bytes.set(seeded(`page ${at}`, Math.min(4_096, length - at)), at);
  bytes.set(new TextEncoder().encode('%PDF-1.7'));
  return { kind: 'document', title: 'Scan', name: 'scan.pdf', type: 'application/pdf', bytes };
}

async function opened(archive: Archive, who: Actor) {
  const [record] = [...archive.records.values()];
  assert.ok(record);
  const found = await openIt(record.id, who.mine, async () => record);
  assert.ok(found.kind === 'open', found.kind);
  return found;
}

test('a note, a letter and results open for everybody they were sealed to, as they were written', async () => {
  const lab: NewContent = { kind: 'lab', title: 'Blood', taken_at: 5, results: [{ name: 'HbA1c', value: '6.1', unit: '%', range: '4-6', code: '4548-4' }] };
  const asking: NewContent = { ...note, corrects: { record: id('what a doctor wrote'), ver: 2, title: 'Knee' } };
  for (const content of [note, asking, letter, lab]) {
    const archive = new Archive();
    assert.equal((await new Sending(draft(content), portsOf(archive)).run()).kind, 'sealed');
    for (const who of [doctor, patient]) {
      const { content: read, head } = await opened(archive, who);
      const { v, ...said } = read as typeof read & { v: 1 };
      assert.deepEqual([v, said], [1, content]);
      assert.deepEqual([head.patient, head.visit, head.kind, head.key], [patient.mine.person, VISIT, content.kind, doctor.mine.key]);
    }
  }
});

test('the clinic’s wrap stands apart, and nobody else has one', async () => {
  const archive = new Archive();
  const of = { ...keysOf(doctor, patient), clinic: { id: clinic.listed.id, rsaBytes: clinic.listed.rsaBytes } };
  await new Sending(draft(note), portsOf(archive, of)).run();
  const [record] = [...archive.records.values()];
  assert.deepEqual(record?.recipients.map((one) => one.header.kid), [doctor.mine.key, patient.mine.key]);
  assert.equal(record?.clinic?.header.kid, clinic.mine.key);
});

test('a small file is in its record, a large one in blocks, and both are the same file again', async () => {
  for (const length of [9, 300_000, 700_000, 2_300_000]) {
    const archive = new Archive();
    const content = pdf(length);
    assert.equal((await new Sending(draft(content), portsOf(archive)).run()).kind, 'sealed');
    const { content: read, chunks } = await opened(archive, patient);
    assert.ok(read.kind === 'document');
    assert.equal(read.data === null, length > 524_288);
    const bytes = await openFile(read, chunks, async (cid) => archive.blocks.get(cid) ?? assert.fail('a block that is not there'));
    assert.ok(Buffer.from(bytes).equals(content.bytes), `${length}`);
  }
});

test('blocks that were swapped, changed, or are of another file don’t make a file', async () => {
  const archive = new Archive();
  await new Sending(draft(pdf(2_300_000)), portsOf(archive)).run();
  const { content, chunks } = await opened(archive, patient);
  assert.ok(content.kind === 'document' && content.chunks !== null);
  const [first, second] = content.chunks;
  assert.ok(first && second);
  const given = async (cid: string): Promise<Bytes> => archive.blocks.get(cid) ?? assert.fail();
  const swapped = { ...content, chunks: [second, first, ...content.chunks.slice(2)] };
  await assert.rejects(openFile(swapped, chunks, given));
  await assert.rejects(openFile(content, chunks, async (cid) => given(cid === first.cid ? second.cid : cid)), 'the server swaps');
  const flipped = async (cid: string): Promise<Bytes> => {
    const block = (await given(cid)).slice();
    block[7] = (block[7] ?? 0) ^ 1;
    return block;
  };
  await assert.rejects(openFile(content, chunks, flipped));
  await assert.rejects(openFile({ ...content, chunks: content.chunks.slice(1) }, chunks, given));
  await assert.rejects(openFile({ ...content, type: 'image/png' }, chunks, given), 'it is no PNG');
});

test('a wrap of another record, or of another version, opens nothing', async () => {
  const [one, other] = [new Archive(), new Archive()];
  await new Sending(draft(note), portsOf(one)).run();
  await new Sending({ ...draft(note), amends: { record: id('kept'), ver: 1 } }, portsOf(other)).run();
  const [right, wrong] = [[...one.records.values()][0], [...other.records.values()][0]];
  assert.ok(right && wrong);
  const mixed = { ...right, recipients: wrong.recipients };
  assert.equal((await openIt(right.id, patient.mine, async () => mixed)).kind, 'damaged');
  assert.equal((await openIt(right.id, patient.mine, async () => right)).kind, 'open');
});

test('after a cut it goes on with what is missing, and no block is sealed twice to different bytes', async () => {
  const archive = new Archive();
  const shares: number[] = [];
  const sending = new Sending(draft(pdf(3_300_000)), portsOf(archive), { progress: (sent, all) => shares.push(sent / all) });
  archive.fails.set('put', { error: problem('unreachable', 0), done: false });
  await assert.rejects(sending.run(), Problem);
  archive.fails.set('begin', { error: problem('unreachable', 0), done: false });
  assert.equal((await sending.run()).kind, 'sealed', 'the upload is still there: none is begun');
  assert.deepEqual([archive.puts, archive.blocks.size, archive.uploads.size], [4, 4, 1]);
  assert.equal(shares.at(-1), 1);
});

test('a block whose answer was lost is not sent again', async () => {
  const archive = new Archive();
  const sending = new Sending(draft(pdf(2_300_000)), portsOf(archive));
  archive.fails.set('put', { error: problem('unreachable', 0), done: true });
  await assert.rejects(sending.run(), Problem);
  assert.equal((await sending.run()).kind, 'sealed');
  assert.equal(archive.puts, archive.blocks.size);
});

test('a record whose answer was lost is handed in again byte by byte, and is one record', async () => {
  const archive = new Archive();
  const sending = new Sending(draft(pdf(700_000)), portsOf(archive));
  archive.fails.set('add', { error: problem('unreachable', 0), done: true });
  await assert.rejects(sending.run(), Problem);
  assert.equal((await sending.run()).kind, 'sealed');
  assert.equal(archive.records.size, 1);
});

test('an upload that was forgotten meanwhile is begun anew, with the same blocks', async () => {
  const archive = new Archive();
  const sending = new Sending(draft(pdf(700_000)), portsOf(archive));
  archive.fails.set('add', { error: problem('unreachable', 0), done: false });
  await assert.rejects(sending.run(), Problem);
  archive.uploads.clear();
  await assert.rejects(sending.run(), (error: Problem) => error.code === 'block_missing');
  assert.equal((await sending.run()).kind, 'sealed');
  assert.equal(archive.blocks.size, 1, 'the same bytes as before');
});

test('keys that change while it is handed in are asked for again', async () => {
  const archive = new Archive();
  const asked = [keysOf(doctor), keysOf(doctor, patient)];
  const ports = { ...portsOf(archive), keysOf: async () => asked.shift() ?? keysOf(doctor, patient) };
  archive.fails.set('add', { error: problem('keys_changed', 409), done: false });
  assert.equal((await new Sending(draft(note), ports).run()).kind, 'sealed');
  assert.equal((await opened(archive, patient)).kind, 'open');
});

test('nothing is sealed for keys that are new or not bound, and without one’s own', async () => {
  const archive = new Archive();
  const outcome = (of: Partial<RecordKeys>) => new Sending(draft(note), portsOf(archive, { ...keysOf(doctor, patient), ...of })).run();
  assert.deepEqual(await outcome({ warnings: [{ person: 'p', kind: 'changed' }] }), { kind: 'new_key', people: ['p'] });
  assert.deepEqual(await outcome({ warnings: [{ person: 'p', kind: 'unbound' }] }), { kind: 'bad_key' });
  assert.deepEqual(await outcome({ clinic: 'unbound' }), { kind: 'bad_key' });
  assert.deepEqual(await new Sending(draft(note), { ...portsOf(archive), identity: async () => null }).run(), { kind: 'no_key' });
  assert.equal(archive.records.size, 0);
});

test('what the server says of a record becomes an outcome, and what the line does is thrown', async () => {
  const archive = new Archive();
  const amending = { ...draft(note), amends: { record: id('kept'), ver: 2 } };
  archive.fails.set('amend', { error: problem('amended', 409), done: false });
  assert.deepEqual(await new Sending(amending, portsOf(archive)).run(), { kind: 'amended' });
  archive.fails.set('add', { error: problem('no_reader', 409), done: false });
  assert.deepEqual(await new Sending(draft(note), portsOf(archive)).run(), { kind: 'no_reader' });
  assert.deepEqual(await new Sending(draft({ ...note, text: 'x'.repeat(1_100_000) }), portsOf(archive)).run(), { kind: 'too_large' });
  archive.fails.set('add', { error: problem('unavailable', 503), done: false });
  await assert.rejects(new Sending(draft(note), portsOf(archive)).run(), Problem);
});

test('an amendment is the next version of the same record', async () => {
  const archive = new Archive();
  const amending = { ...draft(note), amends: { record: id('kept'), ver: 2 } };
  assert.equal((await new Sending(amending, portsOf(archive)).run()).kind, 'sealed');
  const { head } = await opened(archive, patient);
  assert.deepEqual([head.rec, head.ver], [id('kept'), 3]);
});
