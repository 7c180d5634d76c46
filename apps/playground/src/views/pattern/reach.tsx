import type { Mask } from '@longspan/attention-sparse/mask';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { isDark } from '../../app/theme.ts';
import { job } from '../../compute/job.ts';
import { Slider } from '../../controls/fields.tsx';
import { JobStatus } from '../../controls/job-status.tsx';
import { percent } from '../../controls/wording.ts';
import { inks } from './inks.ts';
import type { Reached } from './mask-work.ts';
import { pattern } from './state.ts';
import type { PatternWork } from './work.ts';

/** How far information comes: which token can have reached which after each layer, when all layers have this pattern. */
export function Reach({ mask, length, work }: { readonly mask: Mask; readonly length: number; readonly work: PatternWork }) {
  const { layers, layer } = pattern.values.value;
  const found = useMemo(() => job<Reached>(), []);
  const start = (): void => void found.start((signal) => work.reach(mask, length, layers, signal));
  useEffect(start, [mask, length, layers, work, found]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const state = found.state.value;
  const shown = Math.min(layer, layers);
  const dark = isDark();
  useEffect(() => {
    if (state.at === 'done' && canvas.current !== null) paint(canvas.current, state.result, shown);
  }, [state, shown, dark]);
  const all = state.at === 'done' ? state.result.shares.indexOf(1) : -1;
  return (
    <div class="stack">
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
        aria-label={`What has reached what after ${shown} of ${layers} layers`}
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
