import { withBackend } from '@longspan/tooling/expect';
import { zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  bigBirdAttention,
  blockDiagonal,
  causal,
  cost,
  denseAttention,
  dilatedWindow,
  explain,
  keyPadding,
  longformerAttention,
  longformerLayer,
  mask,
  multiHeadAttention,
  prefix,
  slidingWindow,
  sparseAttention,
  swinLayer,
  topKAttention,
} from '../src/index.ts';

beforeAll(() => withBackend('cpu'));

const x = () => zeros([1, 1, 4, 2]);
const wrong = (options: object): never => options as never;

/** Calls of plain JavaScript with a name that does not exist, and the name that was meant. */
const calls: readonly (readonly [meant: string, call: () => unknown])[] = [
  ['mask', () => sparseAttention(x(), x(), x(), wrong({ maks: causal() }))],
  ['mask', () => denseAttention(x(), x(), x(), wrong({ maks: causal() }))],
  ['blockSize', () => explain(x(), x(), x(), wrong({ blockSzie: 4 }))],
  ['headDim', () => cost(causal(), 4, wrong({ headDims: 4 }))],
  ['topK', () => topKAttention(x(), x(), x(), wrong({ topk: 1 }))],
  ['left', () => slidingWindow(wrong({ lefts: 3 }))],
  ['dilation', () => dilatedWindow(wrong({ left: 1, right: 1, dilatation: 2 }))],
  ['blockSize', () => blockDiagonal(wrong({ blocksize: 2 }))],
  ['length', () => prefix(wrong({ lenght: 2 }))],
  ['lengths', () => keyPadding(wrong({ length: 2 }))],
  ['cover', () => mask(wrong({ name: 'all', allows: () => true, covers: () => 'all' }))],
  ['attentionDropout', () => multiHeadAttention(wrong({ width: 4, heads: 2, attentionDropuot: 0.1 }))],
  ['attentionDropout', () => longformerAttention(wrong({ width: 4, heads: 2, window: { left: 1, right: 1 }, attentionDropot: 0.1 }))],
  ['epsilon', () => longformerLayer(wrong({ width: 4, heads: 2, window: { left: 1, right: 1 }, epsilom: 1e-5 }))],
  ['randomBlocks', () => bigBirdAttention(wrong({ width: 4, heads: 2, blockSize: 2, randomBlock: [] }))],
  ['windowSide', () => swinLayer(wrong({ width: 4, heads: 2, windowSides: 2 }))],
];

describe('an option that does not exist', () => {
  it.each(calls)('is an error that names the nearest: %s', (meant, call) => {
    expect(call).toThrow(`did you mean ${meant}?`);
  });

  it('where a mask stands in the place of options, says so', () => {
    for (const attend of [sparseAttention, denseAttention]) {
      expect(() => attend(x(), x(), x(), causal() as object)).toThrow(
        `${attend.name}: a mask must be given as an option.\n  expected  { mask }\n  got       the mask itself: causal()\n`,
      );
    }
  });

  it("of Hugging Face's attention_window, says what it is here", () => {
    const layer = (window: unknown) => () => longformerAttention({ width: 4, heads: 2, window: window as { left: number } });
    expect(layer(8)).toThrow('attention_window w of Hugging Face counts both sides: give { left: 4, right: 4 }.');
    expect(layer(undefined)).toThrow('longformerAttention: window must be { left, right }');
    expect(layer({ left: -1 })).toThrow('window.left must be');
  });
});
