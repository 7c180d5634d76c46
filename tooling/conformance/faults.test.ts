import { beforeAll, describe, expect, it } from 'vitest';
import { withBackend } from '../expect/backends.ts';
import type { BoundCall } from './contract/bound-call.ts';
import { contractSuites } from './contracts.ts';

beforeAll(() => withBackend('cpu'));

describe.each(contractSuites)('the conformance suite of $name', ({ hardCalls, faults, addFaultless }) => {
  /** What the suite does with a call, while that kernel is on the backend. */
  const compare = async (label: string, add: () => () => void): Promise<void> => {
    const call = hardCalls.find((each) => each.label === label) as BoundCall;
    const remove = add();
    try {
      await call.check('faulty');
    } finally {
      remove();
    }
  };

  it.each([...new Set(faults.map(({ shownBy }) => shownBy))])('passes a kernel without a mistake on the call: %s', (label) =>
    compare(label, addFaultless),
  );

  it.each(faults.map((fault) => [fault.label, fault] as const))('fails a kernel where %s', async (_, { shownBy, add }) => {
    await expect(compare(shownBy, add)).rejects.toThrow(/of .*: element \d+ is .*, expected/);
  });
});
