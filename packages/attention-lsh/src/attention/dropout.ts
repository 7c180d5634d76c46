import type { Key, LayerContext } from '@longspan/core-tensor';
import { dropoutKey } from '@longspan/core-tensor/layer';

/** Which attention weights to drop: the key draws them. */
export interface Dropout {
  readonly key: Key;
  readonly rate: number;
}

/**
 * A layer's dropout in this run; undefined where nothing is dropped.
 * @throws ConfigError when training with dropout but without a key
 */
export function dropoutOf(caller: string, rate: number, context: LayerContext | undefined): Dropout | undefined {
  const key = dropoutKey(caller, rate, context);
  return key && { key: key.fold('dropout'), rate };
}
