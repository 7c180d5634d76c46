/** A file of that header and that many bytes 0, 1, 2 … of data. */
export function fileOf(header: string | Uint8Array, data = 0): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + data);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  for (let i = 0; i < data; i++) file[8 + text.length + i] = i;
  return file;
}
