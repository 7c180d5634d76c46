export { type Progress, startProgress } from './progress.ts';
export { bytes, count, digits, duration } from './wording.ts';
