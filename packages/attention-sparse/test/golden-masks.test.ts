import { readdirSync, readFileSync } from 'node:fs';
import { createLayout } from '@longspan/core-tensor/layout';
import { describe, expect, it } from 'vitest';
import { denseMask, maskFromJSON } from '../src/mask/index.ts';
import { layoutToDense } from './layout-to-dense.ts';

interface Entry {
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const folder = new URL('../../../tooling/golden/attention/', import.meta.url);
const cases = readdirSync(folder).filter((file) => /^(masked|scored|xl)_.*\.safetensors$/.test(file));

function readCase(file: string) {
  const bytes = readFileSync(new URL(file, folder));
  const headerEnd = 8 + Number(bytes.readBigUInt64LE(0));
  const { __metadata__: metadata, ...tensors } = JSON.parse(bytes.toString('utf8', 8, headerEnd));
  const {
    shape,
    data_offsets: [start, end],
  } = tensors['in.allowed'] as Entry;
  const values = bytes.subarray(headerEnd + start, headerEnd + end);
  const allowed = Array.from({ length: values.length / 4 }, (_, at) => values.readInt32LE(at * 4)).join('');
  const config: { mask: unknown; queryOffset: number } = JSON.parse(metadata.config);
  return { config, shape, allowed };
}

it('there are golden masks to compare with', () => {
  expect(cases.length).toBeGreaterThanOrEqual(61);
});

describe.each(cases)('%s', (file) => {
  const { config, shape, allowed } = readCase(file);
  const mask = maskFromJSON(config.mask);
  const [queryLength = 0, keyLength = 0] = shape.slice(-2);
  const lengths = { queryLength, keyLength, queryOffset: config.queryOffset };

  it('the written-out mask has the bits and the axes of the reference', () => {
    expect(shape).toEqual([...(mask.batch > 1 ? [mask.batch, 1] : mask.heads > 1 ? [mask.heads] : []), queryLength, keyLength]);
    expect(denseMask(mask, lengths).join('')).toBe(allowed);
  });

  it.each([1, 16, 24, 64])('the layout in blocks of %i has the bits of the reference', (blockSize) => {
    const layout = createLayout(mask, { ...lengths, blockSize });
    expect(layoutToDense(layout).join('')).toBe(allowed);
    expect(layoutToDense(layout, 'transposed').join('')).toBe(allowed);
  });

  it('the mask writes the JSON that it was read from', () => {
    expect(mask.toJSON()).toEqual(config.mask);
  });
});
