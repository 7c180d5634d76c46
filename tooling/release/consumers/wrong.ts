import { slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { zeros } from '@tensorflow/tfjs-core';

const x = zeros([1, 1, 4, 8]);
export const misspelt = sparseAttention(x, x, x, { maks: slidingWindow({ left: 2, right: 0 }) });
export const bare = slidingWindow({ windowSize: 3 });
