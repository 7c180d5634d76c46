import type { PlotOptions } from '@observablehq/plot';
import { useSignal } from '@preact/signals';
import { proxy } from 'comlink';
import { useCallback, useEffect, useMemo } from 'preact/hooks';
import { Chart } from '../../chart/chart.tsx';
import { chooseDevice, site } from '../../compute/chosen-device.ts';
import { connection } from '../../compute/connection.ts';
import { job } from '../../compute/job.ts';
import { Explain, Source } from '../../controls/explain.tsx';
import { Figure } from '../../controls/figure.tsx';
import { JobStatus } from '../../controls/job-status.tsx';
import { milliseconds, times } from '../../controls/wording.ts';
import { chartWidth } from './chart-width.ts';
import { Keys } from './keys.tsx';
import { memory } from './state.ts';
import type { SpeedPoint } from './xl-work.ts';

type PlotLibrary = typeof import('@observablehq/plot');

const memories = [64, 128, 256, 512, 1024, 2048];

interface Timed {
  readonly points: readonly SpeedPoint[];
  readonly device: string;
}

/** How long a segment takes with memory, and by computing its whole context anew: measured here. */
export function SpeedPanel({ onTimed }: { onTimed(points: readonly SpeedPoint[]): void }) {
  const { segment } = memory.values.value;
  const worker = useMemo(() => connection('xl'), []);
  useEffect(() => () => worker.close(), [worker]);
  const timing = useMemo(() => job<Timed>(), []);
  const points = useSignal<readonly SpeedPoint[]>([]);
  const start = (): void => {
    points.value = [];
    void timing.start(async (signal, say) => {
      say({ label: 'Choosing what to compute on' });
      const { backend } = await chooseDevice();
      worker.keepTo(backend);
      const found = await worker.run(
        (api) =>
          api.speed(
            site,
            backend,
            { segment, memories },
            proxy((so: readonly SpeedPoint[]) => {
              points.value = so;
              onTimed(so);
            }),
            proxy(say),
          ),
        signal,
      );
      return found;
    });
  };
  const state = timing.state.value;
  const shown = points.value;
  const draw = useCallback((plot: PlotLibrary): PlotOptions => speedPlot(plot, shown), [shown]);
  const last = shown.at(-1);
  return (
    <section class="panel" aria-label="Speed">
      <h2>
        Speed{' '}
        <Explain label="What is timed">
          <p>
            The predictions of one segment of {segment} bytes: with a memory of so many bytes, and by reading them and the segment anew. A
            Transformer-XL of 3 layers, 128 wide, with weights that were only drawn: time does not depend on what was learnt. The fastest of
            several rounds. In the paper the window moves by one byte at a time, and the difference is {segment} times as large.
          </p>
          <Source title="Transformer-XL, table 9" href="https://arxiv.org/abs/1901.02860" />
        </Explain>
      </h2>
      {last !== undefined && (
        <>
          <div class="figures">
            <Figure
              name="With memory"
              value={milliseconds(last.withMemory)}
              note={`a segment, memory of ${last.memory.toLocaleString('en')} bytes`}
            />
            <Figure name="Computed anew" value={milliseconds(last.recomputed)} note="the same context" />
            <Figure name="Memory is" value={times(last.recomputed / last.withMemory)} note="as fast" />
          </div>
          <Chart draw={draw} label="Milliseconds for a segment over the bytes of memory, with memory and computed anew" />
          <Keys second="computed anew" />
        </>
      )}
      {state.at === 'done' && (
        <p class="hint">
          On {state.result.device}.{' '}
          <button type="button" onClick={start}>
            Measure again
          </button>
        </p>
      )}
      {state.at === 'idle' ? (
        <div>
          <button type="button" class="strong" onClick={start}>
            Measure the speed here
          </button>
        </div>
      ) : (
        <JobStatus job={timing} again={start} />
      )}
    </section>
  );
}

function speedPlot(plot: PlotLibrary, points: readonly SpeedPoint[]): PlotOptions {
  const rows = points.flatMap(({ memory: length, withMemory, recomputed }) => [
    { length, ms: withMemory, how: 'with memory' },
    { length, ms: recomputed, how: 'computed anew' },
  ]);
  return {
    width: chartWidth(640),
    height: 270,
    marginLeft: 52,
    marginBottom: 40,
    x: { label: 'bytes of memory', type: 'log', base: 2, ticks: memories, tickFormat: (value: number) => value.toLocaleString('en') },
    y: { label: 'ms for a segment', type: 'log', grid: true, nice: true },
    color: { domain: ['with memory', 'computed anew'], range: ['var(--mark-1)', 'var(--mark-2)'] },
    marks: [
      plot.lineY(rows, { x: 'length', y: 'ms', z: 'how', stroke: 'how', strokeWidth: 2 }),
      plot.dot(rows, { x: 'length', y: 'ms', fill: 'how', r: 3.5 }),
    ],
  };
}
