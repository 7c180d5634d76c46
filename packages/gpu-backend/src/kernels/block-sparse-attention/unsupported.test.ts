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

  it('refuses tensors that are larger than what a device binds, the pairs of learned terms among them', () => {
    const bytes = 4 * 2 * 3 * 100 * 4;
    expect(unsupported(limits({ maxStorageBufferBindingSize: bytes }), plain)).toBeNull();
    expect(unsupported(limits({ maxStorageBufferBindingSize: bytes - 4 }), plain)).toBe(
      `one of its tensors has ${bytes} bytes, and the device binds ${bytes - 4}`,
    );
    const most = { maxStorageBuffersPerShaderStage: 9, maxStorageBufferBindingSize: bytes };
    expect(unsupported(limits(most), scored)).toBe(`one of its tensors has ${4 * 4 * 64 ** 2} bytes, and the device binds ${bytes}`);
  });

  it('refuses grids and workgroups that are larger than the device takes', () => {
    expect(unsupported(limits({ maxComputeWorkgroupsPerDimension: 5 }), plain)).toBe(
      'its grid has 6 workgroups along one axis, and the device takes 5',
    );
    expect(unsupported(limits({ maxComputeWorkgroupStorageSize: 8192 }), plain)).toMatch(
      /^it needs \d+ bytes of workgroup memory, and the device has 8192$/,
    );
  });
});
