export { onBackends, withBackend } from './backends.ts';
export { expectClose, type Tolerance } from './close.ts';
export { leaked } from './leaked.ts';
export { poison } from './poison.ts';
