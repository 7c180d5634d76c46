import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createKey, packParameters } from '@longspan/core-tensor';
import { bert } from '@longspan/models/bert';
import { withBackend } from '@longspan/tooling/expect';
import { describe, expect, it, vi } from 'vitest';
import { main } from './main.ts';
import { pages, precisionTable, withTable } from './precision-table.ts';
import { bytesIn } from './published-sizes.ts';
import { run } from './run.ts';

vi.spyOn(console, 'warn').mockImplementation(() => undefined); // of heads that are left

const golden = (name: string): string => fileURLToPath(new URL(`../golden/${name}.safetensors`, import.meta.url));

/** A short case for each kind of layer: .ci/full has all of them. */
const cases = [
  'encoders/bert-token-classification',
  'encoders/distilbert-question-answering',
  'encoders/led-conditional-generation',
  'encoders/longt5-local',
  'encoders/mpnet-padded',
  'encoders/swinv2-square',
  'decoders/reformer.lm.eval-autopad-axial',
  'decoders/routing.transformer.full-padded',
  'decoders/transfoxl.lm.div1-tied',
  'checkpoints/modernbert-masked-lm/expected',
  'checkpoints/tiny-bert-sentence/expected',
].map(golden);

const cpu = { backend: 'cpu', kernels: 'reference', threads: 1, only: undefined } as const;
const listener = { start: () => undefined, done: () => undefined };

describe('packed weights', () => {
  it.each(['float16', 'int8'] as const)('in %s give outputs within the bound of each family', async (precision) => {
    const { results } = await run({ ...cpu, paths: cases, precision }, listener);
    expect(results.map(({ name, problem }) => [name, problem])).toEqual(results.map(({ name }) => [name, undefined]));
    expect(results.length).toBe(cases.length);
    // A bound that anything passes would say nothing: each is within reach of what came.
    for (const { family, worst } of results) expect([family, (worst?.share ?? 0) > 1e-3]).toEqual([family, true]);
  });

  it('whose bound is half of their error are a miss', async () => {
    const paths = cases.slice(0, 1);
    const { results } = await run({ ...cpu, paths, precision: 'int8', boundOf: () => 1 }, listener);
    const error = results[0]?.worst?.share ?? 0;
    const again = await run({ ...cpu, paths, precision: 'int8', boundOf: () => error / 2 }, listener);
    expect(again.results[0]).toMatchObject({ passed: false, worst: { share: expect.closeTo(2, 3) } });
  });

  it('are asked for by --precision, which leaves all cases that are of no whole model', async () => {
    const lines: string[] = [];
    const output = { print: (line: string) => void lines.push(line), complain: (line: string) => void lines.push(line) };
    const folder = fileURLToPath(new URL('../golden/usage', import.meta.url));
    expect(await main([folder, '--precision', 'float16', '--only', 'left-padded'], folder, output)).toBe(0);
    expect(lines.at(-1)).toMatch(/^[1-9]\d* passed, 0 failed$/);
    expect(lines.some((line) => line.startsWith('sentence_transformers.pooling'))).toBe(false);
    expect(await main(['--precision', 'int4'], folder, output)).toBe(2);
    expect(lines.at(-1)).toContain('--precision must be float32 or float16 or int8, got int4');
  });
});

describe('the table', () => {
  it('is in the pages as the command writes it', () => {
    const table = precisionTable();
    for (const page of pages) {
      const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
      expect(withTable(text, table)).toBe(text);
    }
  });

  it('counts the bytes that packed parameters have', async () => {
    await withBackend('cpu');
    const model = bert.models.model(
      bert.config({ vocabSize: 9, hiddenSize: 6, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 7 }),
    );
    const parameters = model.init(createKey(1));
    for (const precision of ['float16', 'int8'] as const) {
      const packed = Object.values(await packParameters(model, parameters, precision));
      expect(bytesIn(model.spec, precision)).toBe(packed.reduce((sum, { size }) => sum + 4 * size, 0));
    }
    expect(bytesIn(model.spec, 'float32')).toBe(Object.values(parameters).reduce((sum, { size }) => sum + 4 * size, 0));
  });
});
