import { ofKinds } from '../of-kinds.ts';
import { clipping } from './clipping.ts';
import { lora } from './lora.ts';
import { metrics } from './metrics.ts';
import { optimizer } from './optimizer.ts';
import { probe } from './probe.ts';
import { run } from './run.ts';
import { schedules } from './schedules.ts';

/** Optimisers, schedules, clipping, metrics, LoRA, the probe and whole runs beside plain float64 programs. */
export const learning = ofKinds('learning', {
  optimizer: { weight: 5, run: optimizer },
  schedules: { weight: 1, run: schedules },
  clipping: { weight: 2, run: clipping },
  metrics: { weight: 4, run: metrics },
  lora: { weight: 2, run: lora },
  probe: { weight: 2, run: probe },
  run: { weight: 2, run: run },
});
