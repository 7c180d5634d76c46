import * as Plot from '@observablehq/plot';
import { draw } from './draw.ts';
import { bytes, count, duration } from './wording.ts';

/** Lines over a common axis, as data; `linePlot` draws it. */
export interface LinePlot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly {
    readonly name: string;
    /** A reference (dense, a paper's numbers): drawn dashed. */
    readonly isReference?: true;
    /** With an interval where both ends are given. */
    readonly dots: readonly { readonly x: number; readonly y: number; readonly low?: number; readonly high?: number }[];
  }[];
  /** Heights that the lines are compared with, drawn from side to side. */
  readonly levels?: readonly { readonly name: string; readonly y: number }[];
  /** Where a reference could go no further, and why. */
  readonly end?: { readonly x: number; readonly label: string };
}

export interface Axis {
  readonly label: string;
  readonly scale: 'linear' | 'log';
  /** Tokens are powers of two: each that has a dot gets its tick. */
  readonly unit: 'count' | 'tokens' | 'seconds' | 'bytes' | 'number';
}

const units: Readonly<Record<Axis['unit'], (value: number) => string>> = {
  count,
  tokens: (value: number): string => (value >= 1024 ? `${value / 1024}k` : String(value)),
  seconds: duration,
  bytes,
  number: (value: number): string => String(Number(value.toPrecision(3))),
};

/** Told apart by their steps in lightness as well as by their hue. */
const colours = ['var(--longspan)', 'var(--dense)', 'var(--good)', 'var(--ink)', 'var(--bad)', 'var(--muted)'] as const;

interface Dot {
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
  readonly name: string;
}

/** A line with more dots than this is read as a curve. */
const mostDots = 40;

const frame = { width: 480, height: 300, marginLeft: 64, marginTop: 28, marginBottom: 40 } as const;
/** Pixels of a letter, about. */
const letterWidth = 7.3;
/** Pixels from one line's name to the next. */
const nameHeight = 14;

/** How many pixels each name moves, down if positive, so that lines which end close together do not write over each other. */
export function nameShifts(ends: readonly number[], [low, high]: readonly [number, number], scale: Axis['scale']): number[] {
  const along = (value: number): number => (scale === 'log' ? Math.log(value) : value);
  const span = along(high) - along(low);
  const bottom = frame.height - frame.marginTop - frame.marginBottom;
  const places = ends.map((end) => (span > 0 ? bottom * (1 - (along(end) - along(low)) / span) : bottom / 2));
  const order = places.map((_, at) => at).sort((a, b) => (places[a] as number) - (places[b] as number));
  const shifts = new Array<number>(ends.length).fill(0);
  let above = Number.NEGATIVE_INFINITY;
  for (const at of order) {
    const place = places[at] as number;
    const free = Math.max(place, above + nameHeight);
    shifts[at] = free - place;
    above = free;
  }
  // What ran out of the frame moves up as a whole.
  const over = Math.max(0, above - bottom);
  let below = Number.POSITIVE_INFINITY;
  for (const at of over > 0 ? order.toReversed() : []) {
    const place = places[at] as number;
    const free = Math.min(place + (shifts[at] as number), below - nameHeight, bottom);
    shifts[at] = free - place;
    below = free;
  }
  return shifts;
}

/** SVG text that needs no script; empty where there is nothing to draw. */
export function linePlot({ title, x, y, lines, levels = [], end }: LinePlot): string {
  const isShown = (dot: { x: number; y: number }): boolean => (x.scale === 'linear' || dot.x > 0) && (y.scale === 'linear' || dot.y > 0);
  const all = lines.map((line, at) => ({
    ...line,
    colour: colours[at % colours.length] as string,
    dots: line.dots.filter(isShown).map((dot): Dot => ({ ...dot, name: line.name })),
  }));
  const drawn = all.filter(({ dots }) => dots.length > 0);
  if (drawn.length === 0) return '';
  const inWords = units[y.unit];
  const lengths = [...new Set(drawn.flatMap(({ dots }) => dots.map((dot) => dot.x)))];
  // A logarithmic axis has more ticks than there is room for words.
  const isRound = (value: number): boolean => ['1', '2', '5'].includes(value.toExponential()[0] as string);
  const axis = ({ label, scale, unit }: Axis): Plot.ScaleOptions => ({
    type: scale,
    label,
    grid: true,
    tickFormat: (value: number) => (scale === 'linear' || unit === 'tokens' || isRound(value) ? units[unit](value) : ''),
    ticks: unit === 'tokens' ? lengths : 6,
  });
  const last = Math.max(...lengths);
  const ends = [
    ...drawn.map(({ dots, colour, name }) => ({ ...(dots.at(-1) as Dot), label: name, colour })),
    ...levels.map(({ name, y: height }) => ({ x: last, y: height, label: `${name} ${inWords(height)}`, colour: 'var(--muted)' })),
  ];
  const heights = [...drawn.flatMap(({ dots }) => dots.map((dot) => dot.y)), ...levels.map((level) => level.y)];
  const shifts = nameShifts(
    ends.map((each) => each.y),
    [Math.min(...heights), Math.max(...heights)],
    y.scale,
  );
  return draw({
    ...frame,
    marginRight: 20 + letterWidth * Math.max(...ends.map(({ label }) => label.length)),
    x: { ...axis(x), grid: false },
    y: axis(y),
    ariaLabel: title,
    ariaDescription: ends
      .map(({ label, x: at, y: height }, index) => (index < drawn.length ? `${label}: ${inWords(height)} at ${count(at)}` : label))
      .join('; '),
    marks: [
      ...(end === undefined
        ? []
        : [
            Plot.ruleX([end.x], { stroke: 'var(--muted)', strokeDasharray: '2,4' }),
            Plot.text([end], { x: 'x', frameAnchor: 'bottom', text: 'label', textAnchor: 'start', dx: 6, dy: -6, fill: 'var(--muted)' }),
          ]),
      Plot.ruleY(levels, { y: 'y', stroke: 'var(--muted)', strokeDasharray: '4,3' }),
      ...drawn.flatMap(({ dots, colour, isReference }) => [
        Plot.lineY(dots, { x: 'x', y: 'y', stroke: colour, strokeWidth: 2, ...(isReference === true ? { strokeDasharray: '5,4' } : {}) }),
        Plot.ruleX(
          dots.filter(({ low, high }) => low !== undefined && high !== undefined),
          { x: 'x', y1: 'low', y2: 'high', stroke: colour, strokeWidth: 5, strokeOpacity: 0.35 },
        ),
        Plot.dot(dots.length > mostDots ? [] : dots, {
          x: 'x',
          y: 'y',
          r: 3,
          fill: colour,
          title: (dot: Dot) => `${dot.name}: ${inWords(dot.y)} at ${units[x.unit](dot.x)}`,
        }),
      ]),
      ...ends.map((each, at) =>
        Plot.text([each], {
          x: 'x',
          y: 'y',
          text: 'label',
          fill: each.colour,
          stroke: 'var(--card)', // a rim, so that a name is read over another line
          strokeWidth: 4,
          textAnchor: 'start',
          dx: 8,
          dy: shifts[at] as number,
          fontWeight: 600,
        }),
      ),
    ],
  });
}
