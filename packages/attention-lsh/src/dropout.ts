import type { Key, LayerContext } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';

/** Which attention weights to drop: the key draws them. */
export interface Dropout {
  readonly key: Key;
  readonly rate: number;
}

/** Throws unless the rate is a share that leaves something. */
export function requireRate(door: string, rate: number): void {
  if (rate >= 0 && rate < 1) return;
  throw new ConfigError({
    door,
    problem: 'the dropout rate is not a share of what can be dropped.',
    expected: 'a number from 0 to below 1',
    got: String(rate),
    remedy: 'use 0.1 to drop a tenth while training, 0 for none.',
  });
}

/**
 * A layer's dropout in this run; undefined where nothing is dropped.
 * @throws ConfigError when training with dropout but without a key
 */
export function dropoutOf(door: string, rate: number, context: LayerContext | undefined): Dropout | undefined {
  if (rate === 0 || context?.training !== true) return undefined;
  if (context.key !== undefined) return { key: context.key.fold('dropout'), rate };
  throw new ConfigError({
    door,
    problem: 'training with dropout needs a key.',
    expected: 'context.key',
    got: `{ training: true } with dropout ${rate}`,
    remedy: 'pass { training: true, key: createKey(seed).fold(step) }: the same key drops the same again.',
  });
}
