/** The reference's hyper-parameters as a fixture stores them: every value is checked as it is read. */
export class Config {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(values: unknown, path: string) {
    if (typeof values !== 'object' || values === null || Array.isArray(values)) throw new Error(`${path} must be an object`);
    this.#values = Object.fromEntries(Object.entries(values));
    this.#path = path;
  }

  /** A value as JSON gave it; null counts as absent. */
  raw(name: string): unknown {
    return this.#values[name] ?? undefined;
  }

  /** All values as JSON gave them, for who checks them himself. */
  all(): Readonly<Record<string, unknown>> {
    return this.#values;
  }

  number(name: string): number {
    return this.#needed(name, this.optionalNumber(name));
  }

  optionalNumber(name: string): number | undefined {
    const value = this.raw(name);
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
    throw this.#unfit(name, 'a number');
  }

  /** False by default. */
  flag(name: string): boolean {
    const value = this.raw(name) ?? false;
    if (typeof value === 'boolean') return value;
    throw this.#unfit(name, 'true or false');
  }

  text(name: string): string {
    const value = this.#needed(name, this.raw(name));
    if (typeof value === 'string') return value;
    throw this.#unfit(name, 'a text');
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    const value = this.text(name);
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.#unfit(name, choices.join(' or '));
    return found;
  }

  numbers(name: string): readonly number[] {
    const value = this.#needed(name, this.raw(name));
    if (Array.isArray(value) && value.every((item): item is number => typeof item === 'number')) return value;
    throw this.#unfit(name, 'a list of numbers');
  }

  /** An object within; empty where there is none. */
  part(name: string): Config {
    return new Config(this.raw(name) ?? {}, `${this.#path}.${name}`);
  }

  /** A list of objects. */
  list(name: string): readonly Config[] {
    const value = this.#needed(name, this.raw(name));
    if (!Array.isArray(value)) throw this.#unfit(name, 'a list');
    return value.map((item, at) => new Config(item, `${this.#path}.${name}[${at}]`));
  }

  #needed<Value>(name: string, value: Value | undefined): Value {
    if (value === undefined) throw new Error(`${this.#path} must have ${name}`);
    return value;
  }

  #unfit(name: string, expected: string): Error {
    return new Error(`${this.#path}.${name} must be ${expected}, got ${JSON.stringify(this.#values[name])}`);
  }
}
