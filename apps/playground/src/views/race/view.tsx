import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { isDark } from '../../app/theme.ts';
import { Chart } from '../../chart/chart.tsx';
import { canvasOf, standAlone } from '../../chart/picture.ts';
import { useWidth } from '../../chart/use-width.ts';
import { isCancelled } from '../../compute/cancelled.ts';
import { chooseDevice, chosenDevice, site } from '../../compute/chosen-device.ts';
import { connection } from '../../compute/connection.ts';
import { describeDevice } from '../../compute/device.ts';
import { job } from '../../compute/job.ts';
import { Explain, Source } from '../../controls/explain.tsx';
import { JobStatus } from '../../controls/job-status.tsx';
import { Refused } from '../../controls/refused.tsx';
import { TakeAway } from '../../controls/take-away.tsx';
import { readExpression } from '../../expression/read-expression.ts';
import { codeOf } from './code.ts';
import { growthOf } from './growth.ts';
import { raceChart } from './race-chart.ts';
import { racerOf } from './racers.ts';
import { runRace, type Standing } from './run-race.ts';
import { Settings } from './settings.tsx';
import { AllTimes, Kernels, Standings } from './standings.tsx';
import { lengths, race, shortest } from './state.ts';
import './race.css';

/** A race that takes no longer than this begins by itself, s. */
const mostByItself = 30;

interface Course {
  readonly standings: readonly Standing[];
  readonly device: string | undefined;
  /** The settings of which these are the times. */
  readonly of: string;
}

