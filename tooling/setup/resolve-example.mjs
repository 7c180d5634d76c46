// The folder of the examples has no node_modules, because it is no package of the workspace: it is copied into projects as it is. This
// module, given to `node --import`, makes Node find the packages that the examples name as if they lay in tooling, which has them all.
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) register(import.meta.url);

const examples = new URL('../../examples/', import.meta.url).href;
const tooling = new URL('../package.json', import.meta.url).href;

const isBare = (specifier) => /^[@a-z]/i.test(specifier) && !specifier.includes(':');

/** Node's hook, in the thread of its hooks. */
export const resolve = (specifier, context, next) =>
  next(specifier, context.parentURL?.startsWith(examples) && isBare(specifier) ? { ...context, parentURL: tooling } : context);
