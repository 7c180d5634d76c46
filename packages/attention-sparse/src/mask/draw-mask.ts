import { ConfigError, requireCountOfNumbers, requireInteger, requireKnown, show } from '@longspan/core-tensor/error';
import { type Extent, resolveExtent, type Selection, type Span } from '@longspan/core-tensor/layout';
import type { Mask } from './algebra/mask.ts';
import { requireMask } from './algebra/require-mask.ts';
import { visibleFraction } from './visible-fraction.ts';

export interface DrawMaskOptions extends Extent, Selection {
  /** The most rows and columns; 64 by default. */
  readonly size?: number | undefined;
  /** The queries to draw, as indices; all by default. */
  readonly queries?: Span | undefined;
  /** The keys to draw; all by default. */
  readonly keys?: Span | undefined;
}

/** From nothing to everything. The first and the last promise it; those between grow with the share of visible pairs. */
const ink = ['·', '░', '▒', '▓', '█'] as const;

/** A thin line in a large rectangle is drawn as strongly as its share of a side, not of the area: a window stays visible. */
const shade = (share: number): string => {
  if (share === 0 || share === 1) return ink[share * 4] as string;
  return ink[1 + Math.min(2, Math.floor(Math.sqrt(share) * 3))] as string;
};

/**
 * Draws the mask as text, a row per query and a column per key: █ visible, · not. Long sequences are drawn in equal rectangles,
 * shaded by how many of their pairs are visible.
 * @param extent the number of tokens, or queryLength, keyLength, queryOffset and: `size`, the most rows and columns (64); `queries` and
 *   `keys`, the part to draw; the head and batch row of a mask that differs along them (0)
 * @throws ConfigError when a length, the offset, the size or a range does not fit
 * @cost O(size² · 1,024) time at most
 * @example
 * drawMask(causal(), 3); // => '█··\n██·\n███'
 * drawMask(slidingWindow({ left: 300, right: 0 }), { queryLength: 65536, size: 4 }); // => '░···\n░░··\n·░░·\n··░░'
 */
export function drawMask(mask: Mask, extent: number | DrawMaskOptions): string {
  return cellsOf('drawMask', mask, extent, 64)
    .shares.map((row) => row.map(shade).join(''))
    .join('\n');
}

/**
 * Draws the mask as an SVG of squares, each as dark as its share of visible pairs. The text is plain SVG 1.1 without scripts.
 * @param extent as for `drawMask`; `size` is 128 by default
 * @param options.cell pixels along each side of a square; 4 by default
 * @throws as `drawMask`
 * @cost O(size² · 1,024) time at most
 * @example
 * drawMaskSvg(causal(), 2).includes('<rect x="0" y="4" width="8" height="4"'); // => true
 */
export function drawMaskSvg(mask: Mask, extent: number | DrawMaskOptions, options: { readonly cell?: number | undefined } = {}): string {
  requireKnown('drawMaskSvg', options, { cell: true });
  const { cell = 4 } = options;
  requireInteger('drawMaskSvg', { cell }, 1);
  const { shares } = cellsOf('drawMaskSvg', mask, extent, 128);
  const [height, width] = [shares.length * cell, (shares[0]?.length ?? 0) * cell];
  const boxes = shares.flatMap((row, at) =>
    runs(row).map(({ share, start, end }) => {
      const opacity = share === 1 ? '' : ` fill-opacity="${Number((0.15 + 0.85 * Math.sqrt(share)).toFixed(2))}"`;
      return `<rect x="${start * cell}" y="${at * cell}" width="${(end - start) * cell}" height="${cell}"${opacity}/>`;
    }),
  );
  const title = mask.name.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`;
  return `${head}<title>${title}</title><rect width="${width}" height="${height}" fill="#f4f4f0"/><g fill="#1f3a5f">${boxes.join('')}</g></svg>`;
}

/** Neighbours of one share, as one box each; what shows nothing is left out. */
function runs(row: readonly number[]): readonly (Span & { readonly share: number })[] {
  const found: { share: number; start: number; end: number }[] = [];
  row.forEach((share, at) => {
    const last = found.at(-1);
    if (last !== undefined && last.end === at && last.share === share) last.end = at + 1;
    else if (share > 0) found.push({ share, start: at, end: at + 1 });
  });
  return found;
}

function cellsOf(
  caller: string,
  mask: Mask,
  extent: number | DrawMaskOptions,
  most: number,
): { readonly shares: readonly (readonly number[])[]; readonly step: number } {
  requireMask(caller, 'mask', mask);
  const options: DrawMaskOptions = typeof extent === 'number' ? { queryLength: extent } : extent;
  requireKnown(caller, options, {
    queryLength: true,
    keyLength: true,
    queryOffset: true,
    size: true,
    queries: true,
    keys: true,
    head: true,
    batch: true,
  });
  const { queryLength, keyLength, queryOffset } = resolveExtent(caller, options);
  const { size = most, head = 0, batch = 0 } = options;
  requireInteger(caller, { size }, 1);
  requireCountOfNumbers(caller, [Math.min(size, queryLength), Math.min(size, keyLength)]);
  requireInteger(caller, { head, batch }, 0);
  const queries = within(caller, 'queries', options.queries, queryLength);
  const keys = within(caller, 'keys', options.keys, keyLength);
  const one = mask.select({ head, batch });
  const step = Math.ceil(Math.max(queries.end - queries.start, keys.end - keys.start) / size);
  const columns = steps(keys, step);
  const shares = steps({ start: queries.start + queryOffset, end: queries.end + queryOffset }, step).map((row) =>
    columns.map((column) => visibleFraction(one, row, column)),
  );
  return { shares, step };
}

function within(caller: string, name: string, span: Span | undefined, length: number): Span {
  if (span !== undefined) requireKnown(`${caller} ${name}`, span, { start: true, end: true });
  const { start, end } = span ?? { start: 0, end: length };
  if (Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start < end && end <= length) return { start, end };
  throw new ConfigError({
    caller,
    problem: `${name} must be a range within the sequence.`,
    expected: `{ start, end } with 0 ≤ start < end ≤ ${length}`,
    got: show({ start, end }),
    remedy: `leave ${name} out to draw all of them.`,
  });
}

const steps = ({ start, end }: Span, step: number): readonly Span[] =>
  Array.from({ length: Math.ceil((end - start) / step) }, (_, at) => ({
    start: start + at * step,
    end: Math.min(end, start + (at + 1) * step),
  }));