/** Times mechanisms of attention against each other on this device, at lengths that double. */
export function View() {
  const worker = useMemo(() => connection('race'), []);
  useEffect(() => worker.close, [worker]);
  const running = useMemo(() => job<true>(), []);
  const course = useSignal<Course | undefined>(undefined);
  const { who, mask, n, passes: wanted, causal, heads, headDim, seconds } = race.values.value;
  const read = useMemo(() => readExpression(mask), [mask]);
  const isBroken = who.includes('own') && 'problem' in read;
  const of = JSON.stringify([who, mask, wanted, causal, heads, headDim]);
  const state = running.state.value;
  const isRunning = state.at === 'running';

  const start = useCallback(() => {
    const now = race.values.peek();
    const settings = JSON.stringify([now.who, now.mask, now.passes, now.causal, now.heads, now.headDim]);
    const show = throttled((standings: readonly Standing[], device: string | undefined) => {
      course.value = { standings, device, of: settings };
    });
    void running.start(async (signal, say) => {
      say({ label: 'Measuring which backend is faster here' });
      const { backend } = await chooseDevice();
      worker.keepTo(backend);
      if (signal.aborted) throw new DOMException('The work was cancelled.', 'AbortError');
      const { heads, headDim, causal, mask: own } = now;
      const request = { heads, headDim, causal, own, withBackward: now.passes === 'both' };
      const course = lengths.filter((length) => length <= now.n);
      const last = await runRace(
        { who: now.who, lengths: course, budget: now.seconds * 1000, memory: now.memory * 1e6 },
        (id, length) => worker.run((api) => api.time(site, backend, { id, length, ...request }), signal),
        (standings, length, device) => {
          say({ label: `${length.toLocaleString('en')} tokens`, share: course.indexOf(length) / course.length });
          show(standings, device);
        },
        isCancelled,
      );
      show(last, undefined, true);
      return true;
    });
  }, [course, running, worker]);

  // The page draws first, and then measures.
  useEffect(() => {
    const { who, seconds } = race.values.peek();
    if (who.length * seconds > mostByItself) return;
    return whenIdle(start);
  }, [start]);
  useEffect(() => running.cancel, [running]);

  const standings = course.value?.standings ?? who.map((id) => ({ id, points: [], spent: 0, kernel: undefined, left: undefined }));
  const isCurrent = course.value === undefined || course.value.of === of;
  const { place, width } = useWidth<HTMLDivElement>(640);
  const dark = isDark();
  const ran = lengths.filter((length) => length <= n);
  const draw = useCallback(
    (plot: typeof import('@observablehq/plot')) => raceChart(plot, { standings, lengths: ran, width, isDark: dark }),
    [course.value, who, n, width, dark],
  );
  const drawn = useRef<SVGSVGElement | undefined>(undefined);
  const takeDrawn = useCallback((svg: SVGSVGElement) => {
    drawn.current = svg;
  }, []);
  const picture = (): string => standAlone(drawn.current === undefined ? [] : [drawn.current]);
  const chosen = chosenDevice.value;
  const device = chosen?.trials.find(({ device: each }) => each.backend === chosen.backend)?.device;
  const hasPoints = standings.some(({ points }) => points.length > 0);

  return (
    <div class="view beside race">
      <div class="stack">
        <Settings read={read} />
      </div>
      <div class="stack">
        <Refused reasons={race.refused.value} />
        <section class="panel" aria-label="Time against length">
          <div class="panel-head">
            <h2>
              Time of one call against length{' '}
              <Explain label="How this is measured">
                <p>
                  On random queries, keys and values, [1, {heads}, n, {headDim}], in a worker. A first call at each length warms up and is
                  not counted. Then the mechanisms take turns, one call each, every second round backwards, so that a device that slows down
                  slows all of them; the fastest call of each counts.
                </p>
                <p>
                  Both axes are logarithmic: t = c · n<sup>p</sup> is a straight line there, and p its slope. It is fitted by least squares
                  to the logarithms of the last four lengths; beside it stands where p lies at 95 %, if what the times are off the line by
                  is chance. Of three lengths that says little, so it is wide.
                </p>
                <Source title="Efficient Transformers: A Survey, Tay 2020" href="https://arxiv.org/abs/2009.06732" />
              </Explain>
            </h2>
            <p class="hint">{device === undefined ? 'The device is measured first.' : `On ${describeDevice(device)}`}</p>
          </div>
          <div class="row">
            <button type="button" class="strong" onClick={start} disabled={who.length === 0 || isBroken}>
              {isRunning ? 'Start again' : 'Start the race'}
            </button>
            <span class="hint">
              {who.length} mechanism{who.length === 1 ? '' : 's'}, up to {n.toLocaleString('en')} tokens, at most{' '}
              {(who.length * seconds).toLocaleString('en')} s of computing
            </span>
          </div>
          <div ref={place} class={isCurrent ? '' : 'stale'}>
            <Chart draw={draw} label={spoken(standings)} drawn={takeDrawn} />
          </div>
          {!hasPoints && !isRunning && state.at === 'idle' && (
            <p class="waiting">A short race starts as soon as the page is at rest. Each point will be one mechanism at one length.</p>
          )}
          {!isCurrent && (
            <p class="notice" role="status">
              The settings have changed since these were measured. Start the race for those of now.
            </p>
          )}
          <JobStatus job={running} again={start} />
          {who.length === 0 && <p class="notice">Nobody takes part. Choose some mechanisms.</p>}
        </section>
        <section class={`panel${isCurrent ? '' : ' stale'}`} aria-label="Standings">
          <Standings standings={standings} isRunning={isRunning} />
          {hasPoints && (
            <details>
              <summary>All times, and which kernels ran</summary>
              <div class="stack">
                <AllTimes standings={standings} isRunning={isRunning} />
                <Kernels standings={standings} />
              </div>
            </details>
          )}
        </section>
        <TakeAway
          name="attention-race"
          code={() => codeOf({ who, own: mask, from: shortest, to: n, heads, headDim, causal, withBackward: wanted === 'both' })}
          json={() => ({
            device: course.value?.device,
            heads,
            headDim,
            causal,
            passes: wanted,
            racers: standings.map((each) => ({ ...each, title: racerOf(each.id).title, growth: growthOf(each.points) })),
          })}
          svg={picture}
          canvas={() => canvasOf(picture())}
        />
      </div>
    </div>
  );
}

/** What the plot shows, for those who do not see it. */
function spoken(standings: readonly Standing[]): string {
  const told = standings.flatMap(({ id, points }) => {
    const growth = growthOf(points);
    return growth === undefined ? [] : [`${racerOf(id).title} grows as n to the power of ${growth.exponent.toFixed(2)}`];
  });
  return `Time per call against length, both logarithmic. ${told.length === 0 ? 'Nothing is measured yet.' : `${told.join('; ')}.`}`;
}

/** Calls on at most every so many ms, and for what came last. */
function throttled(show: (standings: readonly Standing[], device: string | undefined) => void) {
  let [at, known]: [number, string | undefined] = [0, undefined];
  return (standings: readonly Standing[], device: string | undefined, isLast = false): void => {
    known = device ?? known;
    const now = performance.now();
    if (!isLast && now - at < 120) return;
    at = now;
    show(standings, known);
  };
}

/** Runs when the page has nothing else to do. */
function whenIdle(run: () => void): () => void {
  if (!('requestIdleCallback' in globalThis)) {
    const timer = setTimeout(run, 200); // Safari
    return () => clearTimeout(timer);
  }
  const id = requestIdleCallback(run, { timeout: 1000 });
  return () => cancelIdleCallback(id);
}
