import { ConfigError, requireKind, show } from '@longspan/core-tensor/error';

/** The learning rate of a step; steps count from 0. */
export type Schedule = (step: number) => number;

export function requireStep(caller: string, step: number): void {
  if (Number.isSafeInteger(step) && step >= 0) return;
  throw new ConfigError({
    caller,
    problem: 'step must be an integer of at least 0.',
    expected: 'an integer, 0 or more',
    got: show(step),
    remedy: 'give the count of steps that were taken before this one: 0 for the first.',
  });
}

/** Throws unless each is given, a finite number of at least 0. */
export function requireRate(caller: string, rates: Readonly<Record<string, number>>): void {
  for (const [name, rate] of Object.entries(rates)) requireKind(caller, name, rate, 'amount');
}
