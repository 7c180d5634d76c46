import { ExplainedError } from '@longspan/core-tensor/error';
import { isTried, isWhole } from '@longspan/tooling/expect';
import { engine } from '@tensorflow/tfjs-core';
import { isNone, mistakesIn, type Wrong } from './mistakes.ts';
import type { Row, Uses } from './row.ts';

type Anything = (...args: readonly unknown[]) => unknown;

/** What a call with a mistake in it did, where that is wrong: threw something else than a clear error, or worked. */
function faultOf(caller: string, wrong: Wrong, outcome: Outcome, isAccepted: boolean): string | undefined {
  const where = `${wrong.place} ${wrong.mistake}`;
  // A function need not look at fields that it does not read.
  if (!outcome.threw) return isAccepted || wrong.mistake === 'changed' ? undefined : `${where}: taken without a word`;
  const { error } = outcome;
  if (!(error instanceof ExplainedError))
    return `${where}: ${error instanceof Error ? `${error.name}: ${error.message.split('\n')[0]}` : String(error)}`;
  const [first = ''] = error.message.split('\n');
  return first.startsWith(caller) && /^[:. (]/.test(first.slice(caller.length))
    ? undefined
    : `${where}: not in the name of ${caller}: ${first}`;
}

type Outcome = { readonly threw: false; readonly value: unknown } | { readonly threw: true; readonly error: unknown };

async function outcomeOf(run: Anything, args: readonly unknown[]): Promise<Outcome> {
  try {
    return { threw: false, value: await run(...args) };
  } catch (error) {
    return { threw: true, error };
  }
}

/** Which mistakes are made. */
type Choice = (wrong: Pick<Wrong, 'place' | 'mistake'>) => boolean;

const all: Choice = () => true;

/** One of so many mistakes, by their names, and in `.ci/full` all. */
export const oneOf = (count: number): Choice => (isWhole ? all : ({ place, mistake }) => isTried(`${place} ${mistake}`, count));

async function faultsOfUses(
  caller: string,
  run: Anything,
  { calls, accepts = {} }: Pick<Uses, 'calls' | 'accepts'>,
  isChosen: Choice,
  after: (made: unknown) => void = () => {},
): Promise<readonly string[]> {
  const faults: string[] = [];
  const unused = new Set(
    Object.entries(accepts).flatMap(([place, mistakes]) => (isChosen === all ? mistakes.map((mistake) => `${place} ${mistake}`) : [])),
  );
  for (const call of calls) {
    engine().startScope();
    const valid = await outcomeOf(run, call());
    if (valid.threw) faults.push(`a valid call threw ${String(valid.error)}`);
    else after(valid.value);
    const tried = async (wrong: Wrong, args: readonly unknown[]): Promise<Outcome> => {
      const key = [wrong.place, wrong.place.replace(/[.][^.]+$/, '.*')].find((place) => accepts[place]?.includes(wrong.mistake));
      const outcome = await outcomeOf(run, wrong.change(args));
      if (!outcome.threw) {
        after(outcome.value);
        if (key !== undefined) unused.delete(`${key} ${wrong.mistake}`);
      }
      const fault = faultOf(caller, wrong, outcome, key !== undefined || isNone(wrong, run.length));
      if (fault !== undefined) faults.push(fault);
      return outcome;
    };
    const leftOut: Wrong[] = []; // options that a call may lack
    for (const wrong of mistakesIn(call())) {
      if (!isChosen(wrong)) continue;
      const { threw } = await tried(wrong, call());
      if (!threw && wrong.mistake === 'missing' && /^\d+\.\w+$/.test(wrong.place)) leftOut.push(wrong);
    }
    // Defaults that follow from another option are computed with what is given for it.
    const short = (): readonly unknown[] => leftOut.reduce((args, { change }) => change(args), call());
    if (leftOut.length > 0 && !(await outcomeOf(run, short())).threw) {
      for (const wrong of mistakesIn(short())) {
        if ((wrong.mistake === 'bigint' || wrong.mistake === 'symbol') && isChosen(wrong)) await tried(wrong, short());
      }
    }
    engine().endScope();
  }
  return [...faults, ...[...unused].map((each) => `${each}: accepted by the table, but an error`)];
}

/** All that is wrong with how an export and its methods take mistakes. */
export async function faultsOf(name: string, run: Anything, row: Row, isChosen: Choice = all): Promise<readonly string[]> {
  const faults = [...(await faultsOfUses(row.caller ?? name, run, row, isChosen, row.after))];
  for (const [method, uses] of Object.entries(row.methods ?? {})) {
    const made = (await run(...(row.calls[0]?.() ?? []))) as Readonly<Record<string, Anything>>;
    const calls = uses.calls.map((call) => () => call(made));
    const own = made[method] as Anything;
    const bound = Object.defineProperty((...args: readonly unknown[]) => own.apply(made, [...args]), 'length', { value: own.length });
    const found = await faultsOfUses(uses.caller ?? name, bound, { ...uses, calls }, isChosen);
    faults.push(...found.map((fault) => `${method} ${fault}`));
    row.after?.(made);
  }
  return faults;
}
