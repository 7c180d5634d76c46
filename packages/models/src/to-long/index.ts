export { type LongModel, type ShortModel, type ToLongOptions, toLong } from './to-long.ts';
