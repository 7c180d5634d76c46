import type { Mask } from '@longspan/attention-sparse/mask';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { isDark } from '../../app/theme.ts';
import { job } from '../../compute/job.ts';
import { Select, Slider } from '../../controls/fields.tsx';
import { JobStatus } from '../../controls/job-status.tsx';
import { percent } from '../../controls/wording.ts';
import { inks } from './inks.ts';
import type { Reached } from './mask-work.ts';
import { pattern } from './state.ts';
import type { PatternWork } from './work.ts';

interface ReachProps {
  readonly mask: Mask;
  readonly length: number;
  readonly work: PatternWork;
  /** Receives the canvas, for taking it away. */
  onCanvases(canvases: readonly HTMLCanvasElement[]): void;
}

/** How far information comes: which token can have reached which after each layer, when all layers have this pattern. */
export function Reach({ mask, length, work, onCanvases }: ReachProps) {
  const { layers, layer, spreads, head } = pattern.values.value;
  const alone = mask.heads > 1 && spreads === 'head' ? Math.min(head, mask.heads - 1) : undefined;
  const found = useMemo(() => job<Reached>(), []);
  const start = (): void => void found.start((signal) => work.reach(mask, length, layers, alone, signal));
  useEffect(start, [mask, length, layers, alone, work, found]);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    onCanvases(canvas.current === null ? [] : [canvas.current]);
    return () => onCanvases([]);
  }, [onCanvases]);
  const state = found.state.value;
  const shown = Math.min(layer, layers);
  const dark = isDark();
  useEffect(() => {
    if (state.at === 'done' && canvas.current !== null) paint(canvas.current, state.result, shown);
  }, [state, shown, dark]);
  const all = state.at === 'done' ? state.result.shares.indexOf(1) : -1;
  return (
    <div class="stack">
      {mask.heads > 1 && (
        <Select
          label="Through"
          value={alone === undefined ? 'all' : String(alone)}
          options={[
            { value: 'all', title: 'all heads together, as a layer joins them' },
            ...Array.from({ length: mask.heads }, (_, at) => ({ value: String(at), title: `head ${at} alone: ${nameOf(mask, at)}` })),
          ]}
          onChange={(value) => pattern.set(value === 'all' ? { spreads: 'all' } : { spreads: 'head', head: Number(value) })}
        />
      )}
      <div class="row reach-controls">
        <Slider
          label="Layers"
          values={Array.from({ length: 24 }, (_, at) => at + 1)}
          value={layers}
          onChange={(value, options) => pattern.set({ layers: value, layer: Math.min(layer, value) }, options)}
        />
        <Slider
          label="Shown: after layer"
          values={Array.from({ length: layers }, (_, at) => at + 1)}
          value={shown}
          onChange={(value, options) => pattern.set({ layer: value }, options)}
        />
      </div>
      <canvas
        ref={canvas}
        class="reach"
        role="img"
        aria-label={`What has reached what after ${shown} of ${layers} layers${alone === undefined ? '' : `, through head ${alone} alone`}`}
        hidden={state.at !== 'done'}
      />
      {state.at === 'done' && (
        <p class="told" role="status">
          After {shown} layer{shown === 1 ? '' : 's'}, {percent(state.result.shares[shown - 1] ?? 0)} of the pairs of blocks are connected.{' '}
          {all >= 0 ? `After ${all + 1}, every token can have reached every other one.` : `Within ${layers} layers some never meet.`} The
          darker, the fewer layers it took.
        </p>
      )}
      <JobStatus job={found} again={start} />
    </div>
  );
}

function nameOf(mask: Mask, head: number): string {
  const { name } = mask.select({ head, batch: 0 });
  return name.length > 60 ? `${name.slice(0, 59)}…` : name;
}

function paint(canvas: HTMLCanvasElement, { side, first }: Reached, shown: number): void {
  canvas.width = side;
  canvas.height = side;
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
  const image = pen.createImageData(side, side);
  const { planes } = inks();
  const [red, green, blue] = planes[0] as readonly [number, number, number];
  for (let at = 0; at < first.length; at++) {
    const layer = first[at] as number;
    const alpha = layer > shown ? 0 : 255 * (1 - 0.75 * (layer / (shown + 1)));
    image.data.set([red, green, blue, alpha], at * 4);
  }
  pen.putImageData(image, 0, 0);
}
