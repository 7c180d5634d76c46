import type { PlotOptions } from '@observablehq/plot';
import { useCallback, useMemo } from 'preact/hooks';
import { Chart } from '../../chart/chart.tsx';
import { Figure } from '../../controls/figure.tsx';
import { chartWidth } from './chart-width.ts';
import { Keys } from './keys.tsx';
import type { Streamed } from './xl-work.ts';

type PlotLibrary = typeof import('@observablehq/plot');

interface PositionsPanelProps {
  readonly streamed: Streamed;
  readonly segment: number;
  readonly memory: number;
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;

/** The mean bits of the bytes at each stretch of the segments: without memory a segment begins in the dark. */
function byPlace(bits: Float32Array, segment: number): readonly { readonly place: number; readonly bits: number }[] {
  const stretch = Math.max(1, Math.round(segment / 8));
  const places = new Map<number, number[]>();
  bits.forEach((each, at) => {
    if (Number.isNaN(each)) return;
    const place = Math.floor((at % segment) / stretch) * stretch;
    places.set(place, [...(places.get(place) ?? []), each]);
  });
  return [...places]
    .map(([place, own]) => ({ place: place + (stretch - 1) / 2, bits: meanOf(own) }))
    .sort((left, right) => left.place - right.place);
}

/** What memory is worth on this text: by the place in a segment, and in all. */
export function PositionsPanel({ streamed, segment, memory }: PositionsPanelProps) {
  const { withMemory, without } = streamed;
  const rows = useMemo(
    () => [
      ...byPlace(withMemory, segment).map((row) => ({ ...row, how: 'with memory' })),
      ...byPlace(without, segment).map((row) => ({ ...row, how: 'without' })),
    ],
    [withMemory, without, segment],
  );
  const draw = useCallback((plot: PlotLibrary): PlotOptions => placePlot(plot, rows), [rows]);
  const all = (bits: Float32Array): number => meanOf([...bits].filter((each) => !Number.isNaN(each)));
  const [own, none] = [all(withMemory), all(without)];
  return (
    <section class="panel" aria-label="What memory is worth">
      <h2>What memory is worth on this text</h2>
      <div class="figures">
        <Figure
          name="With memory"
          value={`${own.toFixed(3)} bits`}
          note={`for each byte, ${memory.toLocaleString('en')} bytes remembered`}
        />
        <Figure name="Without" value={`${none.toFixed(3)} bits`} note="each segment alone" />
        <Figure name="Memory saves" value={`${(none - own).toFixed(3)} bits`} note="for each byte" />
      </div>
      <Chart draw={draw} label="Bits per byte over the place in the segment, with memory and without" />
      <Keys second="without" />
    </section>
  );
}

function placePlot(
  plot: PlotLibrary,
  rows: readonly { readonly place: number; readonly bits: number; readonly how: string }[],
): PlotOptions {
  return {
    width: chartWidth(640),
    height: 250,
    marginLeft: 46,
    marginBottom: 40,
    x: { label: 'place in the segment, bytes' },
    y: { label: 'bits per byte', grid: true, zero: false, nice: true },
    color: { domain: ['with memory', 'without'], range: ['var(--mark-1)', 'var(--mark-2)'] },
    marks: [plot.lineY(rows, { x: 'place', y: 'bits', z: 'how', stroke: 'how', strokeWidth: 2 })],
  };
}
