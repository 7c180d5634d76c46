import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { isDark } from '../../app/theme.ts';
import { Chart } from '../../chart/chart.tsx';
import { canvasOf, standAlone } from '../../chart/picture.ts';
import { useWidth } from '../../chart/use-width.ts';
import { chooseDevice, site } from '../../compute/chosen-device.ts';
import { connection } from '../../compute/connection.ts';
import { job } from '../../compute/job.ts';
import { Explain, Source } from '../../controls/explain.tsx';
import { Select, Slider } from '../../controls/fields.tsx';
import { Figure } from '../../controls/figure.tsx';
import { JobStatus } from '../../controls/job-status.tsx';
import { Refused } from '../../controls/refused.tsx';
import { TakeAway } from '../../controls/take-away.tsx';
import { bytes, milliseconds, scientific, times } from '../../controls/wording.ts';
import { joined } from '../../picture/joined.ts';
import { pictureSvg } from '../../picture/shapes.ts';
import { branchKinds, kindTitles } from './branch-kinds.ts';
import { errorChart, type Line, memoryChart } from './charts.ts';
import { codeOf } from './code.ts';
import { Diagram } from './diagram.tsx';
import { undoDrawing } from './drawing.ts';
import { ErrorFacts, Facts, type HeldAt } from './facts.tsx';
import { deepest, depths, undo } from './state.ts';
import { traceOf, ways, titles as wayTitles } from './trace.ts';
import type { Rebuilt, StepTimes } from './undo-work.ts';
import './undo.css';

const nothingHeld: HeldAt = { stored: [], recomputed: [], reversible: [] };

