import { signal } from '@preact/signals';
import { choice, integer, number, text } from '../../state/field.ts';
import { urlState } from '../../state/url-state.ts';
import { presets } from './presets.ts';

/** The lengths that the slider offers, tokens. */
export const lengths = Array.from({ length: 13 }, (_, at) => 16 * 2 ** at);

/** What the picture shows: the pattern, another one beside it, what the two differ in, or how far information comes through several layers. */
export const shows = ['pattern', 'beside', 'difference', 'reach'] as const;
export type Show = (typeof shows)[number];

export const pattern = urlState('pattern', {
  mask: text((presets[0] as (typeof presets)[number]).expression),
  /** A second pattern beside the first; empty for none. */
  other: text(''),
  n: integer(4096, { from: 16, to: 65_536 }),
  show: choice('pattern', shows),
  head: integer(0, { from: 0, to: 65_535 }),
  heads: integer(8, { from: 1, to: 256 }),
  headDim: integer(64, { from: 1, to: 512 }),
  layers: integer(4, { from: 1, to: 48 }),
  layer: integer(4, { from: 1, to: 48 }),
  /** Whose spreading is shown where the heads differ: of all together, or of `head` alone. */
  spreads: choice('all', ['all', 'head']),
  /** From where one looks, in masks over images and named parts. */
  query: integer(65_535, { from: 0, to: 65_535 }),
  /** Where the picture stands: its middle, as shares of the square, and how many times the whole square it is enlarged. */
  x: number(0.5, { from: -1, to: 2 }),
  y: number(0.5, { from: -1, to: 2 }),
  zoom: number(1, { from: 0.25, to: 65_536 }),
});

/** The pattern that was last shown in this visit: other views can take it over. */
export const lastShown = signal<{ readonly mask: string; readonly length: number } | undefined>(undefined);
