/** Uploads: a lost line, a lock, a reload and changed keys lose nothing and send nothing twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Problem } from '../../src/api.ts';
import type { RecordKeys } from '../../src/keys.ts';
import { openFile, openIt } from '../../src/records/open.ts';
import type { NewRecord, RecordView } from '../../src/records/server.ts';
import { AGAIN_MS, NotTaken, type Unfinished, Upload, type UploadPorts, type Wish } from '../../src/records/uploads.ts';
import { type Bytes, concat, utf8 } from '../../src/seal/bytes.ts';
import { cidOf } from '../../src/seal/jwe.ts';
import { actor } from './records-house.ts';
import { id, seeded } from './seal-keys.ts';

const patient = await actor('patient');
const doctor = await actor('doctor');
const clinic = await actor('clinic');

const WISH: Wish = { patient: patient.mine.person, kind: 'document', title: 'Report', department: null, visit: null, smaller: false, amends: null };
const FILE = concat(utf8('%PDF-1.7 '), seeded('a large file', 3_000_000));
const file = (bytes: Bytes = FILE, name = 'report.pdf') => new File([bytes], name);

/** A server that keeps blocks and records, and a line that a test can cut. */
class Vault {
  readonly blocks = new Map<string, Bytes>();
  readonly desk = new Map<string, Unfinished>();
  readonly waits: number[] = [];
  record: NewRecord | null = null;
  sent = 0;
  begun = 0;
  forgotten = false;
  keys: RecordKeys = { keys: [patient.listed, doctor.listed], clinic: clinic.listed, custody: 'patient+clinic', warnings: [] };
  /** Called before each request that changes something; throws what the line or the server says. */
  meet: (what: 'begin' | 'put' | 'add') => void = () => undefined;

  ports(): UploadPorts {
    const view = (): RecordView => ({
      id: this.record?.id ?? '', kind: 'document', patient_id: WISH.patient, patient: 'Asha', department: null, visit: null, doctor: null, author: 'Asha', own: true, corrects: null, asked: false,
      ver: 1, at: 1, cid: 'b', size: 1, blocks: 0, custody: true, restricted: false,
    });
    const add = async (record: NewRecord): Promise<RecordView> => {
      this.meet('add');
      this.record = record;
      return view();
    };
    const upload = (): { id: string; have: string[]; bytes: number; expires: number } => ({ id: `upload ${this.begun}`, have: [...this.blocks.keys()], bytes: 0, expires: 0 });
    return {
      identity: async () => patient.mine,
      keysOf: async () => this.keys,
      now: () => 1_000,
      server: {
        add,
        amend: add,
        beginUpload: async () => {
          this.meet('begin');
          this.begun += 1;
          this.blocks.clear();
          return upload();
        },
        upload: async (one) => {
          if (one !== `upload ${this.begun}` || this.forgotten) throw new Problem('not_found', 404, '');
          return upload();
        },
        putBlock: async (_upload, cid, block, progress) => {
          this.meet('put');
          assert.equal(await cidOf(block), cid);
          this.sent += 1;
          this.blocks.set(cid, block);
          progress?.(1);
        },
        endUpload: async () => undefined,
      },
      prepare: async (_type, bytes) => bytes,
      keep: async (one) => void this.desk.set(one.begun.record, structuredClone(one)),
      drop: async (rec) => void this.desk.delete(rec),
      wait: async (ms) => void this.waits.push(ms),
      uuid: () => id('upload'),
    };
  }

  /** The file as whoever has this key opens it. */
  async opened(who = patient): Promise<Bytes> {
    const { record } = this;
    assert.ok(record !== null);
    const found = await openIt(record.id, who.mine, async () => record);
    assert.ok(found.kind === 'open' && found.content.kind === 'document');
    return openFile(found.content, found.chunks, async (cid) => this.blocks.get(cid) ?? new Uint8Array(), () => undefined);
  }
}

const offline = () => new Problem('unreachable', 0, '');

test('a large file arrives in blocks, and opens for everybody it is for', async () => {
  const vault = new Vault();
  const upload = new Upload(file(), WISH, vault.ports());
  await upload.run();
  assert.equal(upload.state.value.kind, 'done');
  assert.deepEqual(vault.record?.blocks, [...vault.blocks.keys()]);
  assert.equal(vault.record?.clinic?.header.kid, clinic.mine.key);
  for (const who of [patient, doctor]) assert.deepEqual(await vault.opened(who), FILE);
  assert.equal(vault.desk.size, 0);
});

test('a small file needs no blocks', async () => {
  const vault = new Vault();
  const small = FILE.slice(0, 500_000);
  await new Upload(file(small), WISH, vault.ports()).run();
  assert.deepEqual([vault.begun, vault.record?.blocks], [0, undefined]);
  assert.deepEqual(await vault.opened(), small);
});

