/** The page of the API is drawn from the server's document, whatever is in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { describe, grouped, search } from '../../src/openapi.ts';

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Vaidya', version: '1' },
  paths: {
    '/api/v1/visits/{id}': {
      get: {
        tags: ['visits'], summary: '`GET /visits/{id}`: one visit', 'x-may': ['doctor', 'patient'], 'x-scope': 'visits:read', 'x-audit': 'visit.read',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }],
        responses: { 200: { description: 'The visit', content: { 'application/json': { schema: { $ref: '#/components/schemas/Visit' } } } }, 404: { $ref: '#/components/responses/Missing' } },
      },
    },
    '/api/v1/organisation': {
      patch: {
        'x-may': 'admin', 'x-fresh': true,
        requestBody: { content: { 'application/json': { schema: { type: 'object', properties: { policy: { type: 'object', properties: { lock: { type: 'object', properties: { desk: { type: 'integer' } } } } } } } } } },
        responses: {},
      },
    },
  },
  components: {
    responses: { Missing: { description: 'Not there' } },
    schemas: {
      Visit: { type: 'object', required: ['id'], properties: { id: { type: 'string', description: 'Which' }, seats: { type: 'array', items: { $ref: '#/components/schemas/Seat' } }, next: { $ref: '#/components/schemas/Visit' } } },
      Seat: { type: 'object', required: ['role'], properties: { role: { enum: ['doctor', 'patient'] }, name: { type: ['string', 'null'] } } },
    },
  },
};

const { operations, title } = describe(DOCUMENT);
const [visit, organisation] = operations;

test('an operation says who may, with which scope, and what is written down', () => {
  assert.equal(title, 'Vaidya');
  assert.equal(visit?.summary, 'one visit');
  assert.deepEqual([visit?.method, visit?.may, visit?.scope, visit?.audit, visit?.fresh], ['GET', ['doctor', 'patient'], 'visits:read', 'visit.read', false]);
  assert.deepEqual([organisation?.may, organisation?.fresh], [['admin'], true]);
});

test('bodies are unfolded to their fields, references followed, and a circle ends', () => {
  const fields = visit?.answers[0]?.body?.fields ?? [];
  assert.deepEqual(fields.find((one) => one.name === 'id'), { name: 'id', type: 'string', required: true, what: 'Which' });
  assert.equal(fields.find((one) => one.name === 'seats')?.type, 'list of Seat');
  assert.equal(fields.find((one) => one.name === 'seats[].role')?.type, '"doctor" | "patient"');
  assert.equal(fields.find((one) => one.name === 'seats[].name')?.type, 'string or null');
  assert.ok(fields.some((one) => one.name === 'next.next.id'));
  assert.equal(visit?.answers[1]?.what, 'Not there');
  assert.deepEqual(organisation?.body?.fields.map((one) => one.name), ['policy', 'policy.lock', 'policy.lock.desk']);
});

test('a search wants every word somewhere, and groups keep the order of the document', () => {
  assert.deepEqual(search(operations, 'visit doctor').map((one) => one.id), ['get /api/v1/visits/{id}']);
  assert.deepEqual(search(operations, 'visit admin'), []);
  assert.deepEqual(grouped(operations).map(([name]) => name), ['visits', 'organisation']);
});

test('what is not an OpenAPI document is refused', () => {
  for (const nonsense of [null, [], 'text', {}, { openapi: '2.0' }]) assert.throws(() => describe(nonsense), TypeError);
});
