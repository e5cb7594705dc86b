/** The API's own description (OpenAPI 3.1), read into what its page shows. */
import { isRecord } from './shape.ts';

/** A value that is sent or answered: where it is in the body, what it is, whether it must be there. */
export interface FieldRow {
  name: string;
  type: string;
  required: boolean;
  what: string;
}

export interface Body {
  /** `application/json`, `text/csv` … */
  media: string;
  type: string;
  fields: FieldRow[];
}

export interface Answer {
  status: string;
  what: string;
  body: Body | null;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  group: string;
  summary: string;
  what: string;
  /** Who may: roles, or one of `anyone`, `session`, `signed_in`, `person`; empty when the document doesn't say. */
  may: string[];
  fresh: boolean;
  scope: string | null;
  audit: string | null;
  parameters: (FieldRow & { where: string })[];
  body: Body | null;
  answers: Answer[];
}

export interface Description {
  title: string;
  version: string;
  /** What every path begins with. */
  base: string;
  operations: Operation[];
}

/** What summaries may begin with and the page shows anyway: the operation's method and path. */
const ADDRESS = /^`[A-Z]+ [^`]*`:?\s*/;

type Json = Record<string, unknown>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** How deep bodies are unfolded. Deeper is there in the document itself. */
const DEEPEST = 4;

const words = (value: unknown): string => (typeof value === 'string' ? value : '');
const object = (value: unknown): Json => (isRecord(value) ? value : {});
const array = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function said(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** What a `$ref` points at within the document; anything else is itself. */
function resolved(root: Json, value: unknown): Json {
  const found = object(value);
  const ref = words(found.$ref);
  if (!ref.startsWith('#/')) return found;
  return object(ref.slice(2).split('/').reduce<unknown>((at, part) => object(at)[part], root));
}

function refName(value: unknown): string | null {
  return words(object(value).$ref).split('/').at(-1) || null;
}

/** "text", "number", "list of Visit", "one of: a, b". */
export function typeOf(root: Json, value: unknown): string {
  const schema = resolved(root, value);
  const options = array(schema.oneOf ?? schema.anyOf);
  if (options.length > 0) return options.map((one) => typeOf(root, one)).filter((one, i, all) => all.indexOf(one) === i).join(' or ');
  if (array(schema.enum).length > 0) return array(schema.enum).map((one) => JSON.stringify(one)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const kinds = (Array.isArray(schema.type) ? schema.type : [schema.type]).map(words).filter((one) => one !== '');
  const plain = kinds.map((kind) => (kind === 'array' ? `list of ${typeOf(root, schema.items)}` : kind === 'object' ? refName(value) ?? 'object' : kind));
  const format = words(schema.format);
  return `${plain.join(' or ') || refName(value) || 'anything'}${format === '' ? '' : ` (${format})`}`;
}

/** The fields of a body, those inside others under their path: `policy.lock.desk`, `entries[].seq`. */
export function fieldsOf(root: Json, value: unknown, before = '', depth = 0): FieldRow[] {
  const schema = resolved(root, value);
  if (depth >= DEEPEST) return [];
  if (schema.items !== undefined) return fieldsOf(root, schema.items, `${before}[]`, depth + 1);
  const options = array(schema.oneOf ?? schema.anyOf ?? schema.allOf);
  if (options.length > 0) return unique(options.flatMap((one) => fieldsOf(root, one, before, depth + 1)));
  const required = new Set(array(schema.required).map(words));
  return Object.entries(object(schema.properties)).flatMap(([key, child]) => {
    const name = before === '' ? key : `${before}.${key}`;
    const row = { name, type: typeOf(root, child), required: required.has(key), what: words(resolved(root, child).description) };
    return [row, ...fieldsOf(root, child, name, depth + 1)];
  });
}

function unique(rows: FieldRow[]): FieldRow[] {
  return rows.filter((row, i) => rows.findIndex((one) => one.name === row.name) === i);
}

function bodyOf(root: Json, content: unknown): Body | null {
  const [found] = Object.entries(object(content));
  if (found === undefined) return null;
  const [media, { schema }] = [found[0], object(found[1])];
  return { media, type: schema === undefined ? '' : typeOf(root, schema), fields: fieldsOf(root, schema) };
}

function parameterOf(root: Json, value: unknown): FieldRow & { where: string } {
  const one = resolved(root, value);
  return { name: words(one.name), where: words(one.in), type: typeOf(root, one.schema), required: one.required === true, what: words(one.description) };
}

function operationOf(root: Json, method: string, path: string, value: unknown, shared: unknown[]): Operation {
  const one = object(value);
  return {
    id: `${method} ${path}`,
    method: method.toUpperCase(),
    path,
    group: words(array(one.tags)[0]) || (path.split('/').find((part) => part !== '' && part !== 'api' && part !== 'v1') ?? ''),
    summary: words(one.summary).replace(ADDRESS, ''),
    what: words(one.description),
    may: (Array.isArray(one['x-may']) ? one['x-may'] : [one['x-may']]).map(words).filter((word) => word !== ''),
    fresh: one['x-fresh'] === true,
    scope: said(one['x-scope']),
    audit: said(one['x-audit']),
    parameters: [...shared, ...array(one.parameters)].map((parameter) => parameterOf(root, parameter)),
    body: bodyOf(root, resolved(root, one.requestBody).content),
    answers: Object.entries(object(one.responses)).map(([status, answer]) => {
      const found = resolved(root, answer);
      return { status, what: words(found.description), body: bodyOf(root, found.content) };
    }),
  };
}

/** Throws when it isn't an OpenAPI document. */
export function describe(document: unknown): Description {
  const root = object(document);
  if (!words(root.openapi).startsWith('3.')) throw new TypeError('not an OpenAPI document');
  const info = object(root.info);
  const operations = Object.entries(object(root.paths)).flatMap(([path, item]) =>
    METHODS.filter((method) => isRecord(object(item)[method])).map((method) =>
      operationOf(root, method, path, object(item)[method], array(object(item).parameters))));
  return { title: words(info.title), version: words(info.version), base: words(object(array(root.servers)[0]).url) || '/', operations };
}

/** Those in which every word of the search occurs somewhere. */
export function search(operations: readonly Operation[], wanted: string): Operation[] {
  const parts = wanted.toLowerCase().split(/\s+/).filter((part) => part !== '');
  return operations.filter((one) => {
    const all = [one.id, one.group, one.summary, one.what, ...one.may, one.scope, one.audit].join(' ').toLowerCase();
    return parts.every((part) => all.includes(part));
  });
}

/** In groups, each under its name, in the order of the document. */
export function grouped(operations: readonly Operation[]): [string, Operation[]][] {
  const groups = new Map<string, Operation[]>();
  for (const one of operations) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  return [...groups];
}
