import { type SparsePattern, slidingWindow, sparseAttention, sparseTransformerAttention } from '@longspan/attention-sparse';
import { chain, feedForward, gelu, layerNorm, linearCrossEntropy, type Parameters } from '@longspan/core-tensor';
import { recompute, reversibleSequence } from '@longspan/reversible';
import * as reference from '@longspan/tooling/reference';
import { concat, split, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { type CheckText, checkSizes, type Mechanism } from './mechanism.ts';

const { batch, n, heads, headDim } = checkSizes;
const width = heads * headDim;
const depth = 2;

const pattern: SparsePattern = { kind: 'strided', stride: 18 };
const attention = sparseTransformerAttention({ width, heads, pattern });

const block = {
  attention: chain({ norm: layerNorm({ width }), attend: attention }),
  feedForward: chain({ norm: layerNorm({ width }), feed: feedForward({ width, innerWidth: 80 }) }),
} as const;

/** The branches of a block in plain code: attention to the norm of x, and the feed-forward layer over it. */
function plainBlock(parameters: Parameters): reference.ReversibleBranches {
  const { below, normed, project } = reference;
  const [f, g] = [below(parameters, 'attention'), below(parameters, 'feedForward')];
  return {
    f: (x) => reference.sparseTransformerAttention(below(f, 'attend'), normed(f, 'norm', x), { heads, pattern }),
    g: (x) => project(g, 'feed.outer', reference.gelu(project(g, 'feed.inner', normed(g, 'norm', x)))),
  };
}

const sequence: Mechanism = {
  name: `reversibleSequence of ${depth} blocks`,
  against: 'Y1 = X1 + F(X2), Y2 = X2 + G(Y1), all of it kept',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const layers = reversibleSequence(Array.from({ length: depth }, () => block));
    return layerSides(
      text,
      layers.init(text.key),
      [text.hidden('x1', width), text.hidden('x2', width)],
      (parameters, x1, x2) => split(layers.apply(parameters, concat([x1 as Tensor, x2 as Tensor], -1)), 2, -1),
      (parameters, x1, x2) => {
        const blocks = reference.upTo(depth, (at) => plainBlock(reference.below(parameters, `${at}`)));
        return reference.reversibleSequence(x1, x2, blocks);
      },
    );
  },
};

const again: Mechanism = {
  name: 'recompute of windowed attention and GELU',
  against: 'dense attention and GELU, kept',
  prepare(text) {
    const mask = slidingWindow({ left: 60, right: 10 });
    const run = recompute((q: Tensor, k: Tensor, v: Tensor) => {
      const { out, logSumExp } = sparseAttention(q, k, v, { mask });
      return [gelu(out), logSumExp] as const;
    });
    const counts = reference.visibleTokens(n, (query, key) => key >= query - 60 && key <= query + 10);
    return {
      inputs: [text.heads('q', {}), text.heads('k', {}), text.heads('v', {})],
      ours: (q, k, v) => run(q, k, v),
      reference(q, k, v) {
        const { out, logSumExp } = reference.softmaxAttention(q, k, v, { counts });
        return [reference.gelu(out), logSumExp];
      },
    };
  },
};

const classes = 256;

/** Each byte's next one; the last of a row, and every seventh, does not count. */
const nextBytes = ({ rows }: CheckText): Int32Array =>
  Int32Array.from(rows.flatMap((row) => Array.from(row, (_, at) => (at === n - 1 || at % 7 === 3 ? -100 : (row[at + 1] as number)))));

const loss: Mechanism = {
  name: 'linearCrossEntropy, 50 rows at a time',
  against: 'the definition, all logits at once',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const [next, labelSmoothing] = [nextBytes(text), 0.1];
    const targets = tensor2d(next, [batch, n], 'int32');
    return {
      inputs: [text.hidden('hidden', width), text.numbers('weight', [classes, width], 0.3), text.numbers('bias', [classes], 0.3)],
      ours: (hidden, weight, bias) => [
        linearCrossEntropy({ hidden, weight, bias, targets }, { chunkLength: 50, labelSmoothing, reduction: 'sum' }),
      ],
      reference: (hidden, weight, bias) => [reference.crossEntropySum(reference.linear(hidden, weight, bias), next, labelSmoothing)],
    };
  },
};

/** What is computed again in the backward pass, instead of being kept. */
export const reversibleMechanisms: readonly Mechanism[] = [sequence, again, loss];
