/** What lies on the desk is sealed: only the key of whoever put it there opens it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Desk, type Drawer, type Sheet } from '../../src/records/desk.ts';
import { actor } from './records-house.ts';

function drawer(): Drawer & { sheets: Map<string, Sheet> } {
  const sheets = new Map<string, Sheet>();
  return {
    sheets,
    all: async () => [...sheets.values()],
    put: async (sheet) => void sheets.set(sheet.id, sheet),
    remove: async (id) => void sheets.delete(id),
    clear: async () => sheets.clear(),
  };
}

test('a draft is read again by its owner, by nobody else, and by nobody after it was changed', async () => {
  const [mine, other, where] = [await actor('asha'), await actor('ravi'), drawer()];
  const desk = new Desk(mine.mine, where);
  await desk.put('draft/one', { text: 'a canary' });
  await desk.put('draft/one', { text: 'a canary, later' });
  await desk.put('upload/two', { text: 'another' });
  assert.deepEqual(await desk.all('draft/'), [{ id: 'draft/one', value: { text: 'a canary, later' } }]);
  assert.ok(!JSON.stringify([...where.sheets.values()].map((one) => Buffer.from(one.ct).toString('latin1'))).includes('canary'));
  assert.deepEqual(await new Desk(other.mine, where).all('draft/'), []);

  // Under another owner, and in another place.
  const [sheet] = where.sheets.values();
  assert.ok(sheet !== undefined);
  where.sheets.set('draft/three', { ...sheet, id: 'draft/three' });
  where.sheets.set('draft/four', { ...sheet, id: 'draft/four', owner: other.mine.person });
  assert.equal((await desk.all('draft/')).length, 1);
  assert.deepEqual(await new Desk(other.mine, where).all('draft/'), []);
  await desk.remove('draft/one');
  assert.deepEqual(await desk.all('draft/'), []);
});
