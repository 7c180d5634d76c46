export { type BlockLayout, type BlockLists, blockCount } from './block-layout.ts';
export { transposed } from './block-lists.ts';
export { type Cover, coverOfRange, modulo, periodic } from './cover.ts';
export { type Coverage, everySelection, type Selection, sharedCoverage } from './coverage.ts';
export { createLayout, type LayoutOptions, layoutOf } from './create-layout.ts';
export { type Extent, type ResolvedExtent, resolveExtent } from './extent.ts';
export { layoutBytes } from './layout-cache.ts';
export { type ListedPair, listedPairs } from './listed-pairs.ts';
export type { Span } from './span.ts';
