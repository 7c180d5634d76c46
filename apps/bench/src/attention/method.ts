/** Stock tfjs as users write it, or Longspan's `sparseAttention`; both with the same causal window, so with the same answer. */
export const methods = ['dense', 'window'] as const;
export type Method = (typeof methods)[number];

export const passes = ['forward', 'forward+backward'] as const;
export type Pass = (typeof passes)[number];
