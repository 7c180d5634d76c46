import type { PackedKind } from '@longspan/core-tensor';

/** Written by `pnpm docs:precision`: the largest error of the cases of each family, as a part of the largest number of the output. */
export const measuredErrors: Readonly<Record<string, { readonly cases: number } & Readonly<Record<PackedKind, number>>>> = {
  bert: { cases: 10, float16: 0.0012, int8: 0.057 },
  bigbird: { cases: 12, float16: 0.0014, int8: 0.024 },
  distilbert: { cases: 3, float16: 0.00099, int8: 0.021 },
  funnel: { cases: 8, float16: 0.002, int8: 0.033 },
  hat: { cases: 8, float16: 0.00069, int8: 0.049 },
  hourglass: { cases: 6, float16: 0.00085, int8: 0.019 },
  led: { cases: 1, float16: 0.00065, int8: 0.015 },
  longformer: { cases: 14, float16: 0.0015, int8: 0.04 },
  longt5: { cases: 2, float16: 0.002, int8: 0.023 },
  modernbert: { cases: 8, float16: 0.0031, int8: 0.048 },
  mpnet: { cases: 2, float16: 0.00086, int8: 0.02 },
  reformer: { cases: 11, float16: 0.0008, int8: 0.33 },
  roberta: { cases: 10, float16: 0.0012, int8: 0.044 },
  routing: { cases: 2, float16: 0.00067, int8: 0.33 },
  swin: { cases: 6, float16: 0.0011, int8: 0.029 },
  swinv2: { cases: 3, float16: 0.0048, int8: 0.87 },
  transfoxl: { cases: 13, float16: 0.00067, int8: 0.019 },
  xlm_roberta: { cases: 4, float16: 0.0011, int8: 0.022 },
};
