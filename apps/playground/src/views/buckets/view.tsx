import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { canvasOf, standAlone } from '../../chart/picture.ts';
import { isCancelled } from '../../compute/cancelled.ts';
import { site } from '../../compute/chosen-device.ts';
import { connection } from '../../compute/connection.ts';
import { newest } from '../../compute/newest.ts';
import { Source } from '../../controls/explain.tsx';
import { NumberField, Select, Slider, Toggle } from '../../controls/fields.tsx';
import { Refused } from '../../controls/refused.tsx';
import { TakeAway } from '../../controls/take-away.tsx';
import { Circle } from './circle.tsx';
import { codeOf } from './code.ts';
import { nearest } from './meeting.ts';
import { metOf, Nearest, Neighbours } from './neighbours.tsx';
import { Products } from './products.tsx';
import { RecallChart } from './recall-chart.tsx';
import { anglesOf, huesOf, requestOf, type Scene, type Values } from './scene.ts';
import { bucketCounts, buckets, chunkLengths, hasCome, vectorCounts } from './state.ts';
import { Stepper, StepText } from './steps.tsx';
import { Strip } from './strip.tsx';
import { type Angles, sizeOn } from './vectors.ts';
import './buckets.css';

const none: ReadonlySet<number> = new Set();

/** Hashing vectors, step by step, and what it misses. */
export function View() {
  const values = buckets.values.value;
  const { n, seed, hash, rounds, near, on } = values;
  const chosen = Math.min(values.of, n - 1);
  const round = Math.min(values.round, rounds) - 1;
  const angles = useMemo(() => anglesOf(values), [values.seed, values.n, values.on, values.turned]);
  const { known, failure, ask } = useHashed();
  useEffect(() => {
    ask({ values, angles });
  }, [ask, angles, values.hash, values.buckets, values.rounds, values.chunk, values.length, values.causal]);

  const scene = known !== undefined && known.count === n && known.size === sizeOn(on) ? known : undefined;
  const shownRound = Math.min(round, (scene?.rounds ?? 1) - 1);
  const isTogether = values.stage === 'rounds';
  const met = scene === undefined ? none : metOf(scene, chosen, isTogether ? 'all' : shownRound);
  const missed = scene === undefined ? none : new Set(nearest(scene.hashed.full, chosen, near).filter((other) => !met.has(other)));
  const picture = useRef<HTMLDivElement>(null);
  const chart = useRef<SVGSVGElement | undefined>(undefined);
  const drawnChart = useMemo(
    () => (svg: SVGSVGElement) => {
      chart.current = svg;
    },
    [],
  );
  const svg = (): string =>
    standAlone([...(picture.current?.querySelectorAll('svg') ?? []), ...(chart.current === undefined ? [] : [chart.current])]);

  return (
    <div class="view beside buckets">
      <div class="stack">
        <section class="panel choosing" aria-label="Vectors">
          <Select
            label="Vectors on the"
            value={on}
            options={[
              { value: 'circle', title: 'circle (2 numbers each)' },
              { value: 'sphere', title: 'sphere (3 numbers each)' },
            ]}
            onChange={(value) => buckets.set({ on: value, turned: new Map() })}
          />
          <Slider
            label="Number"
            unit="vectors"
            values={vectorCounts}
            value={n}
            onChange={(value, options) => buckets.set({ n: value }, options)}
          />
          <Slider
            label="Buckets"
            unit="a round"
            explain={<p>Two for each random direction. Reformer takes about twice as many as there are chunks.</p>}
            values={bucketCounts}
            value={values.buckets}
            onChange={(value, options) => buckets.set({ buckets: value }, options)}
          />
          <Slider
            label="Chunk"
            unit="tokens"
            values={chunkLengths}
            value={values.chunk}
            onChange={(value, options) => buckets.set({ chunk: value }, options)}
          />
          <Slider
            label="Hash rounds"
            explain={<p>Each round has rotations of its own, and costs as much as the first one.</p>}
            values={[1, 2, 3, 4, 5, 6, 7, 8]}
            value={rounds}
            onChange={(value, options) => buckets.set({ rounds: value, round: Math.min(values.round, value) }, options)}
          />
          <div class="row">
            <button type="button" onClick={() => buckets.set({ hash: hash + 1 })}>
              New rotations
            </button>
            <button type="button" onClick={() => buckets.set({ seed: seed + 1, turned: new Map() })}>
              New vectors
            </button>
            {values.turned.size > 0 && (
              <button type="button" class="plain" onClick={() => buckets.set({ turned: new Map() })}>
                Undo turns
              </button>
            )}
          </div>
        </section>
        <section class="panel choosing" aria-label="Attention">
          <NumberField
            label="Vector looked at"
            unit={`0 to ${n - 1}`}
            value={chosen}
            from={0}
            to={n - 1}
            onChange={(value, options) => buckets.set({ of: value }, options)}
          />
          <div class="pair">
            <NumberField
              label="Near ones"
              unit="vectors"
              value={near}
              from={1}
              to={12}
              onChange={(value, options) => buckets.set({ near: value }, options)}
            />
            <NumberField
              label="Length"
              unit="of queries"
              explain={
                <p>
                  Keys have length 1, so the queries’ length says how sharp attention is: weights go with exp(length · cosine of the angle).
                </p>
              }
              value={values.length}
              from={1}
              to={64}
              onChange={(value, options) => buckets.set({ length: value }, options)}
            />
          </div>
          <Toggle
            label="Only earlier tokens"
            explain={<p>As in a language model: a token attends to those before it in the text, wherever the sort has put them.</p>}
            value={values.causal === 'past'}
            onChange={(isPast) => buckets.set({ causal: isPast ? 'past' : 'all' })}
          />
          <p class="hint">
            Reformer, <Source title="Kitaev et al. 2020, §2" href="https://arxiv.org/abs/2001.04451" />; the hash,{' '}
            <Source title="Andoni et al. 2015" href="https://arxiv.org/abs/1509.02897" />
          </p>
        </section>
      </div>
      <div class="stack">
        <Refused reasons={buckets.refused.value} />
        <section class="panel" aria-label="Steps">
          <Stepper />
          <StepText />
          <div class="scene" ref={picture}>
            <div class="stack">
              <Circle
                angles={angles}
                hues={huesOf(values, angles, scene, shownRound)}
                scene={scene}
                round={shownRound}
                chosen={chosen}
                met={met}
                missed={missed}
              />
              <p class="hint">
                Drag a vector, or turn it by the arrow keys (with shift by 1°); page up and down go to the next.
                {on === 'sphere' && ' Drag the sphere to look from elsewhere.'}
              </p>
            </div>
            <div class="stack">
              {hasCome(values.stage, 'rotations') && rounds > 1 && (
                <fieldset class="choices rounds" aria-label={isTogether ? 'Round on the circle' : 'Round shown'}>
                  {Array.from({ length: rounds }, (_, at) => (
                    <button
                      key={at}
                      type="button"
                      class="round-choice"
                      aria-pressed={at === round}
                      onClick={() => buckets.set({ round: at + 1 })}
                    >
                      Round {at + 1}
                    </button>
                  ))}
                </fieldset>
              )}
              {isTogether && scene !== undefined ? (
                Array.from({ length: scene.rounds }, (_, at) => (
                  <div class="stack of-round" key={at}>
                    <h3>Round {at + 1}</h3>
                    <Strip
                      hues={huesOf(values, angles, scene, at)}
                      scene={scene}
                      round={at}
                      chosen={chosen}
                      met={metOf(scene, chosen, at)}
                      missed={missed}
                    />
                  </div>
                ))
              ) : (
                <Strip
                  hues={huesOf(values, angles, scene, shownRound)}
                  scene={scene}
                  round={shownRound}
                  chosen={chosen}
                  met={met}
                  missed={missed}
                />
              )}
              {failure !== undefined ? (
                <div class="problem" role="alert">
                  <pre>{failure}</pre>
                  <button type="button" onClick={() => ask({ values, angles })}>
                    Try again
                  </button>
                </div>
              ) : scene === undefined ? (
                <p class="waiting" role="status">
                  Hashing …
                </p>
              ) : hasCome(values.stage, 'meet') ? (
                <>
                  <p class="legend">
                    <span class="key chosen">vector {chosen}</span> <span class="key met">met</span>{' '}
                    <span class="key missed">near, and missed</span>
                  </p>
                  <Neighbours scene={scene} angles={angles} chosen={chosen} round={isTogether ? 'all' : shownRound} />
                </>
              ) : hasCome(values.stage, 'rotations') ? (
                <Products scene={scene} round={shownRound} chosen={chosen} angles={angles[chosen] as Angles} />
              ) : (
                <Nearest scene={scene} angles={angles} chosen={chosen} />
              )}
            </div>
          </div>
        </section>
        <RecallChart drawn={drawnChart} />
        <TakeAway
          name="hash-buckets"
          code={() => codeOf({ ...values, of: chosen }, angles)}
          json={() => jsonOf(values, angles, scene)}
          svg={svg}
          canvas={() => canvasOf(svg())}
        />
      </div>
    </div>
  );
}

