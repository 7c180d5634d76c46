import type { BlockLayout, ScoreTerm } from '@longspan/core-tensor';
import {
  abs,
  add,
  cast,
  clipByValue,
  div,
  equal,
  greaterEqual,
  less,
  lessEqual,
  log,
  logicalAnd,
  maximum,
  mul,
  reshape,
  step,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
} from '@tensorflow/tfjs-core';
import { listedPairs } from './listed-pairs.ts';
import { lookUp } from './look-up.ts';
import { type Pairs, range } from './pairs.ts';

export interface Applied {
  readonly scores: Tensor;
  readonly visible?: Tensor | undefined;
}

/** What a term does to a table of scores, from its definition. */
export function applied(term: ScoreTerm, scores: Tensor, pairs: Pairs, layout: BlockLayout): Applied {
  const { b, h, nq, nk, queries, keys } = pairs;
  const perHead = (values: Tensor): Tensor => reshape(values, [1, h, 1, 1]);
  switch (term.kind) {
    case 'bias':
      return { scores: add(scores, term.bias) };
    case 'blockBias':
      return { scores: add(scores, biasOfBlocks(term.bias, layout, nq, nk)) };
    case 'distanceBias': {
      const [heads = 1, columns = 0] = term.table.shape;
      const column = clipByValue(add(sub(keys, queries), term.center), 0, columns - 1);
      const start = tensor(range(0, heads), [1, heads, 1, 1]);
      const [pb = 1, ph = 1] = column.shape;
      const cells = add(mul(start, columns), column);
      return { scores: add(scores, lookUp(term.table, cast(cells, 'int32'), [pb, Math.max(heads, ph), nq, nk])) };
    }
    case 'cellBias': {
      const [heads = 1, size = 1] = term.table.shape;
      const cells = Int32Array.from({ length: heads * nq * nk }, (_, at) => {
        const head = Math.floor(at / (nq * nk));
        const query = Math.floor(at / nk) % nq;
        return (head * size + (query % size)) * size + ((at % nk) % size);
      });
      return { scores: add(scores, lookUp(term.table, tensor(cells, [cells.length], 'int32'), [1, heads, nq, nk])) };
    }
    case 'alibi':
      return { scores: sub(scores, mul(perHead(term.slopes), abs(sub(queries, keys)))) };
    case 'softCap':
      return { scores: mul(tanh(div(scores, term.cap)), term.cap) };
    case 'keyLengths':
      return {
        scores,
        visible: cast(less(tensor(range(0, nk), [1, 1, 1, nk]), reshape(cast(term.lengths, 'float32'), [b, 1, 1, 1])), 'float32'),
      };
    case 'spanRamp': {
      const share = clipByValue(div(sub(add(perHead(term.span), term.ramp), abs(sub(queries, keys))), term.ramp), 0, 1);
      return { scores: add(scores, log(maximum(share, 1e-30))), visible: step(share) };
    }
    case 'originalPositions': {
      const real = logicalAnd(greaterEqual(queries, 0), greaterEqual(keys, 0));
      const visible = cast(term.causal ? logicalAnd(real, lessEqual(keys, queries)) : real, 'float32');
      if (term.selfScore === undefined) return { scores, visible };
      const own = cast(equal(queries, keys), 'float32');
      return { scores: add(mul(scores, sub(1, own)), mul(own, term.selfScore)), visible };
    }
    case 'relativePositions':
    case 'attentionDropout':
      return { scores };
  }
}

/** The tiles of the listed blocks, written into one table. */
function biasOfBlocks(bias: Tensor, layout: BlockLayout, nq: number, nk: number): Tensor {
  if (bias.size === 0) return sum(bias); // no block is listed: 0, with a gradient, for pairs that are all hidden
  const cells = new Int32Array(layout.batch * layout.heads * nq * nk); // pairs in no listed block are hidden: any cell will do
  for (const { plane, query, key, cell } of listedPairs(layout)) cells[(plane * nq + query) * nk + key] = cell;
  return lookUp(bias, tensor(cells, [cells.length], 'int32'), [layout.batch, layout.heads, nq, nk]);
}
