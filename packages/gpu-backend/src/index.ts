export { DeviceLostError } from './device/device-lost.ts';
export { PipelineError } from './device/pipelines.ts';
export type { Precision } from './device/precision.ts';
export { type NotRegistered, type RegisterOptions, type Registration, register } from './register.ts';
export type { TunedTiles, Tuning } from './tune.ts';
