import { onBackends } from '@longspan/tooling/expect';
import { zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { causal, createLayout, explain, slidingWindow, sparseAttention } from '../index.ts';

onBackends('explain', (_, kernels) => {
  it('says the kernel, the reason and what is visited', () => {
    const x = zeros([2, 3, 256, 8]);
    const explanation = explain(x, x, x, { mask: slidingWindow({ left: 63, right: 0 }) });
    expect(explanation).toMatchObject({
      kernel: kernels === 'ours' ? 'wasm-simd' : 'reference',
      reason:
        kernels === 'ours'
          ? 'wasm-simd; on 1 thread, in place'
          : 'reference; no backend package is registered: call register() of @longspan/wasm-backend',
      visitedBlocks: 2 * 3 * 7,
      totalBlocks: 2 * 3 * 16,
      visitedFraction: 7 / 16,
      visitedPairs: 2 * 3 * (256 * 64 - (64 * 63) / 2),
      flops: 2 * 16 * 2 * 3 * 7 * 64 * 64,
    });
    expect(explanation.bytes.inputs).toBe(3 * 2 * 3 * 256 * 8 * 4);
  });

  it('reuses the layout of an equal mask', () => {
    const x = zeros([1, 1, 200, 4]);
    expect(explain(x, x, x, { mask: causal() }).layout).toBe(explain(x, x, x, { mask: causal() }).layout);
  });
});

onBackends('sparseAttention', () => {
  it('refuses a layout together with what would make one', () => {
    const x = zeros([1, 1, 8, 4]);
    const layout = createLayout(causal(), { queryLength: 8 });
    expect(() => sparseAttention(x, x, x, { layout, mask: causal() })).toThrow(
      [
        'sparseAttention: pass either layout, or mask with blockSize and queryOffset, not both.',
        '  expected  either layout, or mask with blockSize and queryOffset',
        '  got       layout, mask',
        '  remedy    leave out layout, or make it with createLayout(mask, { queryLength, keyLength, blockSize, queryOffset }).',
      ].join('\n'),
    );
  });

  it('names itself in the error of a wrong shape', () => {
    const x = zeros([1, 2, 8, 4]);
    expect(() => sparseAttention(x, zeros([1, 2, 9, 4]), x)).toThrow(
      'sparseAttention: v must have the shape [b=1, hkv=2, nk=9, dv].\n  expected  [b=1, hkv=2, nk=9, dv]  (nk was set by k)',
    );
  });
});
