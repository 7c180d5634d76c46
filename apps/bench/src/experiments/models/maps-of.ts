import type { EncoderSize } from './input.ts';

/** A linear map of a layer. */
export interface LinearMap {
  readonly width: number;
  readonly out: number;
}

/** The products of an encoder's layer, each shape alone and all of them, by what the report calls them. */
export function mapsOf({ width, innerWidth }: Pick<EncoderSize, 'width' | 'innerWidth'>): Readonly<Record<string, readonly LinearMap[]>> {
  const [projection, inner, outer] = [
    { width, out: width },
    { width, out: innerWidth },
    { width: innerWidth, out: width },
  ];
  return {
    [`${width} to ${width}`]: [projection],
    [`${width} to ${innerWidth}`]: [inner],
    [`${innerWidth} to ${width}`]: [outer],
    [wholeLayer]: [projection, projection, projection, projection, inner, outer],
  };
}

export const wholeLayer = 'all of a layer';
