import type { Cost } from '@longspan/attention-sparse/analysis';
import type { Mask } from '@longspan/attention-sparse/mask';
import { useCallback, useEffect, useMemo } from 'preact/hooks';
import { chooseDevice, site } from '../../compute/chosen-device.ts';
import { connection } from '../../compute/connection.ts';
import { job } from '../../compute/job.ts';
import { Explain, Source } from '../../controls/explain.tsx';
import { Figure } from '../../controls/figure.tsx';
import { JobStatus } from '../../controls/job-status.tsx';
import { bytes, count, milliseconds, operations, percent, times } from '../../controls/wording.ts';
import type { MeasuredTime } from './time-attention.ts';
import type { PatternWork } from './work.ts';

interface FiguresProps {
  readonly mask: Mask;
  /** The expression that makes it. */
  readonly written: string;
  readonly length: number;
  readonly heads: number;
  readonly headDim: number;
  readonly work: PatternWork;
}

/** What the pattern costs: counted at once, and measured on this device on demand. */
export function Figures({ mask, written, length, heads, headDim, work }: FiguresProps) {
  const counted = useMemo(() => job<Cost>(), []);
  const restart = useCallback(
    (): void => void counted.start((signal) => work.cost(mask, { queryLength: length, heads, headDim }, signal)),
    [mask, length, heads, headDim, work, counted],
  );
  useEffect(restart, [restart]);
  const measured = useMeasured({ mask, length, heads, headDim });
  const state = counted.state.value;
  return (
    <section class="panel" aria-label="Cost" data-tour="cost">
      <div class="panel-head">
        <h2>
          Cost of one attention over {length.toLocaleString('en')} tokens{' '}
          <Explain label="What is counted">
            <p>
              Attention is computed in blocks of 64 × 64 pairs, and only those with a visible pair. Operations are those of the products, 2
              (d + d) for each pair of a visited block; the softmax is not counted. Full attention has them for every pair, and a table of n
              × n scores.
            </p>
            <p>Memory is that of queries, keys, values, results and the list of blocks.</p>
            <Source title="FlashAttention, Dao 2022" href="https://arxiv.org/abs/2205.14135" />
          </Explain>
        </h2>
        <a href={raceAgainstFull(written, length, mask.heads === 1 ? heads : mask.heads, headDim)}>Race it against full attention</a>
      </div>
      <div class="figures">
        {state.at === 'done' ? <Counted cost={state.result} /> : null}
        <TimeFigure measured={measured} />
      </div>
      {state.at !== 'done' && <JobStatus job={counted} again={restart} />}
      <JobStatus job={measured.job} again={measured.start} />
    </section>
  );
}

const Counted = ({ cost }: { readonly cost: Cost }) => {
  const memory = cost.bytes.inputs + cost.bytes.outputs + cost.bytes.layout;
  return (
    <>
      <Figure
        name="Visited"
        value={percent(cost.visitedFraction)}
        note={`${count(cost.visitedBlocks)} of ${count(cost.totalBlocks)} blocks`}
      />
      <Figure
        name="Operations forward"
        value={operations(cost.flops)}
        note={cost.flops === 0 ? 'nothing is visible' : against(cost.dense.flops / cost.flops, operations(cost.dense.flops))}
      />
      <Figure name="With backward" value={operations(cost.flops + cost.backwardFlops)} note="scores are computed again" />
      <Figure name="Memory" value={bytes(memory)} note={against(cost.dense.bytes / memory, bytes(cost.dense.bytes))} />
      <Figure name="Visible pairs" value={count(cost.visitedPairs)} note={`${percent(cost.filledFraction)} of what is computed`} />
    </>
  );
};

const against = (factor: number, full: string): string =>
  factor >= 1.05 ? `full attention: ${full}, ${times(factor)} as much` : `full attention: ${full}`;

/** The race of this mask and full attention, to lengths that take seconds. */
const raceAgainstFull = (mask: string, length: number, heads: number, headDim: number): string =>
  `#race?${new URLSearchParams({ who: 'full,own', mask, n: String(Math.min(8192, Math.max(1024, 2 ** Math.round(Math.log2(length))))), heads: String(Math.min(64, heads)), headDim: String(Math.min(256, Math.max(4, 4 * Math.round(headDim / 4)))), causal: /\bcausal\(/.test(mask) ? '1' : '0' })}`;

type Sizes = Pick<FiguresProps, 'mask' | 'length' | 'heads' | 'headDim'>;
type Measured = ReturnType<typeof useMeasured>;

/** The time of this attention on this device, when it is asked for. */
function useMeasured({ mask, length, heads, headDim }: Sizes) {
  const worker = useMemo(() => connection('time-attention'), []);
  const measured = useMemo(() => job<MeasuredTime & { readonly of: string }>(), []);
  useEffect(() => worker.close, [worker]);
  const request = { mask: mask.serialisable ? mask.toJSON() : undefined, length, heads, headDim };
  const of = JSON.stringify(request);
  const start = (): void => {
    void measured.start(async (signal, say) => {
      say({ label: 'Measuring which backend is faster here' });
      const { backend } = await chooseDevice();
      worker.keepTo(backend);
      say({ label: 'Timing attention under this mask' });
      if (request.mask === undefined) throw new Error('A mask with a rule of its own cannot be sent to a worker.');
      const { mask: node } = request;
      return { ...(await worker.run((api) => api.measure(site, backend, { mask: node, length, heads, headDim }), signal)), of };
    });
  };
  return { job: measured, of, start };
}

function TimeFigure({ measured: { job: measured, of, start } }: { readonly measured: Measured }) {
  const state = measured.state.value;
  const isCurrent = state.at === 'done' && state.result.of === of;
  return (
    <div class="figure">
      <span class="figure-name">Time on this device</span>
      {isCurrent ? (
        <>
          <span class="figure-value">
            {milliseconds(state.result.forward)}{' '}
            <Explain label="How this was measured">
              <p>On random numbers, in a worker. A first call warms up and is not counted; then the fastest round counts.</p>
              <p>Kernel: {state.result.kernel}</p>
            </Explain>
          </span>
          <span class="figure-note">with backward {milliseconds(state.result.withBackward)}</span>
          <span class="figure-note">
            {state.result.device}, fastest of {state.result.rounds}
          </span>
        </>
      ) : (
        <>
          {state.at !== 'running' && (
            <button type="button" class="strong" onClick={start}>
              {state.at === 'done' ? 'Measure again' : 'Measure'}
            </button>
          )}
          <span class="figure-note">{state.at === 'done' ? 'the pattern has changed since' : 'on random numbers, in a worker'}</span>
        </>
      )}
    </div>
  );
}
