import type { Mask } from '@longspan/attention-sparse/mask';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { isDark } from '../../app/theme.ts';
import { type Region, regionAt, regionsOf } from './regions.ts';
import { paintScenery } from './scenery.ts';
import { pattern } from './state.ts';

interface RegionPicturesProps {
  readonly mask: Mask;
  readonly length: number;
  readonly head: number;
}

/** For masks over images, videos and named parts: what one position sees, drawn on the picture itself. */
export function RegionPictures({ mask, length, head }: RegionPicturesProps) {
  const regions = useMemo(() => (mask.serialisable ? regionsOf(mask.toJSON()).filter(({ start }) => start < length) : []), [mask, length]);
  const { query } = pattern.values.value;
  if (regions.length === 0) return null;
  const chosen = regionAt(regions, query) === undefined || query >= length ? centreOf(regions.at(-1) as Region) : query;
  const own = mask.select({ head: Math.min(head, mask.heads - 1), batch: 0 });
  const place = regionAt(regions, chosen);
  return (
    <section class="panel" aria-label="What one position sees">
      <h2>What one position sees</h2>
      <p class="hint">
        {place === undefined ? '' : `Position ${chosen.toLocaleString('en')}, ${describePlace(place, chosen)}.`} Click a cell, or use the
        arrow keys, to look from there. What it does not see is dimmed.
      </p>
      <div class="regions">
        {regions.map((region) => (
          <RegionPicture key={region.start} region={region} mask={own} query={chosen} length={length} />
        ))}
      </div>
    </section>
  );
}

function RegionPicture({
  region,
  mask,
  query,
  length,
}: {
  readonly region: Region;
  readonly mask: Mask;
  readonly query: number;
  readonly length: number;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [frames, height, width] = region.shape;
  const isText = frames === 1 && height === 1;
  const cell = isText
    ? Math.max(4, Math.min(14, Math.floor(560 / width)))
    : Math.max(4, Math.min(18, Math.floor(260 / Math.max(height, width))));
  const dark = isDark();
  useEffect(() => {
    if (canvas.current !== null) paint(canvas.current, { region, mask, query, length, cell });
  }, [region, mask, query, length, cell, dark]);
  const gap = cell;
  const positionAt = (x: number, y: number): number | undefined => {
    const frame = Math.floor(x / (width * cell + gap));
    const column = Math.floor((x - frame * (width * cell + gap)) / cell);
    const row = Math.floor(y / cell);
    if (frame < 0 || frame >= frames || row < 0 || row >= height || column < 0 || column >= width) return undefined;
    return region.start + (frame * height + row) * width + column;
  };
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -width,
    ArrowDown: width,
    PageUp: -width * height,
    PageDown: width * height,
  };
  return (
    <figure class="region">
      <canvas
        ref={canvas}
        width={frames * width * cell + (frames - 1) * gap}
        height={height * cell}
        class={isText ? 'text' : undefined}
        tabIndex={0}
        role="img"
        aria-label={`${region.name}: what position ${query} sees of it`}
        onClick={(event) => {
          const found = positionAt(event.offsetX, event.offsetY);
          if (found !== undefined) pattern.set({ query: found });
        }}
        onKeyDown={(event) => {
          const step = steps[event.key];
          if (step === undefined) return;
          event.preventDefault();
          const last = region.start + frames * height * width - 1;
          const from = query >= region.start && query <= last ? query : centreOf(region);
          pattern.set({ query: Math.min(last, Math.max(region.start, from + step)) }, { step: false });
        }}
      />
      <figcaption>
        {region.name}, {isText ? `${width} tokens` : frames === 1 ? `${height} × ${width}` : `${frames} frames of ${height} × ${width}`}
      </figcaption>
    </figure>
  );
}

const centreOf = ({ start, shape: [frames, height, width] }: Region): number =>
  start + (Math.floor(frames / 2) * height + Math.floor(height / 2)) * width + Math.floor(width / 2);

function describePlace({ name, start, shape: [frames, height, width] }: Region, position: number): string {
  const at = position - start;
  if (frames === 1 && height === 1) return `token ${at} of ${name}`;
  const row = Math.floor(at / width) % height;
  return `row ${row}, column ${at % width} of ${name}${frames === 1 ? '' : `, frame ${Math.floor(at / (width * height))}`}`;
}

interface Shown {
  readonly region: Region;
  readonly mask: Mask;
  readonly query: number;
  readonly length: number;
  readonly cell: number;
}

function paint(canvas: HTMLCanvasElement, { region: { start, shape }, mask, query, length, cell }: Shown): void {
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
  const [frames, height, width] = shape;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  const veil = isDark() ? 'rgb(16 22 29 / 0.82)' : 'rgb(247 245 240 / 0.84)';
  for (let frame = 0; frame < frames; frame++) {
    const left = frame * (width * cell + cell);
    if (height === 1) {
      pen.fillStyle = isDark() ? '#9cc9f5' : '#17324d';
      pen.fillRect(left, 0, width * cell, cell);
    } else paintScenery(pen, { left, width: width * cell, height: height * cell, moment: frames === 1 ? 0.35 : frame / frames });
    pen.fillStyle = veil;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const position = start + (frame * height + row) * width + column;
        const isSeen = position < length && mask.allows(query, position);
        if (!isSeen) pen.fillRect(left + column * cell, row * cell, cell, cell);
      }
    }
    const own = query - start - frame * height * width;
    if (own >= 0 && own < height * width) {
      pen.strokeStyle = isDark() ? '#ffb454' : '#b4530a';
      pen.lineWidth = 3;
      pen.strokeRect(left + (own % width) * cell + 1, Math.floor(own / width) * cell + 1, cell - 2, cell - 2);
    }
  }
}
