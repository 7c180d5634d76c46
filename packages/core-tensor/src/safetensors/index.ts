export type { SafetensorsDtype } from './dtype.ts';
export { type ByteSource, type OpenedEntry, type OpenedSafetensors, openSafetensors } from './open.ts';
export { readSafetensors, type SafetensorsEntry, type SafetensorsFile } from './read.ts';
export { openShards } from './shards.ts';
export { type LaterTensor, type StreamedSafetensors, streamSafetensors } from './stream.ts';
export { toTensor } from './to-tensor.ts';
export { type SafetensorsContent, type SafetensorsTensor, writeSafetensors } from './write.ts';
