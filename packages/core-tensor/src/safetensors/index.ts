export type { SafetensorsDtype } from './dtype.ts';
export { readSafetensors, type SafetensorsEntry, type SafetensorsFile } from './read.ts';
export { toTensor } from './to-tensor.ts';
export { type SafetensorsContent, type SafetensorsTensor, writeSafetensors } from './write.ts';
