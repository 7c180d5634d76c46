import type { PlotOptions } from '@observablehq/plot';
import { seriesInk } from '../../chart/series-inks.ts';
import { spread } from '../../chart/spread.ts';
import { bytes, scientific } from '../../controls/wording.ts';

type Plot = typeof import('@observablehq/plot');

export interface Line {
  readonly title: string;
  readonly ink: number;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

interface LineChart {
  readonly lines: readonly Line[];
  readonly width: number;
  readonly isDark: boolean;
}

interface Axes {
  readonly x: NonNullable<PlotOptions['x']>;
  readonly y: NonNullable<PlotOptions['y']>;
  readonly yDomain: readonly [number, number];
  readonly isLog: boolean;
  readonly left: number;
  readonly reads: (line: Line, point: Line['points'][number]) => string;
}

/** Lines with their names at their ends. */
function chart(plot: Plot, { lines, width, isDark }: LineChart, { x, y, yDomain, isLog, left, reads }: Axes): PlotOptions {
  const height = Math.round(Math.min(340, Math.max(240, width * 0.5)));
  const [top, bottom, right] = [28, 38, width < 480 ? 92 : 118];
  const inner = height - top - bottom;
  const [low, high] = yDomain;
  const share = (value: number): number => (isLog ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));
  const back = (part: number): number => (isLog ? low * (high / low) ** part : low + part * (high - low));
  const rows = lines.flatMap((line) =>
    line.points.map((point) => ({ ...point, title: line.title, ink: seriesInk(line.ink, isDark), reads: reads(line, point) })),
  );
  const ends = lines.flatMap((line) => {
    const last = line.points.at(-1);
    return last === undefined ? [] : [{ title: line.title, ink: seriesInk(line.ink, isDark), ...last }];
  });
  const places = spread(
    ends.map((end) => inner * (1 - share(end.y))),
    15,
    { from: 4, to: inner - 4 },
  );
  return {
    width,
    height,
    marginTop: top,
    marginBottom: bottom,
    marginLeft: left,
    marginRight: right,
    x,
    y: { ...y, domain: [low, high], grid: true },
    marks: [
      plot.line(rows, { x: 'x', y: 'y', z: 'title', stroke: 'ink', strokeWidth: 2 }),
      plot.dot(rows, { x: 'x', y: 'y', fill: 'ink', r: 3 }),
      plot.text(
        ends.map((end, at) => ({ ...end, y: back(1 - (places[at] as number) / inner) })),
        {
          x: 'x',
          y: 'y',
          text: 'title',
          fill: 'ink',
          textAnchor: 'start',
          dx: 10,
          fontWeight: 600,
          stroke: isDark ? '#18212b' : '#ffffff',
          strokeWidth: 4,
        },
      ),
      plot.tip(rows, plot.pointer({ x: 'x', y: 'y', title: 'reads', fill: isDark ? '#202c38' : '#ffffff' })),
    ],
  };
}

/** Bytes against depth. */
export function memoryChart(plot: Plot, given: LineChart & { readonly deepest: number }): PlotOptions {
  const most = Math.max(1e6, ...given.lines.flatMap(({ points }) => points.map(({ y }) => y)));
  return chart(plot, given, {
    x: {
      domain: [0, given.deepest],
      ticks: [1, 2, 4, 8, 12, 16].filter((each) => each <= given.deepest),
      tickFormat: 'd',
      label: 'blocks →',
    },
    y: { label: '↑ held at the peak', tickFormat: (value: number) => bytes(value), ticks: 5 },
    yDomain: [0, most * 1.06],
    isLog: false,
    left: 62,
    reads: ({ title }, { x, y }) => `${title}\n${x} block${x === 1 ? '' : 's'}: ${bytes(y)}`,
  });
}

/** The least error that the chart shows: exact ones are drawn there. */
const floor = 1e-8;

/** The largest error of each block's rebuilt input, against how many blocks were undone until there. */
export function errorChart(plot: Plot, given: LineChart & { readonly depth: number }): PlotOptions {
  const lines = given.lines.map((line) => ({ ...line, points: line.points.map(({ x, y }) => ({ x, y: Math.max(floor, y) })) }));
  const all = lines.flatMap(({ points }) => points.map(({ y }) => y));
  const [low, high] = all.length === 0 ? [1e-7, 1e-4] : [Math.min(...all) / 2, Math.max(...all) * 2];
  return chart(
    plot,
    { ...given, lines },
    {
      x: {
        domain: [0.5, given.depth],
        ticks: [1, 2, 4, 8, 12, 16].filter((each) => each <= given.depth),
        tickFormat: 'd',
        label: 'blocks undone →',
      },
      y: {
        type: 'log',
        label: '↑ largest difference',
        tickFormat: (value: number) => scientific(value),
        ticks: 5,
      },
      yDomain: [low, high],
      isLog: true,
      left: 62,
      reads: ({ title }, { x, y }) => `${title}\nafter ${x} block${x === 1 ? '' : 's'} undone: ${y <= floor ? 'exact' : scientific(y)}`,
    },
  );
}
