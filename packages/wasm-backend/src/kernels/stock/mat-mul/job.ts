import type { PackedKind } from '@longspan/core-tensor/kernel';
import type { KernelExports } from '../../../binary/load.ts';
import { floatBits, type Job } from '../../../runtime/runtime.ts';
import type { Product } from './product.ts';
import type { Spread } from './spread.ts';

/** A tensor in the heap and how it is laid over out. */
export interface SpreadTensor extends Spread {
  readonly pointer: number;
}

/** Everything that the kernel has to know; addresses in bytes, steps and offsets in elements. */
export interface MatMul {
  readonly product: Product;
  readonly a: number;
  readonly b: number;
  readonly out: number;
  /** As numbered in activation.ts. */
  readonly activation: number;
  readonly bias: SpreadTensor | undefined;
  readonly slopes: SpreadTensor | undefined;
  /** The slope of leaky relu. */
  readonly slope: number;
  /** What b is stored as; float32 by default. */
  readonly packed?: PackedOperand | undefined;
}

/** A b that is widened while it is packed. Its steps in the product count its own numbers. */
export interface PackedOperand {
  readonly kind: PackedKind;
  /** Of int8: where the scales lie, and from one to the next along the axes of b, in elements. */
  readonly scales?: { readonly pointer: number; readonly depthStep: number; readonly columnStep: number } | undefined;
}

/** As numbered in assembly/mat-mul/widen.ts, and the bytes of a number. */
const forms = { float32: { number: 0, bytes: 4 }, float16: { number: 1, bytes: 2 }, int8: { number: 2, bytes: 1 } } as const;

const tile = { rows: 4, tallRows: 6, columns: 8 };

/** A block of a multiple of so many rows has room for its panels, which are of 4 rows or of 6 and filled up with zeros. */
const rowsOfWholePanels = 12;

// A panel of b, 8 columns, takes 12 KiB of the level-1 cache; a block of a 198 KiB of the level-2 cache.
const largest = { depth: 384, rows: 132, columns: 1024 };

/** Of a product in halves (assembly/mat-mul/halves.ts), whose panels take 1 byte a number of b, and a few for each column. */
const ofHalves = { depth: 1024, columns: 1536, bytesPerColumn: 8 };

// Two and not one, to even out what differs between threads.
const itemsPerThread = 2;

const roundedUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** The extent of each of the fewest equal parts that are not above the limit; at least one unit. */
const evenly = (extent: number, limit: number, unit: number): number =>
  roundedUp(extent / Math.ceil(Math.max(extent, 1) / limit), unit) || unit;

const absent: SpreadTensor = { pointer: 0, rowStep: 0, columnStep: 0, offsets: [] };

/**
 * The job of computing a batch of products. Its fields are those of assembly/mat-mul/job.ts, in that order.
 * @param threads among which it is shared; results are the same for any number
 */
export function matMulJob(kernels: KernelExports, call: MatMul, threads = 1): Job {
  const { product, a, b, out, activation, bias = absent, slopes = absent, slope, packed } = call;
  const { rows, columns, depth, aOffsets, bOffsets } = product;
  const inHalves = isInHalves(kernels, call);
  const columnsPerItem = evenly(columns, inHalves ? ofHalves.columns : largest.columns, tile.columns);
  const across = aOffsets.length * Math.ceil(columns / columnsPerItem);
  // Each item packs b again: so rows are cut only where there are too few items without that.
  const down = threads === 1 ? 1 : Math.ceil((itemsPerThread * threads) / across);
  const rowsPerItem = evenly(rows, Math.ceil(Math.max(rows, 1) / down), tile.rows);
  const rowsPerBlock = evenly(rows, largest.rows, rowsOfWholePanels);
  const depthPerBlock = evenly(depth, inHalves ? ofHalves.depth : largest.depth, 4);
  const bytesOfPanels = columnsPerItem * (inHalves ? depthPerBlock + ofHalves.bytesPerColumn : 4 * depthPerBlock);
  const form = forms[packed?.kind ?? 'float32'];
  const scales = packed?.scales ?? { pointer: 0, depthStep: 0, columnStep: 0 };
  const offsets = aOffsets.flatMap((offset, at) => [offset, bOffsets[at] ?? 0, bias.offsets[at] ?? 0, slopes.offsets[at] ?? 0]);
  return {
    kernel: kernels.matMul,
    items: aOffsets.length * Math.ceil(rows / rowsPerItem) * Math.ceil(columns / columnsPerItem),
    scratchBytes: 4 * (tile.tallRows * tile.columns + depthPerBlock * rowsPerBlock) + bytesOfPanels,
    fields: [
      ...[a, b, out],
      ...[rows, columns, depth],
      ...[product.aRowStep, product.aDepthStep].map(inBytes),
      ...[product.bDepthStep, product.bColumnStep].map((step) => form.bytes * step),
      ...[rowsPerItem, columnsPerItem, rowsPerBlock, depthPerBlock],
      ...[bias.pointer, inBytes(bias.rowStep), inBytes(bias.columnStep)],
      activation,
      ...[slopes.pointer, inBytes(slopes.rowStep), inBytes(slopes.columnStep)],
      floatBits(slope),
      ...[form.number, scales.pointer, inBytes(scales.depthStep), inBytes(scales.columnStep)],
      Number(inHalves),
      ...offsets.map(inBytes),
    ],
  };
}

/** Whether it is a linear map by a weight in int8, with a scale for each column, on a machine for which numbers of x in halves are fastest. */
function isInHalves(kernels: KernelExports, { product, packed }: MatMul): boolean {
  const isLinear =
    product.aDepthStep === 1 && product.bDepthStep === 1 && packed?.scales?.depthStep === 0 && packed.scales.columnStep === 1;
  return packed?.kind === 'int8' && isLinear && product.depth >= 4 && hasWideDots(kernels);
}

/**
 * Whether the machine adds four products of bytes in one instruction. Else engines on x64 add them two by two in 16 bits, which a product
 * above the 7 bits that relaxed SIMD promises runs over; that takes three instructions, and widening the numbers is faster.
 */
function hasWideDots({ fourProducts }: KernelExports): boolean {
  const isRight = fourProducts(-127, 127) === -4 * 127 * 127; // the first compiler of V8 11.3 (Node 20, behind a flag) adds them twice
  return isRight && fourProducts(127, 255) !== 2 * 32_767;
}

const inBytes = (elements: number): number => 4 * elements;
