import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileOf } from '../../test/safetensors-bytes.ts';
import { FileError } from '../error/index.ts';
import { readSafetensors } from './read.ts';
import { writeSafetensors } from './write.ts';

describe('a damaged file', () => {
  const valid = writeSafetensors({
    tensors: {
      'encoder.weight': { dtype: 'F32', shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) },
      'encoder.half': { dtype: 'F16', shape: [3], values: Float32Array.of(1, 2, 3) },
      brain: { dtype: 'BF16', shape: [1, 1], values: Float32Array.of(1) },
      ids: { dtype: 'I64', shape: [2], values: BigInt64Array.of(1n, 2n) },
      mask: { dtype: 'BOOL', shape: [3], values: Uint8Array.of(0, 1, 1) },
    },
    metadata: { format: 'pt' },
  });
  const headerEnd = 8 + Number(new DataView(valid.buffer).getBigUint64(0, true));
  const header = new TextDecoder().decode(valid.subarray(8, headerEnd));
  const data = valid.subarray(headerEnd);

  /** 'read' or 'rejected'; whatever else is thrown fails the test. */
  function attempt(file: Uint8Array): string {
    try {
      for (const [name, entry] of readSafetensors(file).tensors) {
        const elements = entry.shape.reduce((count, size) => count * size, 1);
        expect([name, entry.values().length]).toEqual([entry.name, elements]);
      }
      return 'read';
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return 'rejected';
    }
  }

  it('with any bytes changed is read or rejected, both of which happen', () => {
    const counts = { read: 0, rejected: 0 } as Record<string, number>;
    const anyChange = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(anyChange, { minLength: 1, maxLength: 4 }), (changes) => {
        const file = valid.slice();
        for (const [at, byte] of changes) file[at] = byte;
        const result = attempt(file);
        counts[result] = (counts[result] ?? 0) + 1;
      }),
      { numRuns: 5000 },
    );
    expect(Math.min(counts.read as number, counts.rejected as number)).toBeGreaterThan(100);
  });

  it('with a part of its header replaced, doubled or left out is read or rejected', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '0',
      '-1',
      '1e3',
      '1e999',
      '9007199254740993',
      'null',
      'true',
      '"F32"',
      '"U8"',
    ];
    const anyPiece = fc.oneof(
      fc.constantFrom(...pieces),
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.jsonValue().map((value) => JSON.stringify(value)),
    );
    const anyCut = fc.tuple(fc.nat(header.length), fc.nat(12), anyPiece, fc.boolean());
    fc.assert(
      fc.property(fc.array(anyCut, { minLength: 1, maxLength: 3 }), fc.nat(data.length), (cuts, kept) => {
        let text = header;
        for (const [at, length, piece, doubled] of cuts) text = text.slice(0, at) + piece + text.slice(doubled ? at - length : at + length);
        const start = fileOf(text);
        const file = new Uint8Array(start.length + kept);
        file.set(start);
        file.set(data.subarray(0, kept), start.length);
        attempt(file);
      }),
      { numRuns: 5000 },
    );
  });

  it('cut off anywhere, or made longer, is rejected', () => {
    for (let bytes = 0; bytes < valid.length; bytes++) expect([bytes, attempt(valid.subarray(0, bytes))]).toEqual([bytes, 'rejected']);
    expect(attempt(new Uint8Array([...valid, 0]))).toBe('rejected');
    expect(attempt(valid)).toBe('read');
  });

  it('of any bytes at all is read or rejected', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        attempt(bytes);
        attempt(fileOf(bytes));
        attempt(fileOf(Uint8Array.of(0x7b, ...bytes)));
      }),
      { numRuns: 3000 },
    );
  });
});
