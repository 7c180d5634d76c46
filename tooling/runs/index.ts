export { memoryStore } from './memory-store.ts';
export { wholeRun } from './whole-run.ts';
