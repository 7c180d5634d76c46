export { HeapFullError } from './heap-full.ts';
export type { Instructions } from './instructions.ts';
export { type RegisterOptions, type Registration, register } from './register.ts';
