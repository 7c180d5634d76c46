/** What F and G of a block may be. */
export const branchKinds = ['transformer', 'tanh', 'relu', 'linear', 'lsh'] as const;
export type BranchKind = (typeof branchKinds)[number];

export const kindTitles: Readonly<Record<BranchKind, { readonly title: string; readonly short: string; readonly says: string }>> = {
  transformer: {
    title: 'Window attention, and GELU',
    short: 'Window, GELU',
    says: 'A layer of a Transformer: F is a norm and causal attention in a window of 64, G a norm and a feed-forward layer with GELU.',
  },
  tanh: { title: 'tanh', short: 'tanh', says: 'F and G are a linear map and tanh: they add at most 1 to each number.' },
  relu: {
    title: 'Norm and ReLU',
    short: 'Norm, ReLU',
    says: 'F and G are a norm and a feed-forward layer with ReLU, whose kink may flip where a number is near 0.',
  },
  linear: {
    title: 'Linear, no norm',
    short: 'Linear',
    says: 'F and G are linear maps without a norm: the streams grow with each block, and so do the errors.',
  },
  lsh: {
    title: 'LSH attention, and GELU',
    short: 'LSH, GELU',
    says: 'F is Reformer’s hashed attention. Its buckets are kept and used again: a rebuilt number might fall into another one.',
  },
};
