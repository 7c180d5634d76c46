import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readSafetensors } from '@longspan/core-tensor';
import { expect, it } from 'vitest';
import { fixtureFiles } from './fixture-files.ts';

const golden = fileURLToPath(new URL('../golden', import.meta.url));

/** What the notes of a fixture say of rows of a gradient: that they are exactly 0, or that a tied decoder reaches them. */
const ofRow = /row (\d+) of (\S+) (is exactly 0|alone; the decoder)/;

it('the notes of the fixtures say of each padding row of a gradient what the numbers do', async () => {
  const counts = { zero: 0, other: 0 };
  for (const path of await fixtureFiles(golden)) {
    if (!path.endsWith('.safetensors')) continue;
    const { metadata, tensors } = readSafetensors(await readFile(path));
    for (const note of JSON.parse(metadata['notes'] ?? '[]') as readonly string[]) {
      const [, row, name, says] = ofRow.exec(note) ?? [];
      if (row === undefined) continue;
      const entry = tensors.get(name as string);
      const width = entry?.shape.at(-1) as number;
      const numbers = entry?.values().slice(Number(row) * width, (Number(row) + 1) * width) as Float32Array;
      const kind = numbers.every((each) => each === 0) ? 'zero' : 'other';
      expect([path, name, numbers.length, kind]).toEqual([path, name, width, says === 'is exactly 0' ? 'zero' : 'other']);
      counts[kind]++;
    }
  }
  expect(counts.other).toBe(6);
  expect(counts.zero).toBeGreaterThan(50);
});
