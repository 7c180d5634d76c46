import { type SparsePattern, slidingWindow, sparseAttention, sparseTransformerAttention } from '@longspan/attention-sparse';
import { chain, feedForward, type Layer, layerNorm, gelu as ourGelu, type Parameters, scoped } from '@longspan/core-tensor';
import { chunkedCrossEntropy, recompute, reversibleSequence } from '@longspan/reversible';
import { add, logSoftmax, logSumExp, mul, neg, reshape, sum, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { layerSides, weightTolerance } from './layer-sides.ts';
import { type CheckText, checkSizes, type Mechanism } from './mechanism.ts';
import { attend, attendBy, gelu, normed, project, scoresOf, seenPairs, table } from './stock.ts';

const { batch, n, heads, headDim } = checkSizes;
const width = heads * headDim;
const depth = 2;

const pattern: SparsePattern = { kind: 'strided', stride: 18 };
const attention = sparseTransformerAttention({ width, heads, pattern });
const attentionBranch: Layer = { init: attention.init, apply: (parameters, hidden) => attention.apply(parameters, { hidden }) };

const block = {
  attention: chain({ norm: layerNorm({ size: width }), attend: attentionBranch }),
  feedForward: chain({ norm: layerNorm({ size: width }), feed: feedForward({ width, innerWidth: 80 }) }),
} as const;

const isSeen = (query: number, key: number): boolean => key <= query && (query - key <= 18 || (query - key) % 18 === 0);

/** F: attention to the norm of x, projected. */
function attended(parameters: Parameters, x: Tensor): Tensor {
  const normal = normed(parameters, 'norm', x);
  const out = attendBy(parameters, 'attend.', { queries: normal, heads }, { counts: seenPairs(n, n, isSeen) });
  return project(parameters, 'attend.output', out);
}

/** G: the feed-forward layer over the norm of x. */
const fed = (parameters: Parameters, x: Tensor): Tensor =>
  project(parameters, 'feed.outer', gelu(project(parameters, 'feed.inner', normed(parameters, 'norm', x))));

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
      (parameters, x1, x2) => Object.values(layers.apply(parameters, { x1: x1, x2: x2 })),
      (parameters, first, second) => {
        let [x1, x2] = [first, second];
        for (let at = 0; at < depth; at++) {
          x1 = add(x1, attended(scoped(parameters, `${at}.attention`), x2));
          x2 = add(x2, fed(scoped(parameters, `${at}.feedForward`), x1));
        }
        return [x1, x2];
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
      return [ourGelu(out), logSumExp] as const;
    });
    const counts = seenPairs(n, n, (query, key) => key >= query - 60 && key <= query + 10);
    return {
      inputs: [text.heads('q', {}), text.heads('k', {}), text.heads('v', {})],
      ours: (q, k, v) => run(q, k, v),
      reference: (q, k, v) => [gelu(attend(q, k, v, { counts })), logSumExp(scoresOf(q, k, { counts }), 3)],
    };
  },
};

const classes = 256;

/** Each byte's next one; the last of a row, and every seventh, does not count. */
const nextBytes = ({ rows }: CheckText): Int32Array =>
  Int32Array.from(rows.flatMap((row) => Array.from(row, (_, at) => (at === n - 1 || at % 7 === 3 ? -100 : (row[at + 1] as number)))));

const loss: Mechanism = {
  name: 'chunkedCrossEntropy, 50 rows at a time',
  against: 'the definition, all logits at once',
  gradientTolerance: weightTolerance,
  prepare(text) {
    const [next, labelSmoothing] = [nextBytes(text), 0.1];
    const targets = tensor2d(next, [batch, n], 'int32');
    // A smoothed target: 0.9 for the byte that comes, and 0.1 spread over all.
    const wanted = table(batch * n, classes, (row, byte) => {
      const target = next[row] as number;
      return target < 0 ? 0 : (target === byte ? 1 - labelSmoothing : 0) + labelSmoothing / classes;
    });
    return {
      inputs: [text.hidden('hidden', width), text.numbers('weight', [classes, width], 0.3), text.numbers('bias', [classes], 0.3)],
      ours: (hidden, weight, bias) => [
        chunkedCrossEntropy({ hidden, weight, bias, targets }, { chunkLength: 50, labelSmoothing, reduction: 'sum' }),
      ],
      reference: (hidden, weight, bias) => {
        const logits = project({ 'logits.weight': weight, 'logits.bias': bias }, 'logits', hidden);
        return [neg(sum(sum(mul(logSoftmax(reshape(logits, [batch * n, classes])), wanted), 1)))];
      },
    };
  },
};

/** What is computed again in the backward pass, instead of being kept. */
export const reversibleMechanisms: readonly Mechanism[] = [sequence, again, loss];
