import type { ByteSource } from '@longspan/core-tensor';
import { bytesBetween } from '../pretrained/told-files.ts';
import type { Refusal } from './refusal.ts';

/** The bytes from `begin` to before `end`, and never others. */
export async function exactBytes(source: ByteSource, begin: number, end: number, refuse: Refusal): Promise<Uint8Array> {
  if (begin === end) return new Uint8Array();
  const given = await bytesBetween(source, begin, end);
  // What a Buffer of Node calls a slice is a view: a plain array has none of that.
  const bytes = 'buffer' in given ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength) : new Uint8Array(given);
  if (bytes.length === end - begin) return bytes;
  throw refuse({
    problem: 'the source must give the bytes that it is asked for.',
    expected: `${end - begin} bytes, from ${begin} to ${end}`,
    got: `${bytes.length} bytes`,
    isDamaged: true,
  });
}
