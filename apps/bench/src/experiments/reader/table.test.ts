import { describe, expect, it } from 'vitest';
import type { AnyFigures } from './input.ts';
import { memoryPoint, readerInput, readerPoint } from './points.ts';
import { readerHeadline, readerTables } from './table.ts';

const options = { seed: 0, full: true, flags: {} };
const machine = { cpu: '', cores: 2, memoryBytes: 0, system: '', node: '', tfjs: {}, commit: '', dirty: false, load: 0 };
const done = (point: string, result: AnyFigures) => ({ point, wallSeconds: 1, ending: { kind: 'done', result } as const });
const reader: AnyFigures = {
  kind: 'reader',
  parameters: 490_000,
  fileBytes: 1_000_000,
  steps: 640,
  trainingSeconds: 120,
  trainingBytes: 1_000_000,
  heldOutBits: 2.5,
  scoredBytes: 65_536,
  byContext: [{ context: 512, bits: 2.4 }],
  unigram: 4.4,
  bigram: 3.5,
  gzip: 3.2,
};
const memory: AnyFigures = {
  kind: 'memory',
  parameters: 180_000,
  fileBytes: 360_000,
  trainingSeconds: 60,
  evaluatedBytes: 32_768,
  byMemory: [
    { memory: 0, bits: 3 },
    { memory: 128, bits: 2.9 },
  ],
};

describe('the report of the playground’s models', () => {
  const findings = { options, machine, outcomes: [done(readerPoint, reader), done(memoryPoint, memory)] };

  it('has the figures of both, and says what is missing', () => {
    const [heldOut, longer, withMemory] = readerTables(findings);
    expect(heldOut?.rows).toEqual([
      [`the model, after ${readerInput(options).steps} steps`, '2.500'],
      ['each byte from the one before it', '3.500'],
      ['byte frequencies', '4.400'],
      ['gzip -9', '3.200'],
    ]);
    expect(longer?.rows[0]).toEqual(['512', '2.400']);
    expect(withMemory?.rows.slice(0, 3)).toEqual([
      ['0', '3.000'],
      ['64', 'NaN'],
      ['128', '2.900'],
    ]);
    expect(readerTables({ ...findings, outcomes: [] })[2]?.rows[0]).toEqual(['0', 'not measured']);
  });

  it('is summed up in a sentence', () => {
    expect(readerHeadline(findings)).toEqual([
      '490,000 parameters in 1,000,000 bytes need 2.50 bits per byte of held-out chapters after 640 steps in 2.00 min (bigram 3.50, gzip 3.20).',
    ]);
  });
});

it('names the command that does it all again, and writes files only where a folder is named', () => {
  expect(readerInput(options)).toMatchObject({ command: 'pnpm bench reader --full --seed 0 FOLDER' });
  expect(readerInput(options)).not.toHaveProperty('folder');
  expect(readerInput({ ...options, flags: { folder: '/x' } }).folder).toBe('/x');
});
