/** Of Node's `process`, what is needed here; a page has none. */
interface Listening {
  listeners(event: string): readonly unknown[];
  removeListener(event: string, listener: unknown): unknown;
}

/** What Emscripten has Node do with what nobody caught: throw it again, unless a program ended itself by ExitStatus, which tfjs's never does. */
const rethrowing: Readonly<Record<string, RegExp>> = {
  uncaughtException: /ExitStatus.*throw ex/s,
  unhandledRejection: /^\s*function\s*\(reason\)\s*\{\s*throw reason;?\s*\}\s*$/,
};

/**
 * Starts tfjs's backend without the two listeners that come with its binary: they throw once more what nobody caught, and Node then prints
 * the line that threw, all of the glue around the binary, before the error. Without them it prints the line that the error comes from.
 */
export async function withoutRethrowing<Value>(start: () => Promise<Value>): Promise<Value> {
  const { process } = globalThis as { readonly process?: Partial<Listening> };
  if (process?.listeners === undefined || process.removeListener === undefined) return start();
  const { listeners, removeListener } = process;
  const of = (event: string): readonly unknown[] => listeners.call(process, event);
  const before = new Map(Object.keys(rethrowing).map((event) => [event, of(event)]));
  try {
    return await start();
  } finally {
    for (const [event, text] of Object.entries(rethrowing)) {
      const added = of(event).filter((each) => !before.get(event)?.includes(each));
      for (const each of added) if (text.test(String(each))) removeListener.call(process, event, each);
    }
  }
}
