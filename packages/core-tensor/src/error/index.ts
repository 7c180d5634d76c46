export { ConfigError } from './config-error.ts';
export { ExplainedError, type Explanation } from './explained-error.ts';
export { FileError } from './file-error.ts';
export { requireHeads } from './require-heads.ts';
export { requireInteger } from './require-integer.ts';
export { requireKeyHeads } from './require-key-heads.ts';
export { ShapeError } from './shape-error.ts';
export { show } from './show.ts';
