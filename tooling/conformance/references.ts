import { type Backend, withBackend } from '../expect/backends.ts';
import type { Place } from './place.ts';

/** The reference of each contract on tfjs's own kernels. */
export const references = (backends: readonly Backend[]): readonly Place[] =>
  backends.map((backend) => ({
    label: `the reference kernel on ${backend}`,
    kernel: 'reference',
    enter: async () => {
      await withBackend(backend);
      return () => {};
    },
  }));
