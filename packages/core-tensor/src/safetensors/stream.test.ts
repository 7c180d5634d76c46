import { describe, expect, it } from 'vitest';
import { FileError } from '../error/index.ts';
import { type LaterTensor, streamSafetensors } from './stream.ts';
import { type SafetensorsTensor, writeSafetensors } from './write.ts';

const tensors: Readonly<Record<string, SafetensorsTensor>> = {
  b: { dtype: 'F16', shape: [3], values: Float32Array.of(1, 0.1, -2) },
  a: { dtype: 'F32', shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) },
  c: { dtype: 'I64', shape: [1], values: BigInt64Array.of(7n) },
  empty: { dtype: 'F32', shape: [0, 4], values: new Float32Array() },
};
const later = (asked: string[] = []): Readonly<Record<string, LaterTensor>> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, values }]) => {
      const given = async () => {
        asked.push(name);
        return values;
      };
      return [name, { dtype, shape, values: given } as LaterTensor];
    }),
  );

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: number[] = [];
  for await (const chunk of chunks) parts.push(...chunk);
  return Uint8Array.from(parts);
}

describe('streamSafetensors', () => {
  it('gives the bytes of writeSafetensors, and says how many', async () => {
    const metadata = { format: 'pt' };
    const whole = writeSafetensors({ tensors, metadata });
    const { size, chunks } = streamSafetensors({ tensors: later(), metadata });
    expect(size).toBe(whole.length);
    expect(await joined(chunks)).toEqual(whole);
  });

  it('asks for the values of each tensor when its turn comes', async () => {
    const asked: string[] = [];
    const { chunks } = streamSafetensors({ tensors: new Map(Object.entries(later(asked))) });
    const order: number[] = [];
    for await (const _ of chunks) order.push(asked.length);
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(asked).toEqual(['c', 'a', 'empty', 'b']);
  });

  it('refuses values that do not fill their shape when they come, and a wrong name at once', async () => {
    const { chunks } = streamSafetensors({ tensors: { w: { dtype: 'F32', shape: [2], values: () => Float32Array.of(1) } } });
    await expect(joined(chunks)).rejects.toThrow(
      new FileError({
        caller: 'streamSafetensors',
        problem: 'the values of the tensor "w" must fill its shape.',
        expected: '2 elements ([2])',
        got: '1',
        remedy: 'give the shape that the values have.',
      }),
    );
    const wrong = { __metadata__: { dtype: 'F32', shape: [0], values: () => new Float32Array() } } as const;
    expect(() => streamSafetensors({ tensors: wrong })).toThrow('the name of a tensor must be valid Unicode other than __metadata__.');
  });
});
