import type { ByteSource } from '@longspan/core-tensor';
import { show } from '@longspan/core-tensor/error';
import { exactBytes } from './exact-bytes.ts';
import { isOfScript, otherForm } from './other-form.ts';
import type { Refusal } from './refusal.ts';

/** One file in a zip: its bytes stand in it as they are. */
export interface Member {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Its bytes from `begin` to before `end`. */
  read(begin: number, end: number): Promise<Uint8Array>;
}

const endLength = 22;
const locatorLength = 20;
const wideEndLength = 56;
const entryLength = 46;
const localLength = 30;
/** The longest that the directory may be, in bytes: a member has some hundred, and a checkpoint one for each tensor. */
const longestDirectory = 64 * 2 ** 20;
/** What a field of 32 or of 16 bits holds where a wider one stands elsewhere. */
const [wide32, wide16] = [0xffffffff, 0xffff];

/**
 * Opens a zip by its directory and reads no member. Only stored members are read, whose bytes are those of the zip, so that nothing is ever
 * larger than the file; any other is an error.
 * @source PKWARE's APPNOTE 6.3.10, §4.3 and §4.5.3 (zip64)
 */
export async function openZip(source: ByteSource, refuse: Refusal): Promise<ReadonlyMap<string, Member>> {
  const { begin, end, count } = await directoryOf(source, refuse);
  const bytes = await exactBytes(source, begin, end, refuse);
  const view = viewOf(bytes);
  const members = new Map<string, Member>();
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + entryLength > bytes.length || view.getUint32(at, true) !== 0x02014b50) throw damaged(refuse, `entry ${index} of ${count}`);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    const nameEnd = at + entryLength + nameLength;
    const next = nameEnd + extraLength + commentLength;
    if (next > bytes.length) throw damaged(refuse, `entry ${index} of ${count}`);
    const name = textOf(bytes.subarray(at + entryLength, nameEnd), refuse);
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const { packed, size, offset } = placeOf(view, at, nameEnd, nameEnd + extraLength, refuse);
    if (method !== 0 || (flags & 1) !== 0 || packed !== size) {
      throw refuse({
        problem: 'the members of the zip must be stored as they are.',
        expected: 'method 0, as torch.save writes them',
        got: `${show(name)} by method ${method}${(flags & 1) === 0 ? '' : ', encrypted'}, ${size} bytes in ${packed}`,
        form: isOfScript(name) ? 'script' : undefined,
      });
    }
    if (offset + localLength + nameLength + size > begin) throw damaged(refuse, `${show(name)} of ${size} bytes from ${offset} on`);
    if (members.has(name)) throw damaged(refuse, `${show(name)} twice`);
    members.set(name, memberOf(source, { name, size, offset, before: begin }, refuse));
    at = next;
  }
  return members;
}

/** Where the directory stands, and how many members it has. */
async function directoryOf(
  source: ByteSource,
  refuse: Refusal,
): Promise<{ readonly begin: number; readonly end: number; readonly count: number }> {
  const { size } = source;
  const tail = await exactBytes(source, Math.max(0, size - endLength - wide16), size, refuse);
  const view = viewOf(tail);
  const start = size - tail.length;
  let at = tail.length - endLength;
  // A comment may follow, whose length must lead to the end of the file.
  while (at >= 0 && !(view.getUint32(at, true) === 0x06054b50 && at + endLength + view.getUint16(at + 20, true) === tail.length)) at--;
  if (at < 0) {
    throw refuse({
      problem: 'the file must be a zip, as torch.save writes it since 1.6.',
      expected: 'the end of a zip in the last bytes',
      ...(await otherForm(source, refuse)),
    });
  }
  let [count, length, begin] = [view.getUint16(at + 10, true), view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
  if (count === wide16 || length === wide32 || begin === wide32) {
    const locator = at - locatorLength;
    if (locator < 0 || view.getUint32(locator, true) !== 0x07064b50) throw damaged(refuse, 'no zip64 directory');
    const wideAt = wholeNumber(view, locator + 8, refuse);
    if (wideAt + wideEndLength > start + locator) throw damaged(refuse, `a zip64 directory at ${wideAt}`);
    const wide = viewOf(await exactBytes(source, wideAt, wideAt + wideEndLength, refuse));
    if (wide.getUint32(0, true) !== 0x06064b50) throw damaged(refuse, `no zip64 directory at ${wideAt}`);
    [count, length, begin] = [wholeNumber(wide, 32, refuse), wholeNumber(wide, 40, refuse), wholeNumber(wide, 48, refuse)];
  }
  if (begin + length > start + at || count * entryLength > length)
    throw damaged(refuse, `${count} members in ${length} bytes from ${begin} on`);
  if (length > longestDirectory) throw damaged(refuse, `a directory of ${length} bytes`);
  return { begin, end: begin + length, count };
}

/** Sizes and place of a member: in its entry, or wider in the extra fields behind it, which hold those that do not fit, in order. */
function placeOf(
  view: DataView,
  entry: number,
  extra: number,
  end: number,
  refuse: Refusal,
): { readonly packed: number; readonly size: number; readonly offset: number } {
  let from = end;
  let until = end;
  for (let at = extra; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    [from, until] = [at + 4, Math.min(end, at + 4 + view.getUint16(at + 2, true))];
    break;
  }
  const number = (field: number): number => {
    const narrow = view.getUint32(entry + field, true);
    if (narrow !== wide32) return narrow;
    if (from + 8 > until) throw damaged(refuse, 'a member without its zip64 sizes');
    from += 8;
    return wholeNumber(view, from - 8, refuse);
  };
  const size = number(24);
  const packed = number(20);
  return { packed, size, offset: number(42) };
}

/** The header before a member's bytes says how long it is itself, and is read when the member is. */
function memberOf(
  source: ByteSource,
  { name, size, offset, before }: { readonly name: string; readonly size: number; readonly offset: number; readonly before: number },
  refuse: Refusal,
): Member {
  let start: number | undefined;
  return {
    name,
    size,
    read: async (begin, end) => {
      if (start === undefined) {
        const header = viewOf(await exactBytes(source, offset, offset + localLength, refuse));
        const found = offset + localLength + header.getUint16(26, true) + header.getUint16(28, true);
        if (header.getUint32(0, true) !== 0x04034b50 || found + size > before)
          throw damaged(refuse, `no member ${show(name)} at ${offset}`);
        start = found;
      }
      return exactBytes(source, start + begin, start + end, refuse);
    },
  };
}

function wholeNumber(view: DataView, at: number, refuse: Refusal): number {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value)) throw damaged(refuse, `a size of ${value} bytes`);
  return value;
}

function textOf(bytes: Uint8Array, refuse: Refusal): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw damaged(refuse, 'a name that is no UTF-8');
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView => new DataView(buffer, byteOffset, byteLength);

const damaged = (refuse: Refusal, got: string): Error =>
  refuse({
    problem: 'the directory of the zip must lead to its members.',
    expected: 'the end, the directory and the members of one zip, all within the file',
    got,
    isDamaged: true,
  });
