import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ownFolder } from './own-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'longspan own '));
afterAll(() => rmSync(folder, { recursive: true }));

it('gives a folder, made where it is missing, to one run at a time', async () => {
  const place = join(folder, 'a', 'b');
  const giveBack = await ownFolder(place, () => {});
  await expect(ownFolder(place, () => {})).rejects.toThrow('one run at a time may write to a folder.');
  await giveBack();
  expect(existsSync(join(place, '.running'))).toBe(false);
});

it('says which file is in the way of its mark', async () => {
  writeFileSync(join(folder, '.running'), 'mine');
  await expect(ownFolder(folder, () => {})).rejects.toThrow('bench: the name .running must be free for the run.');
});
