import { resolve } from 'node:path';

/** The Python that `--python` names: a path from where the user stands; a bare name is looked up on the PATH. Undefined without one. */
export function interpreterOf(given: string | true | undefined): string | undefined {
  if (typeof given !== 'string') return undefined;
  return /[\\/]/.test(given) ? resolve(process.env['INIT_CWD'] ?? process.cwd(), given) : given;
}
