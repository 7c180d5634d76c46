import type { AttentionCall } from '@longspan/core-tensor/kernel';
import { kept } from '../../device/kept.ts';
import { precisionOf } from '../../device/precision.ts';
import { cutOf, type TileChoice, type Tiles, tileChoices, tilesOf, workgroupBytes } from './tile.ts';

/** The choice that was the fastest for calls of a shape, and the milliseconds of the program that was timed. */
export interface Tuned {
  readonly choice: TileChoice;
  readonly milliseconds: number;
}

/** By what the adapter says of itself: another device of the same card, after a loss say, needs no second search. */
const best = new Map<string, Map<string, Tuned>>();

/** The choice that is being timed on a device, and the shapes that were called meanwhile. */
const trials = new WeakMap<GPUDevice, { readonly choice: TileChoice; readonly shapes: Set<string> }>();

type Shape = Pick<AttentionCall, 'sizes' | 'layout' | 'terms'>;

const adapterOf = ({ adapterInfo }: GPUDevice): string => {
  const { vendor = '', architecture = '', device = '', description = '' } = adapterInfo ?? {};
  return [vendor, architecture, device, description].join('/');
};

const shapeOf = (device: GPUDevice, { sizes, layout }: Shape): string =>
  [layout.blockSize, sizes.headDim, sizes.valueDim, precisionOf(device)].join('/');

/** What `tune` found for calls of that shape. */
export const tunedFor = (device: GPUDevice, call: Shape): Tuned | undefined => best.get(adapterOf(device))?.get(shapeOf(device, call));

/** The tiles of a call: of the choice that is being tried, else of the one that `tune` found, else of the first. */
export function tilesFor(device: GPUDevice, call: Shape): Tiles {
  const trial = trials.get(device);
  trial?.shapes.add(shapeOf(device, call));
  const of = (choice: TileChoice): Tiles => tilesOf(cutOf(device.limits, call, precisionOf(device), choice), call.sizes);
  const chosen = trial?.choice ?? tunedFor(device, call)?.choice ?? tileChoices[0];
  return fits(device, of(chosen)) ? of(chosen) : of(tileChoices[0]);
}

const fits = ({ limits }: GPUDevice, tiles: Tiles): boolean =>
  Object.values(tiles).every((tile) => workgroupBytes(tile) <= limits.maxComputeWorkgroupStorageSize);

/** Runs with one choice. @returns the shapes that were called */
export function withChoice(device: GPUDevice, choice: TileChoice, run: () => void): ReadonlySet<string> {
  const shapes = new Set<string>();
  trials.set(device, { choice, shapes });
  try {
    run();
    return shapes;
  } finally {
    trials.delete(device);
  }
}

/** Takes that choice for calls of those shapes from now on, on every device of the adapter. */
export function remember(device: GPUDevice, shapes: Iterable<string>, tuned: Tuned): void {
  const ofAdapter = kept(best, adapterOf(device), () => new Map<string, Tuned>());
  for (const shape of shapes) ofAdapter.set(shape, tuned);
}
