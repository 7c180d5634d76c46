import type { PlotOptions } from '@observablehq/plot';
import { useCallback } from 'preact/hooks';
import { Chart } from '../../chart/chart.tsx';
import type { Job } from '../../compute/job.ts';
import { Explain, Source } from '../../controls/explain.tsx';
import { Figure } from '../../controls/figure.tsx';
import { JobStatus } from '../../controls/job-status.tsx';
import { chartWidth } from './chart-width.ts';
import { Keys } from './keys.tsx';
import type { Reach } from './xl-work.ts';

type PlotLibrary = typeof import('@observablehq/plot');

interface ReachPanelProps {
  readonly job: Job<Reach>;
  /** Why there is nothing to measure. */
  readonly refusal: string | undefined;
  again(): void;
}

/** How far back predictions reach, measured. */
export function ReachPanel({ job, refusal, again }: ReachPanelProps) {
  const state = job.state.value;
  return (
    <section class="panel" aria-label="Effective context">
      <h2>
        How far predictions really reach{' '}
        <Explain label="Effective context length">
          <p>
            The same bytes of the text are predicted after contexts of several lengths. The relative effective context length is the longest
            context whose last lengthening still lowered perplexity by 1 %, against the better of both models at the shorter one.
          </p>
          <p>
            <code>gain = 1 − exp(mean min(b, loss(c′)) − mean b), b = the least loss of the models at c</code>
          </p>
          <Source title="Transformer-XL, appendix C" href="https://arxiv.org/abs/1901.02860" />
        </Explain>
      </h2>
      {refusal !== undefined && <p class="notice">{refusal}</p>}
      {state.at === 'done' && <Found reach={state.result} />}
      {refusal === undefined && <JobStatus job={job} idle="Measured once the text is read." again={again} />}
    </section>
  );
}

function Found({ reach }: { readonly reach: Reach }) {
  const { effective, each, contexts } = reach;
  const length = ({ length: found, bounded }: Reach['effective']['withMemory']): string =>
    `${bounded ? '≥ ' : ''}${found.toLocaleString('en')} bytes`;
  const sorted = [...each].sort((left, right) => left - right);
  const drawLosses = useCallback((plot: PlotLibrary): PlotOptions => lossPlot(plot, reach), [reach]);
  const drawEach = useCallback((plot: PlotLibrary): PlotOptions => eachPlot(plot, reach), [reach]);
  return (
    <>
      <div class="figures">
        <Figure name="With memory" value={length(effective.withMemory)} note="relative effective context length" />
        <Figure name="Without" value={length(effective.without)} note="it sees one segment" />
        <Figure
          name="Half of the predictions"
          value={`${(sorted[sorted.length >> 1] ?? 0).toLocaleString('en')} bytes`}
          note="or less: more context changes them by under 0.1 bit"
        />
      </div>
      <div class="charts">
        <div class="stack">
          <Chart draw={drawLosses} label={`Bits per byte after ${contexts.length} lengths of context, with memory and without`} />
          <Keys second="without" />
        </div>
        <Chart
          draw={drawEach}
          label={`For each of ${each.length} predictions the context after which more changes it by under a tenth of a bit`}
        />
      </div>
    </>
  );
}

function lossPlot(plot: PlotLibrary, { contexts, withMemory, without }: Reach): PlotOptions {
  const rows = contexts.flatMap((context, at) => [
    { context, bits: withMemory[at], model: 'with memory' },
    { context, bits: without[at], model: 'without' },
  ]);
  return {
    width: chartWidth(460),
    height: 250,
    marginLeft: 46,
    marginBottom: 40,
    x: { label: 'bytes of context' },
    y: { label: 'bits per byte', grid: true, zero: false, nice: true },
    color: { domain: ['with memory', 'without'], range: ['var(--mark-1)', 'var(--mark-2)'] },
    marks: [
      plot.lineY(rows, { x: 'context', y: 'bits', z: 'model', stroke: 'model', strokeWidth: 2 }),
      plot.dot(rows, { x: 'context', y: 'bits', fill: 'model', r: 3 }),
    ],
  };
}

function eachPlot(plot: PlotLibrary, { contexts, each }: Reach): PlotOptions {
  const rows = contexts.map((context) => ({ context, count: each.filter((one) => one === context).length }));
  return {
    width: chartWidth(460),
    height: 250,
    marginLeft: 46,
    marginBottom: 40,
    x: { label: 'bytes of context after which a prediction stays', type: 'band' },
    y: { label: 'predictions', grid: true },
    marks: [plot.barY(rows, { x: 'context', y: 'count', fill: 'var(--mark-3)' }), plot.ruleY([0])],
  };
}
