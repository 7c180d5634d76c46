const warned = new Set<string>();

/** Says it on the console, the first time. */
export function warnOnce(text: string): void {
  if (warned.has(text)) return;
  warned.add(text);
  console.warn(text);
}
