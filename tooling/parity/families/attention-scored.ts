import { sparseAttention } from '@longspan/attention-sparse';
import { alibi, bias, cellBias, distanceBias, gatherRows, relativeDistanceBuckets, type ScoreTerm, softCap } from '@longspan/core-tensor';
import { expandDims, tensor1d, transpose } from '@tensorflow/tfjs-core';
import type { Config } from '../config.ts';
import { type Fixture, stored } from '../fixture.ts';
import type { Inputs } from '../inputs.ts';
import type { Exact, Family } from '../replay.ts';
import { scaleOf, tokens } from './attention.ts';
import { readMask } from './mask.ts';
import { blockSizes } from './way.ts';

/** Where queries and keys stand. */
interface Extent {
  readonly queryLength: number;
  readonly keyLength: number;
  readonly queryOffset: number;
}

/** One entry of config.score. The term is made again in each run, from that run's tensors, so that gradients reach them. */
interface Step {
  readonly term: (inputs: Inputs) => ScoreTerm;
  readonly exact?: Exact;
}

/** Softmax attention under a mask with steps that change the scaled scores, and with the gradients of what the steps learn. */
export const attentionScored: Family = (fixture) => {
  const [queryLength, keyLength] = [tokens(stored(fixture, 'in.q')), tokens(stored(fixture, 'in.k'))];
  const { mask, queryOffset, exact } = readMask(fixture, queryLength, keyLength);
  const steps = fixture.config.list('score').map((step) => readStep(step, fixture, { queryLength, keyLength, queryOffset }));
  const scale = scaleOf(fixture);
  const ways = blockSizes((options) => (inputs) => {
    const [q, k, v] = [inputs.get('in.q'), inputs.get('in.k'), inputs.get('in.v')];
    const score = steps.map(({ term }) => term(inputs));
    const { out, logSumExp } = sparseAttention(q, k, v, { mask, queryOffset, score, ...scale, ...options });
    return { o: out, lse: logSumExp };
  });
  return { ways, exact: [...exact, ...steps.flatMap((step) => step.exact ?? [])] };
};

function readStep(step: Config, fixture: Fixture, extent: Extent): Step {
  const kind = step.oneOf('kind', ['bias', 'alibi', 'softcap', 't5', 'swin']);
  if (kind === 'bias') return { term: (inputs) => bias(expandDims(inputs.get('in.bias'))) };
  if (kind === 'alibi') return { term: (inputs) => alibi(inputs.get('in.slopes')) };
  if (kind === 't5') return t5(step, fixture, extent);
  if (kind === 'swin') return swin(step, fixture);
  const cap = step.number('cap');
  return { term: () => softCap(cap) };
}

/** The stored buckets are held against ours; the bias itself is made of ours. */
function t5(step: Config, fixture: Fixture, { queryLength, keyLength, queryOffset }: Extent): Step {
  const bucket = relativeDistanceBuckets({
    buckets: step.number('buckets'),
    maxDistance: step.number('maxDistance'),
    bidirectional: step.flag('bidirectional'),
  });
  const values = Array.from({ length: queryLength * keyLength }, (_, pair) =>
    bucket((pair % keyLength) - (queryOffset + Math.floor(pair / keyLength))),
  );
  const center = queryOffset + queryLength - 1; // the last query is the furthest after key 0
  const rows = Array.from({ length: queryLength + keyLength - 1 }, (_, at) => bucket(at - center));
  return {
    term: (inputs) => distanceBias(transpose(gatherRows(inputs.get('in.table'), tensor1d(rows, 'int32'))), { center }),
    ...(fixture.tensors.has('in.buckets') ? { exact: { tensor: 'in.buckets', values } } : {}),
  };
}

/** The bias of window rows × columns: query i and key j stand at cells i mod A and j mod A of their windows, A = rows · columns. */
function swin(step: Config, fixture: Fixture): Step {
  const [rows = 0, columns = 0] = step.numbers('window');
  const cells = rows * columns;
  const values = Array.from({ length: cells * cells }, (_, pair) => {
    const [query, key] = [Math.floor(pair / cells), pair % cells];
    const down = Math.floor(query / columns) - Math.floor(key / columns) + rows - 1;
    return down * (2 * columns - 1) + (query % columns) - (key % columns) + columns - 1;
  });
  return {
    term: (inputs) => cellBias(transpose(gatherRows(inputs.get('in.table'), inputs.get('in.index')), [2, 0, 1])),
    ...(fixture.tensors.has('in.index') ? { exact: { tensor: 'in.index', values } } : {}),
  };
}
