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
  readonly length: number;
  readonly heads: number;
  readonly headDim: number;
  readonly work: PatternWork;
}

/** What the pattern costs: counted at once, and measured on this device on demand. */
export function Figures({ mask, length, heads, headDim, work }: FiguresProps) {
  const counted = useMemo(() => job<Cost>(), []);
  const restart = useCallback(
    (): void => void counted.start((signal) => work.cost(mask, { queryLength: length, heads, headDim }, signal)),
    [mask, length, heads, headDim, work, counted],
  );
  useEffect(restart, [restart]);
  const state = counted.state.value;
  return (
    <section class="panel" aria-label="Cost" data-tour="cost">
      <h2>
        Cost of one attention{' '}
        <Explain label="What is counted">
          <p>
            Attention is computed in blocks of 64 × 64 pairs, and only those with a visible pair. Operations are those of the products, 2 (d
            + d) for each pair of a visited block; the softmax is not counted. Full attention has them for every pair, and a table of n × n
            scores.
          </p>
          <Source title="FlashAttention, Dao 2022" href="https://arxiv.org/abs/2205.14135" />
        </Explain>
      </h2>
      {state.at === 'done' ? <Counted cost={state.result} /> : <JobStatus job={counted} again={restart} />}
      <Measured mask={mask} length={length} heads={heads} headDim={headDim} />
    </section>
  );
}

const Counted = ({ cost }: { readonly cost: Cost }) => (
  <div class="figures">
    <Figure
      name="Visited"
      value={percent(cost.visitedFraction)}
      note={`${count(cost.visitedBlocks)} of ${count(cost.totalBlocks)} blocks`}
    />
    <Figure name="Visible pairs" value={count(cost.visitedPairs)} note={`${percent(cost.filledFraction)} of what is computed`} />
    <Figure
      name="Operations forward"
      value={operations(cost.flops)}
      note={
        cost.flops === 0 ? 'nothing is visible' : `full attention: ${times(cost.dense.flops / cost.flops)}, ${operations(cost.dense.flops)}`
      }
    />
    <Figure name="With backward" value={operations(cost.flops + cost.backwardFlops)} note="scores are computed again" />
    <Figure
      name="Memory"
      value={bytes(cost.bytes.inputs + cost.bytes.outputs + cost.bytes.layout)}
      note={`full attention: ${bytes(cost.dense.bytes)} with its scores`}
    />
  </div>
);

function Measured({ mask, length, heads, headDim }: Omit<FiguresProps, 'work'>) {
  const worker = useMemo(() => connection('time-attention'), []);
  const measured = useMemo(() => job<MeasuredTime & { readonly of: string }>(), []);
  useEffect(() => worker.close, [worker]);
  const request = { mask: mask.serialisable ? mask.toJSON() : undefined, length, heads, headDim };
  const of = JSON.stringify(request);
  const start = (): void => {
    void measured.start(async (signal, say) => {
      say({ label: 'Measuring which backend is faster here' });
      const { backend } = await chooseDevice();
      say({ label: 'Timing attention under this mask' });
      if (request.mask === undefined) throw new Error('A mask with a rule of its own cannot be sent to a worker.');
      const { mask: node } = request;
      return { ...(await worker.run((api) => api.measure(site, backend, { mask: node, length, heads, headDim }), signal)), of };
    });
  };
  const state = measured.state.value;
  const isCurrent = state.at === 'done' && state.result.of === of;
  return (
    <div class="stack">
      <h3>Time on this device</h3>
      {state.at === 'done' && (
        <div class={`figures${isCurrent ? '' : ' stale'}`}>
          <Figure name="Forward" value={milliseconds(state.result.forward)} note={`fastest of ${state.result.rounds}`} />
          <Figure name="With backward" value={milliseconds(state.result.withBackward)} note={state.result.device} />
        </div>
      )}
      {state.at === 'done' && <p class="hint">{isCurrent ? `Kernel: ${state.result.kernel}` : 'The pattern has changed since.'}</p>}
      {(state.at === 'idle' || (state.at === 'done' && !isCurrent)) && (
        <div class="row">
          <button type="button" onClick={start}>
            {state.at === 'idle' ? 'Measure' : 'Measure again'}
          </button>
          <span class="hint">on random numbers, in a worker</span>
        </div>
      )}
      <JobStatus job={measured} again={start} />
    </div>
  );
}
