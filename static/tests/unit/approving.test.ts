/** What a patient's key says yes to: exactly what was shown, for keys that are the doctor's, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Problem } from '../../src/api.ts';
import { approve, type ApprovePorts, gift, NewDoctorKeys } from '../../src/consents/approving.ts';
import { type Approval, approvalMessage, type Consent, type ToApprove } from '../../src/consents.ts';
import type { MyIdentity } from '../../src/keys/store.ts';
import { base64url, fromBase64url, random } from '../../src/seal/bytes.ts';
import { bind, type Identity, importBundle, makeBundle } from '../../src/seal/identity.ts';
import { verify } from '../../src/seal/primitives.ts';
import { unwrapKey, wrapKey } from '../../src/seal/transcript.ts';

const uuid = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;
const [PATIENT, DOCTOR, OTHER, CONSENT, RECORD] = [uuid(1), uuid(2), uuid(3), uuid(4), uuid(5)];
const NOW = 1_700_000_000_000;

const patient = await importBundle(await makeBundle());
const doctor = await importBundle(await makeBundle());
const mine: MyIdentity = { person: PATIENT, key: uuid(6), identity: patient };
const party = (id: string) => ({ id, name: 'Dr Rao', department: 'Cardiology' });

const SHOWN: Consent = {
  id: CONSENT, subject: 'share', purpose: 'treatment', kinds: ['lab'], departments: null, why: 'new_problem', detail: null, minutes: 60, text_version: 1, language: 'en',
  state: 'asked', how: null, asserted: false, patient_id: PATIENT, patient: 'Meera', asked_by: party(DOCTOR), grantee: party(DOCTOR), made_at: NOW, answer_by: NOW + 1, decided_at: null,
  until: null, ended_at: null, delegated_from: null, guardian: null, witness: null, witness_by: null, code: null, break_glass: false, review_by: null, overdue: false, reviewed_at: null, verdict: null, note: null,
};

async function keyOf(identity: Identity, person: string, id: string): Promise<ToApprove['keys'][number]> {
  return { ...(await bind(identity, person, id)), device: null, made_at: NOW, status: 'live' };
}

/** A server that answers like this, and what it was handed. */
function ports(found: ToApprove, seen: string[] | null = null): { ports: ApprovePorts; sent: Approval[] } {
  const sent: Approval[] = [];
  const store = { seen: async () => seen, remember: async () => undefined } as unknown as ApprovePorts['store'];
  return { ports: { get: async () => found, approve: async (_, approval) => { sent.push(approval); return SHOWN; }, store, now: () => NOW }, sent };
}

const content = random(32);
const wraps = [{ record: RECORD, ver: 1, ek: base64url(await wrapKey(patient.rsaPublic, content)) }];

test('what is signed is what was shown, and the doctor’s key opens what is covered', async () => {
  const key = await keyOf(doctor, DOCTOR, uuid(7));
  const { ports: server, sent } = ports({ consent: SHOWN, keys: [key], wraps });
  await approve(SHOWN, mine, false, server);
  const [approval] = sent;
  assert.ok(approval);
  assert.equal(approval.until, NOW + 60 * 60_000);
  const message = await approvalMessage({ consent: CONSENT, patient: PATIENT, key: mine.key, grantee: DOCTOR, until: approval.until }, SHOWN);
  assert.equal(await verify(patient.edPublic, fromBase64url(approval.signature), message), true);
  const [wrap] = approval.wraps;
  assert.deepEqual(await unwrapKey(doctor.rsa, fromBase64url(wrap?.ek ?? '')), content);
});

test('an ask that says something else now is not signed', async () => {
  const key = await keyOf(doctor, DOCTOR, uuid(7));
  for (const other of [{ minutes: 61 }, { kinds: ['lab', 'note'] as Consent['kinds'] }, { grantee: party(OTHER) }, { departments: ['Oncology'] }]) {
    const { ports: server, sent } = ports({ consent: { ...SHOWN, ...other }, keys: [key], wraps });
    await assert.rejects(approve(SHOWN, mine, false, server), (error) => error instanceof Problem && error.code === 'answered');
    assert.equal(sent.length, 0);
  }
});

test('a key that is another person’s gets nothing, and one that lies about whose it is stops everything', async () => {
  const stranger = await keyOf(doctor, OTHER, uuid(7));
  const { ports: server, sent } = ports({ consent: SHOWN, keys: [stranger], wraps });
  await approve(SHOWN, mine, false, server);
  assert.deepEqual(sent[0]?.wraps, []);
  const liar = { ...stranger, person: DOCTOR };
  await assert.rejects(approve(SHOWN, mine, false, ports({ consent: SHOWN, keys: [liar], wraps }).ports), Problem);
});

test('a doctor’s key that is new to this device is shown before anything is opened for it', async () => {
  const key = await keyOf(doctor, DOCTOR, uuid(7));
  const { ports: server, sent } = ports({ consent: SHOWN, keys: [key], wraps }, ['another key']);
  await assert.rejects(approve(SHOWN, mine, false, server), (error) => error instanceof NewDoctorKeys && error.keys.length === 1);
  assert.equal(sent.length, 0);
});

test('what does not open here is left out', async () => {
  const key = await keyOf(doctor, DOCTOR, uuid(7));
  const strange = { record: uuid(8), ver: 1, ek: base64url(await wrapKey(doctor.rsaPublic, content)) };
  const { ports: server, sent } = ports({ consent: SHOWN, keys: [key], wraps: [strange, ...wraps] });
  await approve(SHOWN, mine, false, server);
  assert.deepEqual(sent[0]?.wraps.map((one) => one.record), [RECORD]);
});

test('what stands is signed for the organisation, without an end', async () => {
  const given = await gift('research', { patient: PATIENT, ward: false }, uuid(9), mine, false);
  const terms = { subject: 'research', purpose: 'research', kinds: [], departments: null, minutes: null, text_version: 1, language: given.language } as const;
  const message = await approvalMessage({ consent: given.id, patient: PATIENT, key: mine.key, grantee: uuid(9), until: 0 }, { ...terms, kinds: [] });
  assert.equal(await verify(patient.edPublic, fromBase64url(given.signature ?? ''), message), true);
  assert.equal((await gift('store', { patient: PATIENT, ward: false }, uuid(9), null, false)).signature, undefined);
  const ward = await gift('store', { patient: PATIENT, ward: true }, uuid(9), null, false);
  assert.deepEqual([ward.patient, ward.guardian], [PATIENT, true], 'who answers for a child says so');
});
