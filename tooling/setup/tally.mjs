const line = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/;
const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** Reads `N passed, N failed[, N skipped]` from the last such line of an output; undefined where there is none. */
function readTally(output) {
  const found = output
    .replace(escapes, '')
    .split('\n')
    .map((text) => line.exec(text.trim()))
    .filter((match) => match !== null)
    .at(-1);
  return found && { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3] ?? 0) };
}

/** What a part counts for: a part that failed without a failed test, or printed no count, is one failure more. */
export function countPart(code, output) {
  const tally = readTally(output);
  if (tally === undefined) return { passed: 0, failed: 1, skipped: 0 };
  return code !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}
