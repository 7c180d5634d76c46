export { ConfigError } from './config-error.ts';
export { ExplainedError, type Explanation } from './explained-error.ts';
export { FileError } from './file-error.ts';
export { requireWhole } from './require-whole.ts';
export { ShapeError } from './shape-error.ts';
export { show } from './show.ts';
