/** The ids of a character's bytes, from the tokens <0x00> to <0xFF>; undefined where one of them is missing. */
export function fallbackIds(ids: ReadonlyMap<string, number>): (character: string) => readonly number[] | undefined {
  const table = Array.from({ length: 256 }, (_, byte) => ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`));
  const encoder = new TextEncoder();
  return (character) => {
    const found: number[] = [];
    for (const byte of encoder.encode(character)) {
      const id = table[byte];
      if (id === undefined) return undefined;
      found.push(id);
    }
    return found;
  };
}
