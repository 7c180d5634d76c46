import { type Mask, slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { type Tensor, zeros } from '@tensorflow/tfjs-core';

const mask: Mask = slidingWindow({ left: 2, right: 0 });
const x = zeros([1, 1, 4, 8]);
export const out: Tensor = sparseAttention(x, x, x, { mask, blockSize: 2 }).out;
