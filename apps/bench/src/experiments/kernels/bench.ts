import type { Key } from '@longspan/core-tensor/key';
import type { Pace } from '../../figures/alternate.ts';
import type { KernelSwap } from './swap-kernels.ts';

/** What a measurement works with. */
export interface Bench {
  readonly key: Key;
  readonly random: () => number;
  readonly swap: KernelSwap;
  readonly pace: Pace;
  onRound(done: number): Promise<void>;
}
