import type { Key } from '@longspan/core-tensor/key';
import type { Pace } from '../../../figures/alternate.ts';
import type { Device } from '../device/start-device.ts';
import type { WorkFigures } from '../input.ts';

/** What a measurement works with. */
export interface GpuBench {
  readonly key: Key;
  readonly random: () => number;
  readonly device: Device;
  readonly pace: Pace;
  onRound(done: number): Promise<void>;
}

/** What a measurement gives; the rest of the figures is the same for all. */
export type Work = Pick<WorkFigures, 'counted' | 'measured'> & Partial<Pick<WorkFigures, 'notes'>>;
