import * as Plot from '@observablehq/plot';
import { bytes, count, duration } from '../wording.ts';
import { draw } from './draw.ts';

/** Lines over a common axis, as data; `linePlot` draws it. */
export interface LinePlot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly {
    readonly name: string;
    /** A reference (dense, a paper's numbers): drawn dashed. */
    readonly isReference?: true;
    readonly dots: readonly { readonly x: number; readonly y: number }[];
  }[];
}

export interface Axis {
  readonly label: string;
  readonly scale: 'linear' | 'log';
  readonly unit: 'count' | 'seconds' | 'bytes' | 'number';
}

const units: Readonly<Record<Axis['unit'], (value: number) => string>> = {
  count,
  seconds: duration,
  bytes,
  number: (value: number): string => String(Number(value.toPrecision(3))),
};

/** Told apart by their steps in lightness as well as by their hue. */
const colours = ['var(--longspan)', 'var(--dense)', 'var(--good)', 'var(--ink)', 'var(--bad)', 'var(--muted)'] as const;

interface Dot {
  readonly x: number;
  readonly y: number;
  readonly name: string;
}

/** SVG text that needs no script; empty where there is nothing to draw. */
export function linePlot({ title, x, y, lines }: LinePlot): string {
  const isShown = (dot: { x: number; y: number }): boolean => (x.scale === 'linear' || dot.x > 0) && (y.scale === 'linear' || dot.y > 0);
  const all = lines.map((line, at) => ({
    ...line,
    colour: colours[at % colours.length] as string,
    dots: line.dots.filter(isShown).map((dot): Dot => ({ ...dot, name: line.name })),
  }));
  const drawn = all.filter(({ dots }) => dots.length > 0);
  if (drawn.length === 0) return '';
  const inWords = units[y.unit];
  const axis = ({ label, scale, unit }: Axis): Plot.ScaleOptions => ({ type: scale, label, grid: true, tickFormat: units[unit], ticks: 6 });
  return draw({
    width: 480,
    height: 300,
    marginLeft: 64,
    marginRight: 120,
    marginTop: 28,
    marginBottom: 40,
    x: { ...axis(x), grid: false },
    y: axis(y),
    ariaLabel: title,
    ariaDescription: drawn.map(({ name, dots }) => `${name}: ${inWords((dots.at(-1) as Dot).y)} at the end`).join('; '),
    marks: drawn.flatMap(({ dots, colour, isReference, name }) => [
      Plot.lineY(dots, { x: 'x', y: 'y', stroke: colour, strokeWidth: 2, ...(isReference === true ? { strokeDasharray: '5,4' } : {}) }),
      Plot.dot(dots, {
        x: 'x',
        y: 'y',
        r: 3,
        fill: colour,
        title: (dot: Dot) => `${dot.name}: ${inWords(dot.y)} at ${units[x.unit](dot.x)}`,
      }),
      Plot.text(dots.slice(-1), { x: 'x', y: 'y', text: () => name, fill: colour, textAnchor: 'start', dx: 8, fontWeight: 600 }),
    ]),
  });
}