/** Shows how a reversible stack trains without its activations, what that saves, costs, and where it rounds. */
export function View() {
  const { n, width, keepEvery, kind, gain } = undo.values.value;
  const place = useWidth<HTMLDivElement>(640);
  const errorPlace = useWidth<HTMLDivElement>(640);
  const dark = isDark();

  const heldWorker = useMemo(() => connection('undo'), []);
  const timeWorker = useMemo(() => connection('undo'), []);
  const errorWorker = useMemo(() => connection('undo'), []);
  useEffect(
    () => () => {
      for (const each of [heldWorker, timeWorker, errorWorker]) each.close();
    },
    [heldWorker, timeWorker, errorWorker],
  );

  const held = useSignal<HeldAt>(nothingHeld);
  const rounding = useRef<Promise<void>>(Promise.resolve());
  const measuring = useMemo(() => job<true>(), []);
  const timing = useMemo(() => job<StepTimes>(), []);
  const measure = useCallback(() => {
    held.value = nothingHeld;
    const size = { length: n, width, kind: 'transformer', gain: 1 } as const;
    void measuring.start(async (signal, say) => {
      for (const [at, depth] of depths.entries()) {
        for (const way of ways) {
          say({ label: `${depth} blocks, ${wayTitles[way].toLowerCase()}`, share: at / depths.length });
          const found = await heldWorker.run((api) => api.held(site, way, { depth, size, keepEvery }), signal);
          held.value = { ...held.value, [way]: [...held.value[way], { ...found, depth }] };
        }
      }
      void timing.start(async (ended, tell) => {
        await rounding.current; // what else runs here would take time from it
        tell({ label: 'Timing a training step of 8 blocks each way' });
        const { backend } = await chooseDevice();
        timeWorker.keepTo(backend);
        return timeWorker.run((api) => api.times(site, backend, { depth: 8, size, keepEvery }), ended);
      });
      return true;
    });
  }, [n, width, keepEvery, held, heldWorker, timeWorker, measuring, timing]);
  useEffect(() => {
    timing.cancel();
    const timer = setTimeout(measure, 250); // while a slider moves, nothing is measured
    return () => {
      clearTimeout(timer);
      measuring.cancel();
    };
  }, [measure, measuring, timing]);

  const rebuilding = useMemo(() => job<Readonly<Partial<Record<string, Rebuilt>>>>(), []);
  const rebuild = useCallback(() => {
    rounding.current = rebuilding.start(async (signal, say) => {
      const found: Record<string, Rebuilt> = {};
      for (const [at, each] of branchKinds.entries()) {
        say({ label: kindTitles[each].title, share: at / branchKinds.length });
        const size = { length: 256, width: 32, kind: each, gain };
        found[each] = await errorWorker.run((api) => api.rebuilt(site, { depth: deepest, size, keepEvery }), signal);
      }
      return found;
    });
  }, [gain, keepEvery, errorWorker, rebuilding]);
  useEffect(() => {
    const timer = setTimeout(rebuild, 250);
    return () => {
      clearTimeout(timer);
      rebuilding.cancel();
    };
  }, [rebuild, rebuilding]);

  const memoryLines: readonly Line[] = ways.map((way, ink) => ({
    title: wayTitles[way],
    ink,
    points: held.value[way].map(({ depth, activations }) => ({ x: depth, y: activations })),
  }));
  const drawMemory = useCallback(
    (plot: typeof import('@observablehq/plot')) => memoryChart(plot, { lines: memoryLines, width: place.width, isDark: dark, deepest }),
    [held.value, place.width, dark],
  );
  const rebuilt = rebuilding.state.value;
  const errorLines: readonly Line[] =
    rebuilt.at !== 'done'
      ? []
      : branchKinds.map((each, ink) => ({
          title: kindTitles[each].short,
          ink,
          points: (rebuilt.result[each]?.largest ?? []).toReversed().map((y, undone) => ({ x: undone + 1, y })),
        }));
  const drawErrors = useCallback(
    (plot: typeof import('@observablehq/plot')) =>
      errorChart(plot, { lines: errorLines, width: errorPlace.width, isDark: dark, depth: deepest }),
    [rebuilt, errorPlace.width, dark],
  );
  const pictures = useRef<{ memory?: SVGSVGElement; errors?: SVGSVGElement }>({});
  const takeMemory = useCallback((svg: SVGSVGElement) => {
    pictures.current.memory = svg;
  }, []);
  const takeErrors = useCallback((svg: SVGSVGElement) => {
    pictures.current.errors = svg;
  }, []);
  const picture = (): string => {
    const { layers, step } = undo.values.peek();
    const steps = traceOf(layers);
    const charts = [pictures.current.memory, pictures.current.errors].filter((each): each is SVGSVGElement => each !== undefined);
    return joined([pictureSvg(undoDrawing(steps, Math.min(step, steps.length - 1)), { asPage: true }), standAlone(charts)], 'below');
  };
  const timed = timing.state.value;

  return (
    <div class="view undo">
      <Refused reasons={undo.refused.value} />
      <Diagram />
      <div class="undo-pair">
        <section class="panel" aria-label="Memory against depth">
          <h2>
            Memory against depth{' '}
            <Explain label="What is counted">
              <p>
                All bytes that one training step takes of WebAssembly’s heap at its peak, beyond parameters, their gradients and the input:
                tensors that the backward pass waits for, and scratch of the kernels. Blocks of causal attention in a window of 64, 2 heads,
                and a feed-forward layer of 4 × the width, each after a norm. The three ways have the same parameters and compute the same.
              </p>
              <Source title="Training Deep Nets with Sublinear Memory Cost, Chen 2016" href="https://arxiv.org/abs/1604.06174" />
            </Explain>
          </h2>
          <div class="undo-settings">
            <Slider
              label="Length"
              unit="tokens"
              values={[64, 128, 256, 512, 1024, 2048, 4096, 8192]}
              value={n}
              onChange={(value, options) => undo.set({ n: value }, options)}
            />
            <Slider
              label="Width of a stream"
              values={[8, 16, 32, 64, 128, 256]}
              value={width}
              onChange={(value, options) => undo.set({ width: value }, options)}
            />
            <Slider
              label="Keep streams every"
              unit={keepEvery === 0 ? '(none)' : keepEvery === 1 ? 'block' : 'blocks'}
              explain={
                <p>
                  The reversible stack may keep the streams after every so many blocks: errors of rounding then grow over no more blocks
                  than that, for the memory of those streams. 0 keeps the last ones alone.
                </p>
              }
              values={[0, 1, 2, 4, 8]}
              value={keepEvery}
              onChange={(value, options) => undo.set({ keepEvery: value }, options)}
            />
          </div>
          <div ref={place.place}>
            <Chart draw={drawMemory} label={spokenMemory(held.value)} drawn={takeMemory} />
          </div>
          <JobStatus job={measuring} idle="Starts by itself." again={measure} />
          <Facts held={held.value} />
          {timed.at === 'done' && (
            <div class="figures">
              {ways.map((way) => (
                <Figure
                  key={way}
                  name={`A step, ${wayTitles[way].toLowerCase()}`}
                  value={milliseconds(timed.result.milliseconds[way])}
                  note={
                    way === 'stored'
                      ? `8 blocks, fastest of ${timed.result.rounds}`
                      : `${times(timed.result.milliseconds[way] / timed.result.milliseconds.stored)} as long as stored`
                  }
                />
              ))}
            </div>
          )}
          {timed.at === 'done' && (
            <p class="hint">On {timed.result.device}. Forward is one unit of work, backward two; running again adds one.</p>
          )}
          <JobStatus job={timing} again={measure} />
        </section>
        <section class="panel" aria-label="Rounding">
          <h2>
            What rounding does{' '}
            <Explain label="Reconstruction error">
              <p>
                Undone in single precision, x₁ = y₁ − F(x₂) is not quite what it was. Shown is the largest difference between any number of
                a block’s original input and of the rebuilt one, from the last block (undone first) to the first. Streams begin as normal
                random numbers, 256 tokens of width 32.
              </p>
              <p>
                y₁ keeps of x₁ what is left beside F(x₂): the larger the branches, the more digits of x₁ are lost. And an error in x₂ comes
                through F and G at every further block.
              </p>
              <Source title="RevNet §3.2, Gomez 2017" href="https://arxiv.org/abs/1707.04585" />
            </Explain>
          </h2>
          <div class="undo-settings">
            <Slider
              label="Branches multiplied by"
              unit="times"
              values={[0.1, 1, 10, 100, 1000]}
              value={gain}
              explain={<p>F and G times this factor. Beside a large F(x₂) little of x₁ is left to come back.</p>}
              onChange={(value, options) => undo.set({ gain: value }, options)}
            />
            <Select
              label="Told about"
              value={kind}
              options={branchKinds.map((value) => ({ value, title: kindTitles[value].title }))}
              onChange={(value) => undo.set({ kind: value })}
            />
          </div>
          <div ref={errorPlace.place}>
            <Chart draw={drawErrors} label={spokenErrors(errorLines)} drawn={takeErrors} />
          </div>
          <JobStatus job={rebuilding} idle="Starts by itself." again={rebuild} />
          <p>{kindTitles[kind].says}</p>
          {rebuilt.at === 'done' && rebuilt.result[kind] !== undefined && <ErrorFacts rebuilt={rebuilt.result[kind] as Rebuilt} />}
        </section>
      </div>
      <TakeAway
        name="reversible-memory"
        code={() => codeOf({ depths, length: n, width, keepEvery })}
        json={() => ({
          length: n,
          width,
          keepEvery,
          held: held.value,
          times: timed.at === 'done' ? timed.result : undefined,
          gain,
          rebuilt: rebuilt.at === 'done' ? rebuilt.result : undefined,
        })}
        svg={picture}
        canvas={() => canvasOf(picture())}
      />
    </div>
  );
}

const spokenMemory = (held: HeldAt): string =>
  `Bytes at the peak of a training step against depth. ${ways
    .flatMap((way) => {
      const last = held[way].at(-1);
      return last === undefined ? [] : [`${wayTitles[way]}, ${last.depth} blocks: ${bytes(last.activations)}`];
    })
    .join('; ')}`;

const spokenErrors = (lines: readonly Line[]): string =>
  `The largest difference of rebuilt streams against how many blocks were undone. ${lines
    .flatMap(({ title, points }) => {
      const last = points.at(-1);
      return last === undefined ? [] : [`${title}: ${scientific(last.y)} after ${last.x}`];
    })
    .join('; ')}`;
