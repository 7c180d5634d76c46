import type { BiasTerm } from '@longspan/core-tensor';
import { u32 } from '../../../encode/encode.ts';
import { addedNumber } from './added-number.ts';
import type { GpuTerm } from './gpu-term.ts';

/** s + bias[batch, head, query, key] */
export const biasOnGpu: GpuTerm<BiasTerm> = ({ bias }, { isBeforeSoftCap, field }) => {
  const [batch = 1, heads = 1] = bias.shape;
  const pairs = 'u.queryLength * u.keyLength';
  const table = `(batch % ${field('batch')}) * ${field('heads')} + head % ${field('heads')}`;
  return {
    code: {
      name: `bias${isBeforeSoftCap ? ' before a cap' : ''}`,
      step: addedNumber(`${field('at')} + (${table}) * ${pairs} + query * u.keyLength + key`, isBeforeSoftCap),
    },
    sources: [bias],
    uniforms: { batch: u32(batch), heads: u32(heads) },
    gradient: {
      kind: 'cell sums',
      lanes: 1,
      isRead: `(${table}) == cell / (${pairs})`,
      firstQuery: '(cell / u.keyLength) % u.queryLength',
      queryStep: 'u.queryLength',
      keys: '{ let only = i32(cell % u.keyLength); low = max(only, firstKey); high = min(only, lastKey); step = 1; }',
    },
  };
};
