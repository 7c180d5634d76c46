import type { PlotOptions } from '@observablehq/plot';
import { seriesInk } from '../../chart/series-inks.ts';
import { spread } from '../../chart/spread.ts';
import { milliseconds } from '../../controls/wording.ts';
import { racerOf } from './racers.ts';
import type { Standing } from './run-race.ts';

type Plot = typeof import('@observablehq/plot');

export interface RaceChart {
  readonly standings: readonly Standing[];
  readonly lengths: readonly number[];
  readonly width: number;
  readonly isDark: boolean;
}

const symbols = ['circle', 'square', 'triangle'] as const;

/** The mark of a racer, by its place among those that run: a colour, and beyond six another shape. */
export const markOf = (at: number, isDark: boolean) => {
  return { ink: seriesInk(at, isDark), symbol: symbols[Math.floor(at / 6) % symbols.length] as (typeof symbols)[number] };
};

const sides = { top: 28, bottom: 40, left: 58 };

/** Time per call against length, both in powers: a straight line is a power of n, and its slope the exponent. */
export function raceChart(plot: Plot, { standings, lengths, width, isDark }: RaceChart): PlotOptions {
  const height = Math.round(Math.min(460, Math.max(300, width * 0.6)));
  const right = width < 480 ? 78 : 150;
  const rows = standings.flatMap(({ id, points }, at) =>
    points.map(({ length, value, rounds }) => ({ id, title: racerOf(id).title, length, value, rounds, ...markOf(at, isDark) })),
  );
  const values = rows.map(({ value }) => value);
  const [low, high] = values.length === 0 ? [0.1, 100] : [Math.min(...values) / 1.5, Math.max(...values) * 1.5];
  const from = lengths[0] as number;
  const reached = Math.max(from * 4, ...rows.map(({ length }) => length));
  const isNarrow = width < 480;
  const inner = height - sides.top - sides.bottom;
  const toPixels = (value: number): number => inner * (1 - Math.log(value / low) / Math.log(high / low));
  const ends = standings.flatMap(({ id, points }, at) => {
    const last = points.at(-1);
    if (last === undefined) return [];
    const { title, short } = racerOf(id);
    return [{ title: isNarrow ? short : title, length: last.length, top: toPixels(last.value), ...markOf(at, isDark) }];
  });
  // Lines that end at the same length have their names above each other.
  const labels = [...new Set(ends.map(({ length }) => length))].flatMap((length) => {
    const here = ends.filter((end) => end.length === length);
    const tops = spread(
      here.map(({ top }) => top),
      15,
      { from: 4, to: inner - 4 },
    );
    return here.map((end, at) => ({ ...end, label: low * (high / low) ** (1 - (tops[at] as number) / inner) }));
  });
  return {
    width,
    height,
    marginTop: sides.top,
    marginBottom: sides.bottom,
    marginLeft: sides.left,
    marginRight: right,
    x: {
      type: 'log',
      base: 2,
      domain: [from, reached],
      ticks: ticksOf(from, reached, width),
      tickFormat: lengthLabel,
      label: 'n, tokens →',
      grid: true,
    },
    y: {
      type: 'log',
      domain: [low, high],
      label: '↑ time per call',
      tickFormat: (value: number) => milliseconds(value),
      ticks: 5,
      grid: true,
    },
    marks: [
      plot.line(rows, { x: 'length', y: 'value', z: 'id', stroke: 'ink', strokeWidth: 2 }),
      plot.dot(rows, { x: 'length', y: 'value', fill: 'ink', symbol: 'symbol', r: 3.5 }),
      plot.text(labels, {
        x: 'length',
        y: 'label',
        text: 'title',
        fill: 'ink',
        stroke: isDark ? '#18212b' : '#ffffff',
        strokeWidth: 4,
        textAnchor: 'start',
        dx: 10,
        fontWeight: 600,
      }),
      plot.tip(
        rows,
        plot.pointer({
          x: 'length',
          y: 'value',
          title: ({ title, length, value, rounds }: (typeof rows)[number]) =>
            `${title}\n${length.toLocaleString('en')} tokens: ${milliseconds(value)}\nfastest of ${rounds}`,
          fill: isDark ? '#202c38' : '#ffffff',
        }),
      ),
    ],
  };
}

const lengthLabel = (length: number): string => (length < 1024 ? String(length) : `${length / 1024}k`);

function ticksOf(from: number, to: number, width: number): number[] {
  const all = Array.from({ length: Math.round(Math.log2(to / from)) + 1 }, (_, at) => from * 2 ** at);
  return width < 480 && all.length > 6 ? all.filter((_, at) => at % 2 === 0) : all;
}
