import { type RegisterOptions, type Registration, register } from '../src/index.ts';

/** register(), which has to find an adapter. */
export async function registered(options: RegisterOptions = {}): Promise<Registration> {
  const made = await register(options);
  if (made.registered) return made;
  throw new Error(`register() must find an adapter here: ${made.reason}`);
}
