/** How the tokens of a small model look at each other, and what can be said of it before anything is trained. */
export interface Mechanism {
  readonly title: string;
  readonly what: string;
  /** What the one number of it is, where it has one. */
  readonly span?: string;
  readonly source: { readonly title: string; readonly href: string };
}

const made = {
  full: {
    title: 'Full causal attention',
    what: 'Each token looks at all before it.',
    source: { title: 'Vaswani 2017', href: 'https://arxiv.org/abs/1706.03762' },
  },
  window: {
    title: 'Sliding window',
    what: 'Each token looks at the last few, its own included; further back it sees through the layers alone.',
    span: 'tokens of the window',
    source: { title: 'Longformer, Beltagy 2020', href: 'https://arxiv.org/abs/2004.05150' },
  },
  sinks: {
    title: 'Window and first token',
    what: 'A sliding window, and the first token, which all see.',
    span: 'tokens of the window',
    source: { title: 'StreamingLLM, Xiao 2023', href: 'https://arxiv.org/abs/2309.17453' },
  },
  local: {
    title: 'Local buckets',
    what: 'Each token looks at what stands before it in its own bucket and in the one before.',
    span: 'tokens of a bucket',
    source: { title: 'Local attention, as in Roy 2020', href: 'https://arxiv.org/abs/2003.05997' },
  },
  lsh: {
    title: 'LSH (Reformer)',
    what: 'Tokens that hash alike, in one of four rounds, look at each other.',
    span: 'tokens of a chunk',
    source: { title: 'Reformer, Kitaev 2020', href: 'https://arxiv.org/abs/2001.04451' },
  },
  topk: {
    title: 'Top-k keys',
    what: 'Each token keeps the keys of its highest scores.',
    span: 'keys kept',
    source: { title: 'Gupta 2021', href: 'https://arxiv.org/abs/2106.06899' },
  },
  moba: {
    title: 'MoBA, top-k blocks',
    what: 'Each token looks at its own block and at the one of the others that fits it best.',
    span: 'tokens of a block',
    source: { title: 'MoBA, Lu 2025', href: 'https://arxiv.org/abs/2502.13189' },
  },
  xl: {
    title: 'Transformer-XL memory',
    what: 'A segment sees those before by a memory, through which no gradient goes. A task is read in two halves.',
    span: 'tokens of memory, of a text',
    source: { title: 'Transformer-XL, Dai 2019', href: 'https://arxiv.org/abs/1901.02860' },
  },
  hourglass: {
    title: 'Hourglass',
    what: 'A layer over the tokens, one over vectors for two tokens each, and one over the tokens again.',
    source: { title: 'Hourglass, Nawrot 2021', href: 'https://arxiv.org/abs/2110.13711' },
  },
} satisfies Readonly<Record<string, Mechanism>>;

export type MechanismId = keyof typeof made;
export const mechanisms: Readonly<Record<MechanismId, Mechanism>> = made;
export const mechanismIds = Object.keys(made) as readonly MechanismId[];
