import type { MaskNode } from '@longspan/attention-sparse/mask';

/** A value of a context that has methods, as plain data: what copies lose is made anew on the other side. */
export type Sent =
  | { readonly '@longspan/sent': 'padding'; readonly rows: readonly ArrayLike<number>[]; readonly batch: number }
  | { readonly '@longspan/sent': 'mask'; readonly json: MaskNode }
  | { readonly '@longspan/sent': 'key'; readonly words: readonly [number, number] };

export const isSent = (value: unknown): value is Sent =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, '@longspan/sent');
