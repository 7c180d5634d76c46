import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { Explain, Source } from '../../controls/explain.tsx';
import { Slider } from '../../controls/fields.tsx';
import { undo } from './state.ts';
import { type Held, heldIn, type Step, titles, traceOf, type Way, ways } from './trace.ts';

/** How long a step stands while it plays, ms. */
const pace = 1100;

/** Forward and backward through three stacks, step by step: what each keeps, and what it makes again. */
export function Diagram() {
  const { layers, step: wanted } = undo.values.value;
  const steps = useMemo(() => traceOf(layers), [layers]);
  const last = steps.length - 1;
  const at = Math.min(wanted, last);
  const now = steps[at] as Step;
  const isPlaying = useSignal(false);
  const go = (to: number): void => undo.set({ step: Math.max(0, Math.min(last, to)) }, { step: false });

  useEffect(() => {
    if (!isPlaying.value) return;
    if (at === last) {
      isPlaying.value = false;
      return;
    }
    const timer = setTimeout(() => go(at + 1), pace);
    return () => clearTimeout(timer);
  }, [isPlaying.value, at, last]);

  const play = (): void => {
    if (!isPlaying.value && at === last) go(0);
    isPlaying.value = !isPlaying.value;
  };

  return (
    <section class="panel" aria-label="Step by step">
      <h2>
        What is kept, step by step{' '}
        <Explain label="Reversible blocks">
          <p>
            A block has two streams: y₁ = x₁ + F(x₂), y₂ = x₂ + G(y₁). From its outputs its inputs follow: x₂ = y₂ − G(y₁), x₁ = y₁ − F(x₂).
            So the forward pass may forget them, and the backward pass rebuilds them, block by block, and runs F and G once more.
          </p>
          <p>
            <Source title="RevNet, Gomez 2017" href="https://arxiv.org/abs/1707.04585" />,{' '}
            <Source title="Reformer §3, Kitaev 2020" href="https://arxiv.org/abs/2001.04451" />,{' '}
            <Source title="recomputing: Chen 2016" href="https://arxiv.org/abs/1604.06174" />
          </p>
        </Explain>
      </h2>
      <div class="undo-steps">
        <fieldset class="choices" aria-label="Steps">
          <button type="button" onClick={() => go(0)} disabled={at === 0} aria-label="To the first step">
            First
          </button>
          <button type="button" onClick={() => go(at - 1)} disabled={at === 0}>
            Back
          </button>
          <button type="button" class="strong" onClick={play}>
            {isPlaying.value ? 'Pause' : 'Play'}
          </button>
          <button type="button" onClick={() => go(at + 1)} disabled={at === last}>
            Next
          </button>
        </fieldset>
        <Slider label="Step" unit={`of ${last}`} values={steps.map((_, nth) => nth)} value={at} onChange={(value) => go(value)} />
        <Slider
          label="Blocks"
          values={[1, 2, 3, 4, 5, 6, 7, 8]}
          value={layers}
          onChange={(value, options) => undo.set({ layers: value, step: value + 1 }, options)}
        />
      </div>
      <p class="undo-now" role="status" aria-live="polite">
        <span class={`undo-arrow ${now.direction}`} aria-hidden="true">
          {now.direction === 'forward' ? '↓' : now.direction === 'backward' ? '↑' : '•'}
        </span>{' '}
        {now.title}
      </p>
      <div class="undo-stacks">
        {ways.map((way) => (
          <Stack key={way} way={way} steps={steps} at={at} layers={layers} />
        ))}
      </div>
      <p class="legend">
        <span class="key kept">kept since the forward pass</span> <span class="key again">made again</span>{' '}
        <span class="key absent">not there</span>
      </p>
    </section>
  );
}

interface StackProps {
  readonly way: Way;
  readonly steps: readonly Step[];
  readonly at: number;
  readonly layers: number;
}

function Stack({ way, steps, at, layers }: StackProps) {
  const { streams, insides, active, says, runs } = (steps[at] as Step).pictures[way];
  const course = steps.map(({ pictures }) => heldIn(pictures[way]));
  const most = Math.max(...steps.map(({ pictures }) => heldIn(pictures.stored)));
  const peak = Math.max(...course.slice(0, at + 1));
  return (
    <article class="undo-stack" aria-label={`${titles[way]}: holds ${course[at]} so far at most ${peak}`}>
      <h3>{titles[way]}</h3>
      <div class="undo-blocks" aria-hidden="true">
        <Streams held={streams[0] as Held} names={['x₁', 'x₂']} />
        {Array.from({ length: layers }, (_, block) => (
          <div key={block} class="undo-level">
            <div class={`undo-block ${insides[block]}${block === active ? ' active' : ''}`}>
              <span class="undo-number">{block + 1}</span>
              <span class="undo-inside">F</span>
              <span class="undo-inside">G</span>
            </div>
            <Streams held={streams[block + 1] as Held} names={block === layers - 1 ? ['y₁', 'y₂'] : ['', '']} />
          </div>
        ))}
      </div>
      <p class="undo-says">{says}</p>
      <Course course={course} at={at} most={most} />
      <p class="hint">
        Holds {course[at]}, at most {peak} so far. Branches ran {runs} times.
      </p>
    </article>
  );
}

const Streams = ({ held, names }: { readonly held: Held; readonly names: readonly [string, string] }) => (
  <div class={`undo-streams ${held}`}>
    <span>{names[0]}</span>
    <span>{names[1]}</span>
  </div>
);

/** What is held at each step, as a line; the step that is shown is marked. */
function Course({ course, at, most }: { readonly course: readonly number[]; readonly at: number; readonly most: number }) {
  const [width, height] = [200, 46];
  const x = (step: number): number => (course.length < 2 ? 0 : (step / (course.length - 1)) * width);
  const y = (held: number): number => height - 2 - (held / most) * (height - 6);
  const line = course.map((held, step) => `${x(step).toFixed(1)},${y(held).toFixed(1)}`);
  return (
    <svg class="undo-course" viewBox={`-3 0 ${width + 6} ${height}`} role="img" aria-label={`Held at each step: ${course.join(', ')}`}>
      <polygon points={`0,${height} ${line.slice(0, at + 1).join(' ')} ${x(at).toFixed(1)},${height}`} class="undo-area" />
      <polyline points={line.join(' ')} class="undo-line" />
      <circle cx={x(at)} cy={y(course[at] as number)} r="3.2" class="undo-dot" />
    </svg>
  );
}
