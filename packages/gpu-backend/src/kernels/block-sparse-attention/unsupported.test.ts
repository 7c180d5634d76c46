import { alibi } from '@longspan/core-tensor';
import { type AttentionCall, attentionCall } from '@longspan/core-tensor/kernel';
import { withBackend } from '@longspan/tooling/expect';
import { dispose, ones } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unsupported } from './unsupported.ts';

/** What every device has. */
const least = {
  maxStorageBuffersPerShaderStage: 8,
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxComputeWorkgroupsPerDimension: 65535,
  minStorageBufferOffsetAlignment: 256,
  maxComputeWorkgroupStorageSize: 2 ** 14,
};
const limits = (over: Partial<typeof least> = {}): GPUSupportedLimits => ({ ...least, ...over }) as GPUSupportedLimits;

describe('unsupported', () => {
  let plain: AttentionCall;
  let scored: AttentionCall;
  beforeAll(async () => {
    await withBackend('cpu');
    const x = ones([2, 3, 100, 4]);
    plain = attentionCall('test', x, x, x, { blockSize: 64 });
    scored = attentionCall('test', x, x, x, { blockSize: 64, score: [alibi(ones([3]))] });
  });
  afterAll(() => void dispose([plain.q, scored.terms.map((term) => ({ ...term })) as never]));

  it('takes a call on a device that has no more than every device has', () => {
    expect(unsupported(limits(), plain)).toBeNull();
  });

  it('refuses score terms where a device has too few storage buffers for them', () => {
    expect(unsupported(limits(), scored)).toBe('it needs 9 storage buffers, and the device has 8');
    expect(unsupported(limits({ maxStorageBuffersPerShaderStage: 9 }), scored)).toBeNull();
  });

  it('refuses sequences, tables and the pairs of learned terms that are larger than what a device binds, and results larger than it makes', () => {
    const [sequence, pairs] = [4 * 100 * 4, 4 * 4 * 64 ** 2];
    expect(unsupported(limits({ maxStorageBufferBindingSize: sequence + 256 }), plain)).toBeNull();
    expect(unsupported(limits({ maxStorageBufferBindingSize: sequence + 255 }), plain)).toBe(
      `one of its bindings has ${sequence + 256} bytes, and the device binds ${sequence + 255}`,
    );
    const most = { maxStorageBuffersPerShaderStage: 9, maxStorageBufferBindingSize: pairs };
    expect(unsupported(limits(most), scored)).toBeNull();
    expect(unsupported(limits({ ...most, maxStorageBufferBindingSize: pairs - 1 }), scored)).toBe(
      `one of its bindings has ${pairs} bytes, and the device binds ${pairs - 1}`,
    );
    const bytes = 2 * 3 * sequence;
    expect(unsupported(limits({ maxBufferSize: bytes }), plain)).toBeNull();
    expect(unsupported(limits({ maxBufferSize: bytes - 1 }), plain)).toBe(
      `one of its tensors has ${bytes} bytes, and the device makes ${bytes - 1}`,
    );
  });

  it('refuses grids and workgroups that are larger than the device takes', () => {
    expect(unsupported(limits({ maxComputeWorkgroupsPerDimension: 1 }), plain)).toBe(
      'its grid has 2 workgroups along one axis, and the device takes 1',
    );
    expect(unsupported(limits({ maxComputeWorkgroupStorageSize: 8192 }), plain)).toMatch(
      /^it needs \d+ bytes of workgroup memory, and the device has 8192$/,
    );
  });
});
