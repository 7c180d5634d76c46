export type { Instructions } from './binary/instructions.ts';
export { HeapFullError } from './heap/heap-full.ts';
export { type RegisterOptions, type Registration, register } from './register.ts';
