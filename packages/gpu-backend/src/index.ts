export { DeviceLostError } from './device/device-lost.ts';
export { PipelineError } from './device/pipelines.ts';
export { type NotRegistered, type RegisterOptions, type Registration, register } from './register.ts';