test('a line that is lost again and again pauses it; waits grow until something arrives; no block is sent twice', async () => {
  const vault = new Vault();
  const states: string[] = [];
  let lost = 0;
  vault.meet = (what) => {
    if (what === 'put' && (vault.sent === 1 || vault.sent === 2) && (lost += 1) % 3 !== 0) throw offline();
  };
  const upload = new Upload(file(), WISH, vault.ports());
  const stop = upload.state.subscribe((state) => states.push(state.kind));
  await upload.run();
  stop();
  assert.equal(upload.state.value.kind, 'done');
  assert.ok(states.includes('waiting'));
  assert.deepEqual(vault.waits, [AGAIN_MS[0], AGAIN_MS[1], AGAIN_MS[0], AGAIN_MS[1]]);
  assert.equal(vault.sent, vault.blocks.size);
  assert.deepEqual(await vault.opened(), FILE);
});

test('after a reload the same file goes on where it stopped, another one is refused', async () => {
  const vault = new Vault();
  vault.meet = (what) => {
    if (what === 'put' && vault.sent === 2) throw new Problem('storage_full', 507, '');
  };
  const first = new Upload(file(), WISH, vault.ports());
  await first.run();
  assert.equal(first.state.value.kind, 'failed');
  const [before] = vault.desk.values();
  assert.ok(before !== undefined);
  vault.meet = () => undefined;

  const other = new Upload(file(FILE.slice(1)), WISH, vault.ports(), structuredClone(before));
  await other.run();
  assert.equal(other.state.value.kind, 'failed');
  const changed = FILE.slice();
  changed[2_000_000] = (changed[2_000_000] ?? 0) ^ 1;
  const swapped = new Upload(file(changed), WISH, vault.ports(), structuredClone(before));
  await swapped.run();
  const { value } = swapped.state;
  assert.ok(value.kind === 'failed' && value.error instanceof NotTaken && value.error.why === 'other');

  await new Upload(file(), WISH, vault.ports(), structuredClone(before)).run();
  assert.equal(vault.sent, vault.blocks.size);
  assert.equal(vault.begun, 1);
  assert.deepEqual(await vault.opened(), FILE);
});

test('an upload that the server has forgotten begins anew', async () => {
  const vault = new Vault();
  vault.meet = (what) => {
    if (what === 'add' && vault.begun === 1) {
      vault.forgotten = true;
      throw new Problem('block_missing', 424, '');
    }
    if (what === 'begin') vault.forgotten = false;
  };
  const upload = new Upload(file(), WISH, vault.ports());
  await upload.run();
  assert.equal(upload.state.value.kind, 'failed');
  await upload.run();
  assert.equal(upload.state.value.kind, 'done');
  assert.equal(vault.begun, 2);
  assert.deepEqual(await vault.opened(), FILE);
});

test('new keys wait for a yes, and what was sent before is not sent again', async () => {
  const vault = new Vault();
  const known = vault.keys;
  vault.keys = { ...known, warnings: [{ person: doctor.mine.person, kind: 'changed' }] };
  const upload = new Upload(file(), WISH, vault.ports());
  await upload.run();
  assert.deepEqual(upload.state.value, { kind: 'refused', why: 'new_key' });
  assert.equal(vault.record, null);
  vault.keys = known;
  await upload.run();
  assert.equal(upload.state.value.kind, 'done');
  assert.equal(vault.sent, vault.blocks.size);
});

test('the first time it waits until the patient lets the clinic keep it', async () => {
  const vault = new Vault();
  vault.meet = (what) => {
    if (what === 'add') throw new Problem('consent_needed', 409, '');
  };
  const upload = new Upload(file(), WISH, vault.ports());
  await upload.run();
  assert.equal(upload.state.value.kind, 'consent');
  vault.meet = () => undefined;
  await upload.run();
  assert.equal(upload.state.value.kind, 'done');
});

test('nothing of what can’t be kept is sent', async () => {
  const vault = new Vault();
  for (const [bytes, why] of [[new Uint8Array(), 'empty'], [utf8('<html>'), 'type']] as const) {
    const refused = new Upload(file(bytes), WISH, vault.ports());
    await refused.run();
    const { value } = refused.state;
    assert.ok(value.kind === 'failed' && value.error instanceof NotTaken && value.error.why === why);
  }
});

test('blocks that were swapped, cut off, changed or are another file’s are said to be damaged', async () => {
  const vault = new Vault();
  await new Upload(file(), WISH, vault.ports()).run();
  const names = [...vault.blocks.keys()];
  const [first = '', second = ''] = names;
  const whole = new Map(vault.blocks);
  const reset = (): void => whole.forEach((block, cid) => vault.blocks.set(cid, block));
  const damaged = async (what: string): Promise<void> => {
    await assert.rejects(vault.opened(), { message: /./ }, what);
    reset();
  };
  vault.blocks.set(first, whole.get(second) ?? new Uint8Array());
  await damaged('swapped');
  vault.blocks.set(second, (whole.get(second) ?? new Uint8Array()).slice(0, -1));
  await damaged('cut off');
  const block = (whole.get(first) ?? new Uint8Array()).slice();
  block[9] = (block[9] ?? 0) ^ 1;
  vault.blocks.set(first, block);
  await damaged('changed');
  vault.blocks.delete(names.at(-1) ?? '');
  await damaged('missing');
  assert.deepEqual(await vault.opened(), FILE);
});
