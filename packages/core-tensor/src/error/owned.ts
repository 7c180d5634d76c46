import { isList } from './require-integers.ts';
import { isRecord } from './require-kind.ts';
import { isStamped } from './stamped.ts';

/**
 * A config with records and lists of its own, for what is made of it and reads it later: a change that its caller makes by hand does not
 * reach that. Tensors, functions, layers, masks and keys stay what they are.
 * @param config one whose options were checked
 * @example
 * const given = { rotary: { style: 'half' } };
 * const own = owned(given);
 * given.rotary.style = 'other';
 * own; // => { rotary: { style: 'half' } }
 */
export function owned<Config>(config: Config): Config {
  return copyOf(config, mostLevels);
}

/** Levels of records and lists that a config has at the most; what lies deeper, or within itself, is left to the checks. */
const mostLevels = 16;

/** Of a list; `new Array(2 ** 32 - 1)`, which holds nothing, would be copied for a minute. Longer ones are left to the checks too. */
const mostElements = 2 ** 24;

function copyOf<Config>(config: Config, levels: number): Config {
  if (levels === 0 || typeof config !== 'object' || config === null || isStamped(config)) return config;
  if (Array.isArray(config))
    return config.length > mostElements ? config : (config.map((each: unknown) => copyOf(each, levels - 1)) as Config);
  if (ArrayBuffer.isView(config) && 'slice' in config && isList(config))
    return (config as unknown as Int32Array).slice() as unknown as Config;
  return isRecord(config)
    ? (Object.fromEntries(Object.entries(config).map(([name, each]) => [name, copyOf(each, levels - 1)])) as Config)
    : config;
}
