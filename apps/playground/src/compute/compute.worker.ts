import { expose } from 'comlink';
import { modules } from './modules.ts';

/** The worker's name says what it was started for. */
const wanted = modules[self.name as keyof typeof modules];

const calls = {
  async call(name: string, ...values: readonly unknown[]): Promise<unknown> {
    const { api } = await wanted();
    const found = (api as Readonly<Record<string, (...values: readonly unknown[]) => unknown>>)[name];
    if (found === undefined) throw new Error(`The worker "${self.name}" has no "${name}".`);
    return found(...values);
  },
};
export type Calls = typeof calls;
expose(calls);
