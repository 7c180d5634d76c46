import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readSafetensors, type SafetensorsFile, type SafetensorsTensor, writeSafetensors } from '../src/safetensors/index.ts';

const folder = fileURLToPath(new URL('../../../tooling/golden', import.meta.url));
const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.safetensors'))
  .map((path) => path.replaceAll('\\', '/'))
  .sort();
/** Written by the reference implementation; the other files' generator had a writer of its own, which orders tensors by name alone. */
const referencePaths = paths.filter((path) => path.startsWith('encoders/') || /^checkpoints\/.*\/model.*\.safetensors$/.test(path));

const bytesAt = (path: string): Uint8Array => new Uint8Array(readFileSync(join(folder, path)));

/** Each entry with its values decoded is a tensor to write. */
const rewritten = ({ metadata, tensors }: SafetensorsFile): Uint8Array =>
  writeSafetensors({
    tensors: new Map([...tensors].map(([name, entry]) => [name, { ...entry, values: entry.values() } as SafetensorsTensor])),
    metadata,
  });

it('there are golden files, some of them written by the reference implementation', () => {
  expect(paths.length).toBeGreaterThan(290);
  expect(referencePaths.length).toBeGreaterThan(50);
});

it.each(paths)('%s is read, is covered by its tensors, and is the same once written and read again', (path) => {
  const bytes = bytesAt(path);
  const file = readSafetensors(bytes);
  const again = readSafetensors(rewritten(file));
  expect(again.metadata).toEqual(file.metadata);
  expect([...again.tensors.keys()].sort()).toEqual([...file.tensors.keys()].sort());
  let covered = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  for (const [name, { dtype, shape, values }] of file.tensors) {
    const decoded = values();
    expect(['F32', 'I32', 'I64']).toContain(dtype);
    expect(decoded.length).toBe(shape.reduce((count, size) => count * size, 1));
    covered += decoded.byteLength;
    const other = again.tensors.get(name);
    expect([other?.dtype, other?.shape]).toEqual([dtype, shape]);
    expect(Buffer.compare(byteView(other?.values() as ArrayBufferView), byteView(decoded))).toBe(0);
  }
  expect(covered).toBe(bytes.length);
});

it.each(referencePaths)('%s is written as the reference implementation wrote it, byte for byte', (path) => {
  const bytes = bytesAt(path);
  expect(Buffer.compare(rewritten(readSafetensors(bytes)), bytes)).toBe(0);
});

function byteView({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
