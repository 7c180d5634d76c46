import { adaptiveSpanAttention, causal, grid, perHead, segments, slidingWindow } from '@longspan/attention-sparse';
import { createKey, linear, padding, readSafetensors, type SafetensorsEntry, writeSafetensors } from '@longspan/core-tensor';
import { createLayout } from '@longspan/core-tensor/layout';
import { levelsOf, segmentText, uniformGroups } from '@longspan/hierarchical';
import { adaptiveSoftmax } from '@longspan/memory-xl';
import { reversibleSequence } from '@longspan/reversible';
import { expect, it } from 'vitest';

const window = slidingWindow({ left: 2, right: 0 });
const file = writeSafetensors({ tensors: { w: { dtype: 'F32', shape: [2], values: Float32Array.of(1, 2) } } });

/** What functions make and take back. */
it.each<[string, object]>([
  ['a mask', causal()],
  ['a mask of masks', window.or(causal())],
  ['its list', window.or(causal()).combination?.of ?? {}],
  ['a mask for each head', perHead([causal(), window])],
  ['segments', segments({ text: 2, image: 3 })],
  ['their list', segments({ text: 2 }).queries],
  ['a grid', grid([2, 3])],
  ['a layout', createLayout(causal(), { queryLength: 8 })],
  ['padding', padding([[1, 0]])],
  ['a key', createKey(1)],
  ['a layer', linear({ inFeatures: 1, outFeatures: 1 })],
  ["a layer's parameters as data", linear({ inFeatures: 1, outFeatures: 1 }).spec['weight'] as object],
  ['a layer with methods', adaptiveSpanAttention({ width: 4, heads: 2, maxSpan: 8 })],
  ['a loss with methods', adaptiveSoftmax({ vocabulary: 9, width: 4, cutoffs: [3] })],
  [
    'a reversible sequence',
    reversibleSequence([{ f: linear({ inFeatures: 1, outFeatures: 1 }), g: linear({ inFeatures: 1, outFeatures: 1 }) }]),
  ],
  ['an entry of a file', readSafetensors(file).tensors.get('w') as SafetensorsEntry],
  ['its shape', readSafetensors(file).tensors.get('w')?.shape ?? {}],
  ['groups', uniformGroups({ length: 7, factor: 3 })],
  ['levels', levelsOf({ names: ['word', 'text'], offsets: [[0, 2]] })],
  ['segments of a text', segmentText('It rains.', { locale: 'en' })],
])('%s is frozen: a change by hand throws where it is made', (_, made) => {
  const fields = Object.keys(made);
  expect(fields.length).toBeGreaterThan(0);
  for (const field of fields) expect(() => Object.assign(made, { [field]: undefined })).toThrow(TypeError);
  expect(() => Object.assign(made, { added: 1 })).toThrow(TypeError);
});
