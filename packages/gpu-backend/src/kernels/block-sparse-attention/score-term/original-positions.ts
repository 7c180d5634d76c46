import type { OriginalPositionsTerm } from '@longspan/core-tensor';
import { f32, u32 } from '../../../encode/encode.ts';
import type { GpuTerm } from './gpu-term.ts';

/** Where queries and keys stood before a sort: causality by it, padding (below 0) hidden, and a constant score of a token with itself. */
export const originalPositionsOnGpu: GpuTerm<OriginalPositionsTerm> = ({ query, key, causal, selfScore }, { field }) => {
  const [queryBatch = 1, queryHeads = 1] = query.shape;
  const [keyBatch = 1, keyHeads = 1] = key.shape;
  const row = (side: 'query' | 'key', length: string): string =>
    `((batch % ${field(`${side}Batch`)}) * ${field(`${side}Heads`)} + head % ${field(`${side}Heads`)}) * ${length} + ${side}`;
  return {
    code: {
      name: `original positions${causal ? ', causal' : ''}${selfScore === undefined ? '' : ', with a score of its own'}`,
      hasSlope: selfScore !== undefined,
      positions: `let position = bitcast<i32>(tables[${field('at')} + ${row('query', 'u.queryLength')}]);
  let keyPosition = bitcast<i32>(tables[${field('at')} + ${field('keysAt')} + ${row('key', 'u.keyLength')}]);`,
      step: `x.isVisible = x.isVisible && position >= 0 && keyPosition >= 0${causal ? ' && keyPosition <= position' : ''};
  ${selfScore === undefined ? '' : `if (position == keyPosition) { x.score = ${field('selfScore')}; x.slope = 0.0; x.after = 0.0; }`}`,
    },
    sources: [query, key],
    uniforms: {
      queryBatch: u32(queryBatch),
      queryHeads: u32(queryHeads),
      keyBatch: u32(keyBatch),
      keyHeads: u32(keyHeads),
      keysAt: u32(query.size),
      ...(selfScore !== undefined && { selfScore: f32(selfScore) }),
    },
  };
};
