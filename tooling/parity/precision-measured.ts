import type { PackedKind } from '@longspan/core-tensor';

// Written by `pnpm docs:precision`: largest errors, as a part of the largest number of the output.

/** Of the cases of each family. */
export const measuredErrors: Readonly<Record<string, { readonly cases: number } & Readonly<Record<PackedKind, number>>>> = {
  bert: { cases: 10, float16: 0.0012, int8: 0.057 },
  bigbird: { cases: 12, float16: 0.0014, int8: 0.024 },
  distilbert: { cases: 3, float16: 0.00099, int8: 0.021 },
  funnel: { cases: 8, float16: 0.002, int8: 0.033 },
  hat: { cases: 8, float16: 0.00069, int8: 0.049 },
  hourglass: { cases: 6, float16: 0.00085, int8: 0.019 },
  led: { cases: 1, float16: 0.00065, int8: 0.016 },
  longformer: { cases: 14, float16: 0.0015, int8: 0.04 },
  longt5: { cases: 2, float16: 0.002, int8: 0.023 },
  modernbert: { cases: 8, float16: 0.0031, int8: 0.048 },
  mpnet: { cases: 2, float16: 0.00086, int8: 0.02 },
  reformer: { cases: 9, float16: 0.00053, int8: 0.064 },
  roberta: { cases: 10, float16: 0.0012, int8: 0.044 },
  routing: { cases: 1, float16: 0.00037, int8: 0.037 },
  swin: { cases: 6, float16: 0.0011, int8: 0.029 },
  swinv2: { cases: 2, float16: 0.00085, int8: 0.025 },
  transfoxl: { cases: 13, float16: 0.00067, int8: 0.019 },
  xlm_roberta: { cases: 4, float16: 0.0011, int8: 0.022 },
};

/** Of each case with an error above a tenth: rounded weights choose otherwise in it. They are not among the others. */
export const otherChoices: Readonly<Record<string, Readonly<Record<PackedKind, number>>>> = {
  'reformer.model.causal-eval-autopad-axial': { float16: 0.00039, int8: 0.33 },
  'reformer.sequence_classification.regression-padded': { float16: 0.0008, int8: 0.28 },
  'routing.transformer.causal-shared-qk': { float16: 0.00067, int8: 0.33 },
  'swinv2-clamped': { float16: 0.0048, int8: 0.87 },
};
