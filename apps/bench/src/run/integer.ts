import { InvalidArgumentError } from 'commander';

/** Reads an integer of at least that from the command line. */
export const integer =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be an integer from ${least} to ${Number.MAX_SAFE_INTEGER}, in digits: 1000 and not 1e3.`);
  };
