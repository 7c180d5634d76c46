import type { Elsewhere } from '@longspan/core-tensor/error';

/** What Hugging Face calls the options of `generate` that are not one of the same kind here. */
export const generateElsewhere: Elsewhere = {
  'numbeams beams': 'search: beamSearch({ beams })',
  'dosample temperature topk topp seed': 'search: sample({ key, temperature, topK, topP })',
  repetitionpenalty: 'processors: [repetitionPenalty(1.3)]',
  norepeatngramsize: 'processors: [noRepeatNgrams(3)]',
  'eostokenid eostoken': 'endTokens',
  'globalattentionmask globals': 'context: { globals: [0] }',
};
