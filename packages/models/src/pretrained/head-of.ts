import { ConfigError, nearestNames, show } from '@longspan/core-tensor/error';
import type { Family } from './family.ts';

/** Which of the family's models a checkpoint is read as: the one that is given, or that of config.json. */
export function headOf(caller: string, family: Family, architectures: unknown, given: string | undefined): string {
  const heads = Object.keys(family.models);
  if (given !== undefined) {
    if (Object.hasOwn(family.models, given)) return given;
    throw new ConfigError({
      caller,
      problem: `head must be one of those of ${family.modelType}.`,
      expected: heads.join(', '),
      got: show(given),
      remedy: `did you mean ${nearestNames(given, heads)[0]}? Else leave head out for that of config.json${heads.includes('model') ? "; 'model' is the body" : ''}.`,
    });
  }
  const names: readonly unknown[] = Array.isArray(architectures) ? architectures : [];
  const body = heads.length === 1 ? heads[0] : heads.find((name) => name === 'model'); // some families have a head alone
  if (names.length === 0 && body !== undefined) return body;
  const known = names.find((name): name is string => typeof name === 'string' && Object.hasOwn(family.architectures, name));
  if (known !== undefined) return family.architectures[known] as string;
  throw new ConfigError({
    caller,
    problem: 'head must be given, for the architecture of config.json names none.',
    expected: heads.join(', '),
    got: `architectures: ${show(names)}`,
    remedy: heads.includes('model') ? "give { head }: 'model' reads the body and leaves the rest." : 'give { head }.',
  });
}
