import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../error/index.ts';
import { relativeDistanceBuckets } from './t5.ts';

/** The stored buckets of transformers; the header of the file is JSON, its data little-endian int32. */
function storedTables(): readonly { options: Parameters<typeof relativeDistanceBuckets>[0]; reach: number; buckets: Int32Array }[] {
  const golden = new URL('../../../../tooling/golden/encoders/longt5-relative-buckets.safetensors', import.meta.url);
  const bytes = Uint8Array.from(readFileSync(golden));
  const headerEnd = 8 + new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, headerEnd)));
  const config = JSON.parse(header.__metadata__.config);
  return config.tables.map((table: { bidirectional: boolean; num_buckets: number; max_distance: number; reach: number }, at: number) => {
    const [start, end] = header[`out.table.${at}`].data_offsets;
    return {
      options: { buckets: table.num_buckets, maxDistance: table.max_distance, bidirectional: table.bidirectional },
      reach: table.reach,
      buckets: new Int32Array(bytes.slice(headerEnd + start, headerEnd + end).buffer),
    };
  });
}

describe('relativeDistanceBuckets', () => {
  it('gives every distance the bucket that transformers gives it', () => {
    const tables = storedTables();
    expect(tables.length).toBe(4);
    for (const { options, reach, buckets } of tables) {
      const bucket = relativeDistanceBuckets(options);
      const found = Array.from({ length: 2 * reach + 1 }, (_, at) => bucket(at - reach));
      expect(found, JSON.stringify(options)).toEqual([...buckets]);
    }
  });

  it('one direction: a key after the query falls in bucket 0, as the query itself does', () => {
    const bucket = relativeDistanceBuckets({ buckets: 12, maxDistance: 50, bidirectional: false });
    expect([1, 2, 49, 1000].map(bucket)).toEqual([0, 0, 0, 0]);
    expect(bucket(0)).toBe(0);
  });

  it('distances ascend to the last bucket and stay there, on both sides', () => {
    const bucket = relativeDistanceBuckets({ buckets: 20, maxDistance: 64, bidirectional: true });
    const after = Array.from({ length: 300 }, (_, at) => bucket(at + 1));
    const before = Array.from({ length: 300 }, (_, at) => bucket(-at - 1));
    expect(after).toEqual([...after].sort((a, b) => a - b));
    expect(after.map((found) => found - 10)).toEqual(before);
    expect([after[62], after[63], after[299]]).toEqual([19, 19, 19]);
    expect(new Set([bucket(0), ...before, ...after]).size).toBe(19); // bucket 10, "0 tokens after", is never used, as in T5
  });

  it('rejects so few buckets that no distance has its own, and a maxDistance inside those that have', () => {
    expect(() => relativeDistanceBuckets({ buckets: 3, maxDistance: 128, bidirectional: true })).toThrow(
      new ConfigError({
        caller: 'relativeDistanceBuckets',
        problem: 'buckets must be an even integer of at least 2.',
        expected: 'an integer of at least 4 (bidirectional: half of them for each side)',
        got: '3',
        remedy: 'use the relative_attention_num_buckets of the model (T5: 32).',
      }),
    );
    expect(() => relativeDistanceBuckets({ buckets: 32, maxDistance: 16, bidirectional: false })).toThrow(
      'more than 16 tokens (32 buckets)',
    );
    expect(() => relativeDistanceBuckets({ buckets: Number.NaN, maxDistance: 16, bidirectional: false })).toThrow(ConfigError);
  });
});

it('a distance is an integer', () => {
  const bucket = relativeDistanceBuckets({ buckets: 8, maxDistance: 16, bidirectional: true });
  for (const wrong of [Symbol('none'), 5n, Object.create(null), 0.5, Number.NaN]) {
    expect(() => bucket(wrong as number)).toThrow('relativeDistanceBuckets: distance must be an integer.');
  }
});
