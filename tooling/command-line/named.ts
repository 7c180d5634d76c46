import { InvalidArgumentError } from 'commander';

/**
 * Reads the name of something, for an option that needs one. An empty one would be the folder that one stands in; and where it was forgotten,
 * the next option is taken for it.
 */
export const named =
  (what: string) =>
  (text: string): string => {
    if (text === '') throw new InvalidArgumentError(`It must be the name of ${what}.`);
    if (text.startsWith('--')) throw new InvalidArgumentError(`It must be the name of ${what}, and this is an option.`);
    return text;
  };
