import type { ByteSource } from '@longspan/core-tensor';
import { exactBytes } from './exact-bytes.ts';
import type { OtherForm, Refusal } from './refusal.ts';

/** What a file is that is no whole zip. */
interface Found {
  readonly got: string;
  readonly isDamaged?: boolean;
  readonly form?: OtherForm;
}

/** The pickle of 0x1950a86a20f9469cfc6c, with which torch.save began before 1.6. */
const older = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/** `ustar` in the header of a tar. */
const ustar = { at: 257, bytes: [0x75, 0x73, 0x74, 0x61, 0x72] } as const;

/** Says what a file is, by its first bytes. */
export async function otherForm(source: ByteSource, refuse: Refusal): Promise<Found> {
  if (source.size === 0) return { got: 'an empty file', isDamaged: true };
  const head = await exactBytes(source, 0, Math.min(source.size, 512), refuse);
  const has = (bytes: readonly number[], at = 0): boolean => bytes.every((byte, index) => head[at + index] === byte);
  if (has(older)) return { got: 'the older form of torch.save, from before 1.6' };
  if (has(ustar.bytes, ustar.at)) return { got: 'a tar, the first form of torch.save', form: 'tar' };
  if (has([0x80]) && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5) return { got: 'a bare pickle', form: 'pickle' };
  if (has([0x50, 0x4b, 3, 4])) return { got: 'a zip without its end: it was cut off', isDamaged: true };
  return { got: 'other bytes: a file that was cut off, a web page or a pointer of Git LFS', isDamaged: true };
}

/** Whether a member of a zip is of a program in TorchScript, which torch.jit.save writes beside the weights. */
export const isOfScript = (member: string): boolean => /^[^/]+[/](?:code[/]|constants[.]pkl$)/.test(member);
