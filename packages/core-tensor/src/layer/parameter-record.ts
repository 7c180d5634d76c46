import type { Tensor } from '@tensorflow/tfjs-core';
import { ConfigError, isRecord, show } from '../error/index.ts';
import { checkKind } from '../tensor/dims.ts';

/** A layer's weights: a flat record under dotted names, the names of the Hugging Face checkpoint of that family. */
export type Parameters = Readonly<Record<string, Tensor>>;

/** Throws unless it is a record; its tensors are not looked at. */
export function requireRecordOfTensors(caller: string, parameters: Parameters): void {
  if (isRecord(parameters)) return;
  throw new ConfigError({
    caller,
    problem: 'parameters must be a record of tensors.',
    expected: '{ name: tensor, … }',
    got: show(parameters),
    remedy: 'give the record of init(key), or of a checkpoint.',
  });
}

/** Throws unless it is a record of live tensors. */
export function requireParameters(caller: string, parameters: Parameters): void {
  requireRecordOfTensors(caller, parameters);
  for (const [name, tensor] of Object.entries(parameters)) checkKind(caller, name, tensor);
}
