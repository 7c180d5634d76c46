import { dims } from '@longspan/core-tensor';
import { ConfigError, requireKind } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Throws unless it is a live float32 tensor. */
export function requireFloats(caller: string, name: string, tensor: Tensor): void {
  requireKind(caller, name, tensor, 'tensor');
  dims(caller, { [name]: [tensor, '...'] });
  if (tensor.dtype === 'float32') return;
  throw new ConfigError({
    caller,
    problem: `${name} must be float32.`,
    expected: 'float32',
    got: tensor.dtype,
    remedy: 'leave what is not trained, such as packed weights, out of the gradients.',
  });
}
