export { type Backend, onBackends, withBackend } from './backends.ts';
export { expectClose, type Tolerance } from './close.ts';
export { answers, defined, definedLayer, definition, drawn, numbersOf, tensorOf } from './definition.ts';
export { below, expectGolden, type Golden, readGolden } from './golden.ts';
export { leaked } from './leaked.ts';
export { livelyLayers } from './lively.ts';
export { itLearns, itLeavesNothing, type Mechanism } from './mechanisms.ts';
export { poison } from './poison.ts';
export { leakedInSteps, type Trainable, trainTowards } from './training.ts';
