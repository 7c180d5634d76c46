export { completeGroups, type Groups, groupsAt, groupsOf } from './groups.ts';
export { type HourglassConfig, type HourglassLanguageModelConfig, hourglass, hourglassLanguageModel } from './hourglass.ts';
export type { Lengthening, Shortening } from './hourglass-body.ts';
export { type GroupedInputs, type LinearPoolingConfig, linearPooling, maxPooling, meanPooling } from './pooling.ts';
export { shiftRight } from './shift.ts';
export { linearUpsampling, repeatUpsampling } from './upsampling.ts';
