import { div, maximum, sqrt, square, sum, type Tensor } from '@tensorflow/tfjs-core';

/** Vectors of length 1; those shorter than 1e-12 stay as short as they are, in units of that, as torch's normalize has it. */
export const unit = (x: Tensor): Tensor => div(x, maximum(sqrt(sum(square(x), -1, true)), 1e-12));
