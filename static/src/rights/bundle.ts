/** Everything of a person as other programs read it: an HL7 FHIR R4 bundle of what was opened here. */
import type { Profile } from '../door/server.ts';
import { type Content, type Lab, titleOf } from '../records/content.ts';
import type { RecordView } from '../records/server.ts';
import type { VisitView } from '../wire.ts';

/** A version that was opened, and where its file lies in the archive. */
export interface OpenedVersion {
  record: RecordView;
  ver: number;
  /** When it was written, ms since 1970. */
  at: number;
  author: string;
  content: Content;
  /** Path of the readable form: the file itself, or its text. */
  path: string;
}

type Resource = { resourceType: string; id: string } & Record<string, unknown>;

export interface Bundled {
  person: { id: string; name: string };
  profile: Profile | null;
  visits: readonly VisitView[];
  opened: readonly OpenedVersion[];
  /** FHIR `Consent`s, as the server gives them. */
  consents: readonly unknown[];
  now: number;
}

const LOINC = 'http://loinc.org';
/** Kinds of documents by LOINC, as FHIR's document types have them. */
const TYPES: Record<RecordView['kind'], { code: string; display: string }> = {
  transcript: { code: '34109-9', display: 'Note' },
  note: { code: '11506-3', display: 'Progress note' },
  document: { code: '51851-4', display: 'Administrative note' },
  image: { code: '18748-4', display: 'Diagnostic imaging study' },
  lab: { code: '11502-2', display: 'Laboratory report' },
  letter: { code: '57133-1', display: 'Referral note' },
};

export function bundle({ person, profile, visits, opened, consents, now }: Bundled): object {
  const resources = [patientOf(person, profile), ...visits.map((one) => encounterOf(one, person.id)), ...opened.flatMap((one) => [documentOf(one, person.id), ...labOf(one, person.id)]), ...consents.filter(isResource)];
  return {
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: iso(now),
    entry: resources.map((resource) => ({ fullUrl: `urn:uuid:${resource.id}`, resource })),
  };
}

function isResource(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && 'resourceType' in value && 'id' in value && typeof value.id === 'string';
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function reference(type: string, id: string): { reference: string; type: string } {
  return { reference: `urn:uuid:${id}`, type };
}

function patientOf({ id, name }: { id: string; name: string }, profile: Profile | null): Resource {
  const gender = profile?.sex === 'female' || profile?.sex === 'male' || profile?.sex === 'other' ? profile.sex : 'unknown';
  const guardian = profile?.guardian ?? null;
  return {
    resourceType: 'Patient',
    id,
    name: [{ text: name }],
    gender,
    ...(profile?.birth_year != null && { birthDate: String(profile.birth_year) }),
    ...(profile?.language != null && { communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: profile.language }] }, preferred: true }] }),
    ...(guardian !== null && { contact: [{ relationship: [{ text: guardian.relation }], name: { text: guardian.name } }] }),
  };
}

const ENCOUNTER: Record<VisitView['state'], string> = { requested: 'planned', open: 'in-progress', ended: 'finished', declined: 'cancelled' };

function encounterOf(visit: VisitView, patient: string): Resource {
  return {
    resourceType: 'Encounter',
    id: visit.id,
    status: ENCOUNTER[visit.state],
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'VR', display: 'virtual' },
    subject: reference('Patient', patient),
    participant: [{ individual: { display: visit.doctor.name } }],
    period: { start: iso(visit.planned_at ?? visit.made_at), ...(visit.ended_at !== null && { end: iso(visit.ended_at) }) },
  };
}

function documentOf({ record, ver, at, author, content, path }: OpenedVersion, patient: string): Resource {
  const type = content.kind === 'document' || content.kind === 'image' ? content.type : 'application/json';
  const title = titleOf(content);
  return {
    resourceType: 'DocumentReference',
    id: record.id,
    meta: { versionId: String(ver) },
    status: ver === record.ver ? 'current' : 'superseded',
    type: { coding: [{ system: LOINC, ...TYPES[record.kind] }] },
    subject: reference('Patient', patient),
    date: iso(at),
    author: [{ display: author }],
    content: [{ attachment: { contentType: type, url: path, ...(title !== '' && { title }), creation: iso(at) } }],
    ...(record.visit !== null && { context: { encounter: [reference('Encounter', record.visit)] } }),
  };
}

/** Results, in the newest version only: what was corrected is a document of its own. */
function labOf({ record, ver, content }: OpenedVersion, patient: string): Resource[] {
  if (content.kind !== 'lab' || ver !== record.ver) return [];
  const results = content.results.map((result, i) => observationOf(content, result, `${record.id}-${i + 1}`, patient));
  const report: Resource = {
    resourceType: 'DiagnosticReport',
    id: `${record.id}-report`,
    status: ver > 1 ? 'amended' : 'final',
    code: { coding: [{ system: LOINC, ...TYPES.lab }], text: content.title },
    subject: reference('Patient', patient),
    effectiveDateTime: iso(content.taken_at),
    result: results.map((one) => ({ reference: `urn:uuid:${one.id}` })),
  };
  return [report, ...results];
}

function observationOf(lab: Lab, result: Lab['results'][number], id: string, patient: string): Resource {
  const { name, value, unit, range, code } = result;
  const figure = /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : null;
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { text: name, ...(code !== null && { coding: [{ system: LOINC, code }] }) },
    subject: reference('Patient', patient),
    effectiveDateTime: iso(lab.taken_at),
    ...(figure === null ? { valueString: [value, unit].filter((one) => one !== '').join(' ') } : { valueQuantity: { value: figure, unit } }),
    ...(range !== null && range !== '' && { referenceRange: [{ text: range }] }),
  };
}
