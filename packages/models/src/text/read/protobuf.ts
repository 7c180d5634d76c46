import { FileError } from '@longspan/core-tensor/error';

/** A field of a message: its number with what it holds. */
export type Field =
  | { readonly number: number; readonly kind: 'integer'; readonly value: number }
  | { readonly number: number; readonly kind: 'float'; readonly value: number }
  | { readonly number: number; readonly kind: 'bytes'; readonly value: Uint8Array };

/**
 * The fields of a message in protobuf's wire format, as data: a length that leads out of the bytes, a kind that is not known and a number of more
 * than 64 bits are errors.
 * @source protobuf.dev/programming-guides/encoding
 */
export function* fieldsIn(bytes: Uint8Array): Iterable<Field> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const integer = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[at];
      if (byte === undefined) throw damaged(`a number that does not end, at byte ${at}`);
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw damaged(`a number of more than 64 bits, at byte ${at}`);
  };
  const take = (count: number): number => {
    if (count > bytes.length - at) throw damaged(`${count} bytes at byte ${at} of ${bytes.length}`);
    const begin = at;
    at += count;
    return begin;
  };
  while (at < bytes.length) {
    const tag = integer();
    const [number, wire] = [Math.floor(tag / 8), tag % 8];
    if (number === 0) throw damaged(`a field without a number, at byte ${at}`);
    if (wire === 0) yield { number, kind: 'integer', value: integer() };
    else if (wire === 1) take(8);
    else if (wire === 2) {
      const length = integer();
      const begin = take(length);
      yield { number, kind: 'bytes', value: bytes.subarray(begin, begin + length) };
    } else if (wire === 5) yield { number, kind: 'float', value: view.getFloat32(take(4), true) };
    else throw damaged(`a field of kind ${wire}, at byte ${at}`);
  }
}

const damaged = (got: string): FileError =>
  new FileError({
    caller: 'readTokenizer',
    problem: 'the sentencepiece model must be whole.',
    expected: 'a message of protobuf, as sentencepiece writes it',
    got,
    remedy: 'take the file from its source again; a pointer of Git LFS is not the file.',
  });
