/** A map that forgets what was used longest ago once it holds more than its limit. */
export class RecentlyUsed<Name, Value> {
  readonly #limit: number;
  readonly #values = new Map<Name, Value>(); // in the order of use

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(name: Name): Value | undefined {
    const value = this.#values.get(name);
    if (value !== undefined) this.set(name, value);
    return value;
  }

  set(name: Name, value: Value): void {
    this.#values.delete(name);
    this.#values.set(name, value);
    if (this.#values.size <= this.#limit) return;
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest);
      return;
    }
  }

  clear(): void {
    this.#values.clear();
  }
}
