import {
  bigBird,
  blockDiagonal,
  causal,
  denseAttention,
  dilatedWindow,
  documents,
  fixed,
  globalTokens,
  grid,
  keyPadding,
  type Mask,
  mask,
  perHead,
  prefix,
  randomBlocks,
  slidingWindow,
  sparseAttention,
  strided,
} from '@longspan/attention-sparse';
import { type CheckText, checkSizes, type Mechanism } from './mechanism.ts';

const { n, heads, keyHeads, valueDim } = checkSizes;
const near = slidingWindow({ left: 70, right: 0 }).and(causal());

/** Masks by what they show; those that depend on the text or on a key are made from it. */
const masks: Readonly<Record<string, (text: CheckText) => Mask>> = {
  'slidingWindow({ left: 70, right: 0 }).and(causal())': () => near,
  'slidingWindow({ left: 9, right: 30 })': () => slidingWindow({ left: 9, right: 30 }),
  'dilatedWindow({ left: 20, right: 3, dilation: 5 })': () => dilatedWindow({ left: 20, right: 3, dilation: 5 }),
  'dilatedWindow, dilation per head': () => dilatedWindow({ left: 20, right: 0, dilation: [1, 2, 3, 7] }),
  'strided({ stride: 18 })': () => strided({ stride: 18 }),
  'fixed({ stride: 37, summary: 4 })': () => fixed({ stride: 37, summary: 4 }),
  'globalTokens([0, 5, 200]).or(slidingWindow)': () => globalTokens([0, 5, 200]).or(slidingWindow({ left: 40, right: 40 })),
  'blockDiagonal({ blockSize: 50 })': () => blockDiagonal({ blockSize: 50 }),
  'bigBird with random blocks': ({ key }) =>
    bigBird({
      blockSize: 24,
      windowBlocks: 1,
      globalBlocks: [0],
      randomBlocks: randomBlocks(key, { queryBlocks: 10, perQueryBlock: 2, windowBlocks: 1, globalBlocks: [0] }),
    }),
  'prefix({ length: 77 }).or(causal())': () => prefix({ length: 77 }).or(causal()),
  'documents, by line': ({ rows }) => documents(rows.map(linesOf)).and(causal()),
  'keyPadding({ lengths: [221, 150] })': () => keyPadding({ lengths: [n, 150] }).and(slidingWindow({ left: 60, right: 200 })),
  'perHead of four masks': () => perHead([near, strided({ stride: 16 }), blockDiagonal({ blockSize: 64 }), causal()]),
  'grid([13, 17]).neighbourhood({ radius: 2 })': () => grid([13, 17]).neighbourhood({ radius: 2 }),
  'grid([2, 5, 22]).tiles({ size: [2, 2, 10] })': () => grid([2, 5, 22]).tiles({ size: [2, 2, 10] }),
  'grid([13, 17]).shiftedWindows({ window: 4, shift: 2 })': () => grid([13, 17]).shiftedWindows({ window: 4, shift: 2 }),
  'mask({ … }): keys of an even distance': () => mask({ name: 'even', allows: (query, key) => (query - key) % 2 === 0 }).and(causal()),
  'blockDiagonal.not().and(causal()): fully masked rows': () => blockDiagonal({ blockSize: 50 }).not().and(causal()),
};

/** Which line of the text each byte stands in. */
function linesOf(bytes: Uint8Array): Int32Array {
  let line = 0;
  return Int32Array.from(bytes, (byte) => (byte === 10 ? line++ : line));
}

/** Every mask of the algebra, with grouped key heads and values of another size. */
export const maskMechanisms: readonly Mechanism[] = Object.entries(masks).map(([name, make]) => ({
  name,
  against: 'denseAttention',
  prepare(text) {
    const mask = make(text);
    return {
      inputs: [text.heads('q', { heads }), text.heads('k', { heads: keyHeads }), text.heads('v', { heads: keyHeads, dim: valueDim })],
      ours: (q, k, v) => outputs(sparseAttention(q, k, v, { mask })),
      reference: (q, k, v) => outputs(denseAttention(q, k, v, { mask })),
    };
  },
}));

const outputs = ({ out, logSumExp }: ReturnType<typeof sparseAttention>) => [out, logSumExp];