interface Wanted {
  readonly values: Values;
  readonly angles: readonly Angles[];
}

/** What the worker says of the newest vectors. While it is at it, what it said last stays. */
function useHashed() {
  const known = useSignal<Scene | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const worker = useMemo(() => connection('lsh'), []);
  useEffect(() => worker.close, [worker]);
  const ask = useMemo(
    () =>
      newest(
        async ({ values, angles }: Wanted): Promise<Scene> => {
          const request = requestOf(values, angles);
          const { size, bucketCount, rounds, chunkLength, causal } = request;
          const hashed = await worker.run((api) => api.hash(site, request));
          return { hashed, size, bucketCount, rounds, chunkLength, causal, count: angles.length };
        },
        {
          done: (scene) => {
            known.value = scene;
            failure.value = undefined;
          },
          failed: (error) => {
            if (!isCancelled(error)) failure.value = error instanceof Error ? error.message : String(error);
          },
        },
      ),
    [worker, known, failure],
  );
  return { known: known.value, failure: failure.value, ask };
}

function jsonOf(values: Values, angles: readonly Angles[], scene: Scene | undefined): unknown {
  const { turned: _, ...settings } = values;
  if (scene === undefined) return { settings, angles };
  const { hashed, rounds, count } = scene;
  const byRound = (numbers: Int32Array): readonly (readonly number[])[] =>
    Array.from({ length: rounds }, (_, round) => [...numbers.subarray(round * count, (round + 1) * count)]);
  return { settings, angles, rotations: [...hashed.rotations], buckets: byRound(hashed.buckets), order: byRound(hashed.order) };
}
