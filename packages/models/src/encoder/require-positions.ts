import { ConfigError } from '@longspan/core-tensor/error';

/**
 * Throws where a token has no position.
 * @param most tokens that have one
 * @param canBeLong whether `toLong` takes the family
 */
export function requirePositions(caller: string, length: number, most: number, canBeLong = false): void {
  if (length <= most) return;
  const windows = `read the text in windows of at most ${most} tokens`;
  throw new ConfigError({
    caller,
    problem: 'every token must have a position.',
    expected: `at most ${most} tokens  (the table of positions)`,
    got: `${length} tokens`,
    remedy: canBeLong ? `make a model for longer texts of this one by toLong(model, { maxPositions }), or ${windows}.` : `${windows}.`,
  });
}
